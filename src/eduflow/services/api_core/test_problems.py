"""What stands against a change of what a test decides."""

from eduflow.kernel.problems import Conflict


class SatAsTest(Conflict):
    """The assignment stands for a test, which is sat and not handed in. Facts: `assessment_id`."""

    code, title = "api_core.sat-as-test", "This is a test; nothing is handed in for it here"


class GradedByTest(Conflict):
    """A test gives its grades itself; a person overrides one, or excuses from it."""

    code, title = (
        "api_core.graded-by-test",
        "This grade comes from a test; override it with a reason",
    )


class DecidedInTest(Conflict):
    """Title, points, dates and the like follow the test. Facts: `fields`."""

    code, title = "api_core.decided-in-test", "This is decided where the test is"


class NoResult(Conflict):
    """There is no result of a test that could count again."""

    code, title = "api_core.no-result", "No test has a result for this student"
