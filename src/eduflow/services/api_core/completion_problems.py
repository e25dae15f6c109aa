"""What can go wrong with what completes lessons and courses."""

from eduflow.kernel.problems import Conflict, Invalid


class RuleUnclear(Invalid):
    """The rule is short of what it needs, or has more. Facts: `needs`."""

    code, title = "api_core.rule-unclear", "The completion rule is not complete"


class NoSuchAssignment(Invalid):
    """The assignment named is not one of this course."""

    code, title = "api_core.no-such-assignment", "There is no such assignment in this course"


class AwardSaysNothing(Invalid):
    """A rule for certificates asks for every lesson, a grade, or both."""

    code, title = "api_core.award-says-nothing", "The rule asks for nothing"


class AlreadyCertified(Conflict):
    """The student has a valid certificate of this course. Facts: `user_id`."""

    code, title = "api_core.already-certified", "There is a valid certificate already"


class AlreadyRevoked(Conflict):
    """The certificate is valid no more already."""

    code, title = "api_core.already-revoked", "The certificate was revoked before"
