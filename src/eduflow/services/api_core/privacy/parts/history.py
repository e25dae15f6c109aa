"""What the log and the audit trail tell of a person, as in every service."""

from eduflow.kernel.personal_log import KEPT_ANSWERS, PARTS

KEPT = (*PARTS, KEPT_ANSWERS)
