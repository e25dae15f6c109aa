"""What can stand against reading answers, by people or by models."""

from eduflow.kernel.problems import Conflict, Invalid, NotFound


class NothingToGrade(NotFound):
    """Every answer is graded, or in somebody's hands."""

    code, title = "assessment.nothing-to-grade", "No answer waits to be graded"


class NotInTheQueue(NotFound):
    """Nobody is asked to grade this answer."""

    code, title = "assessment.not-in-the-queue", "This answer does not wait to be graded"


class ClaimedByAnother(Conflict):
    """Another grader has the answer in hands. Facts: `claimed_until`."""

    code, title = "assessment.claimed-by-another", "Another grader has this answer"


class JudgedMeanwhile(Conflict):
    """Somebody has judged the answer since you took it."""

    code, title = "assessment.judged-meanwhile", "This answer has been judged meanwhile"


class NotHandedIn(Conflict):
    """The attempt is not handed in yet."""

    code, title = "assessment.not-handed-in", "This answer is not handed in yet"


class BadAward(Invalid):
    """What is awarded is not what the rubric knows. `errors` says where."""

    code, title = "assessment.bad-award", "The rubric does not know this award"


class NoSuchGroup(NotFound):
    """The group has no answers that could be graded."""

    code, title = "assessment.no-such-group", "There is no such group of answers"


class RuledAlready(Conflict):
    """The case has its ruling; what graders were told is not changed."""

    code, title = "assessment.ruled-already", "This case has been ruled on"


class NoRubric(Conflict):
    """The question is not read by a rubric in this test."""

    code, title = "assessment.not-read-by-a-rubric", "This question has no rubric"
