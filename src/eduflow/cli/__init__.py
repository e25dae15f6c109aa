"""The command line. Each command is a module that reads options and calls the room that does it.

Only `up`, `down` and `status` import `eduflow.embedded`, and only when they run: an installation
with outside servers never loads it.
"""

from eduflow.cli.doctor import doctor
from eduflow.cli.down import down
from eduflow.cli.group import commands
from eduflow.cli.migrate import migrate
from eduflow.cli.serve import serve
from eduflow.cli.status import status
from eduflow.cli.up import up
from eduflow.cli.worker import worker

__all__ = ["commands"]

for _command in (up, down, status, doctor, serve, worker, migrate):
    commands.add_command(_command)
