"""The classes that describe the tables cost memory: what serves and works does not load them."""

import subprocess
import sys

LOADED = """
import sys
import eduflow.serve, eduflow.worker
from eduflow.services import load_services
load_services()
print([name for name in sys.modules if name.startswith("eduflow.") and "tables" in name.split(".")])
"""


def test_what_serves_does_not_load_the_described_tables() -> None:
    ran = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
