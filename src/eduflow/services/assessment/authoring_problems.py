"""What can go wrong when questions and tests are made, by name."""

from eduflow.kernel.problems import Conflict, Invalid, NotFound


class NoSuchCourse(NotFound):
    """There is no such course for the caller."""

    code, title = "assessment.no-such-course", "There is no such course"


class NoSuchQuestion(NotFound):
    """The questions named do not exist for the caller. Facts: `questions`."""

    code, title = "assessment.no-such-question", "There is no such question for you"


class NoSuchStudent(NotFound):
    """The person named has no seat as a student in this course."""

    code, title = "assessment.no-such-student", "There is no such student in this course"


class NoSuchSection(NotFound):
    """Nobody has a seat in the section named, or it is not one of this course."""

    code, title = "assessment.no-such-section", "There is nobody in such a section of this course"


class NoSuchStimulus(Invalid):
    """The stimulus named is not one of this bank."""

    code, title = "assessment.no-such-stimulus", "There is no such stimulus in this bank"


class NoSuchVersion(NotFound):
    """The question has no version of this number."""

    code, title = "assessment.no-such-version", "The question has no such version"


class ItemUnfit(Invalid):
    """What is asked and how it is judged do not fit together. `errors` says where."""

    code, title = "assessment.item-unfit", "The question does not hold together"


class KeyBreaksTests(Invalid):
    """Tests of the question expect something else than this key gives.

    Facts: `tests`, each with its id, answer, what it expects and what the key gives.
    """

    code, title = "assessment.key-breaks-tests", "The key breaks tests of the question"


class ExpectedOtherwise(Invalid):
    """The present key gives something else for this answer. Facts: `given`."""

    code, title = "assessment.expected-otherwise", "The present key gives something else"


class QuestionRetired(Conflict):
    """The question is retired: it stays where it is used, and is taken nowhere else."""

    code, title = "assessment.question-retired", "The question is retired"


class HasRubric(Conflict):
    """The question has a rubric already; write its next version."""

    code, title = "assessment.has-rubric", "The question has a rubric already"


class NoRubric(NotFound):
    """The question has no rubric."""

    code, title = "assessment.no-rubric", "The question has no rubric"


class RubricUnfit(Invalid):
    """The rubric does not hold together. `errors` says where."""

    code, title = "assessment.rubric-unfit", "The rubric does not hold together"


class StimulusInUse(Conflict):
    """Questions refer to the stimulus."""

    code, title = "assessment.stimulus-in-use", "Questions refer to this stimulus"


class FileUnreadable(Invalid):
    """The file as a whole cannot be read. Facts: `reason`, `file`, `line`."""

    code, title = "assessment.file-unreadable", "The file cannot be read"


class FormUnfit(Invalid):
    """The form of the test does not hold together. `errors` says where."""

    code, title = "assessment.form-unfit", "The form does not hold together"


class NoForm(Conflict):
    """The test asks nothing yet."""

    code, title = "assessment.no-form", "The test has no form yet"


class PublishedAlready(Conflict):
    """The test is published."""

    code, title = "assessment.published-already", "The test is published already"


class AssessmentOver(Conflict):
    """The test is archived; nothing of it is changed any more."""

    code, title = "assessment.over", "The test is archived"


class PolicyCounts(Conflict):
    """Attempts were made under the present rules of scoring: other ones are a regrade.

    Facts: `fields`.
    """

    code, title = "assessment.policy-counts", "Attempts were made under the present rules"


class ClosesBeforeOpening(Invalid):
    """What closes must have been open."""

    code, title = "assessment.closes-before-opening", "It would close before it opens"


class ChangesNothing(Invalid):
    """An override gives other dates, more minutes or more attempts."""

    code, title = "assessment.override-changes-nothing", "This override would change nothing"


class OverriddenAlready(Conflict):
    """The student or section has other dates already: change those."""

    code, title = "assessment.overridden-already", "They have an override already"
