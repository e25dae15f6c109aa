"""What can go wrong with what completes lessons and courses."""

from eduflow.kernel.problems import Invalid


class RuleUnclear(Invalid):
    """The rule is short of what it needs, or has more. Facts: `needs`."""

    code, title = "api_core.rule-unclear", "The completion rule is not complete"


class NoSuchAssignment(Invalid):
    """The assignment named is not one of this course."""

    code, title = "api_core.no-such-assignment", "There is no such assignment in this course"
