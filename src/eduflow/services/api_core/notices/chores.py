"""What is done in the background to tell people: letters, and making digests."""

from datetime import timedelta

import msgspec

from eduflow.kernel.jobs import JobKind
from eduflow.kernel.mail import mailing
from eduflow.services.api_core.commands.notify import SEND_NOTICE
from eduflow.services.api_core.notices.digests import send_digests
from eduflow.services.api_core.notices.letters import compose_notice

JOBS = (
    msgspec.structs.replace(mailing(compose_notice), name=SEND_NOTICE),
    JobKind(name="send_digests", run=send_digests, every=timedelta(minutes=5)),
)
