"""What can stand against a regrade, an appeal, and the checks of receipts."""

from eduflow.kernel.problems import Conflict, Forbidden, Invalid


class RegradeOpen(Conflict):
    """One regrade of a test at a time: publish or drop the open one first."""

    code, title = "assessment.regrade-open", "A regrade of this test is open already"


class NothingToRegrade(Invalid):
    """What was asked for is what counts already."""

    code, title = "assessment.nothing-to-regrade", "This changes nothing that counts"


class NotToRegradeBy(Invalid):
    """A key, rubric or question that the test does not have."""

    code, title = "assessment.not-to-regrade-by", "The test cannot be judged by this"


class NeverPublished(Conflict):
    """A test without a scoring version has nothing to regrade."""

    code, title = "assessment.never-published", "This test has never been published"


class RegradeNotReady(Conflict):
    """It is running still, or was published or dropped; `state` says which."""

    code, title = "assessment.regrade-not-ready", "This regrade cannot be published or dropped now"


class RegradeOutdated(Conflict):
    """Another scoring version counts now than the one it was folded from: drop it, start anew."""

    code, title = "assessment.regrade-outdated", "The test is judged otherwise since; start anew"


class NotReleased(Conflict):
    """The result is not out yet, so there is nothing to appeal against."""

    code, title = "assessment.not-released", "The result has not been released"


class AppealOpen(Conflict):
    """One appeal at a time for an answer."""

    code, title = "assessment.appeal-open", "An appeal about this answer is open already"


class AppealTooLate(Conflict):
    """The policy of the test gave some days from the last release on; they ended at `until`."""

    code, title = "assessment.appeal-too-late", "The time to appeal against this result is over"


class AppealEnded(Conflict):
    """It was decided or withdrawn."""

    code, title = "assessment.appeal-ended", "This appeal has ended"


class AppealTaken(Conflict):
    """Another grader has it in hand."""

    code, title = "assessment.appeal-taken", "Another grader decides this appeal"


class FirstReviewer(Forbidden):
    """Its second grader did not give it, did not judge it, and has not seen what it got."""

    code, title = "assessment.first-reviewer", "Another grader must decide this appeal"


class TooFewAnswers(Conflict):
    """A calibration needs `needed` students whose first attempt is judged (there are `students`).

    And it needs `needed_questions` that some got right and some did not (there are `questions`).
    """

    code, title = "assessment.too-few-answers", "There are too few answers to calibrate by"
