"""What is done in the background to tell people: letters, digests and reminders."""

from datetime import timedelta

import msgspec

from eduflow.kernel.jobs import JobKind
from eduflow.kernel.mail import mailing
from eduflow.services.api_core.commands.notify import SEND_NOTICE
from eduflow.services.api_core.notices.digests import send_digests
from eduflow.services.api_core.notices.letters import compose_notice
from eduflow.services.api_core.notices.reminders import remind_of_due

JOBS = (
    msgspec.structs.replace(mailing(compose_notice), name=SEND_NOTICE),
    JobKind(name="remind_of_due", run=remind_of_due, every=timedelta(minutes=5)),
    JobKind(name="send_digests", run=send_digests, every=timedelta(minutes=5)),
)
