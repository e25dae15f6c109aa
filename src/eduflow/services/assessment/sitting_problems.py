"""What can stand against sitting a test."""

from eduflow.kernel.problems import Conflict, Forbidden, Invalid, Problem


class NotPublished(Conflict):
    """The test is a draft still, or archived."""

    code, title = "assessment.not-published", "This test cannot be sat"


class NotOpen(Forbidden):
    """The test opens later."""

    code, title = "assessment.not-open", "This test is not open yet"


class Closed(Forbidden):
    """The test has closed."""

    code, title = "assessment.closed", "This test has closed"


class NoAttemptsLeft(Conflict):
    """Every attempt that the policy allows has been used."""

    code, title = "assessment.no-attempts-left", "No attempts are left"


class OutOfTime(Conflict):
    """The time for this attempt, and the grace after it, is over. What was saved is kept."""

    code, title = "assessment.out-of-time", "The time is over; what was saved is kept"


class AttemptEnded(Conflict):
    """The attempt has been handed in."""

    code, title = "assessment.attempt-ended", "This attempt has been handed in"


class NotAsked(Invalid):
    """The attempt does not ask this question."""

    code, title = "assessment.question-not-asked", "This attempt does not ask this question"


class NotAnAnswer(Invalid):
    """What came is no answer to that question."""

    code, title = "assessment.not-an-answer", "This is not an answer to the question"


class NotAnUpload(Invalid):
    """The question is not answered by files."""

    code, title = "assessment.not-an-upload", "This question is not answered by files"


class FileTooLarge(Problem):
    """The file has more bytes than the question takes; `max_bytes` says how many it does."""

    code, title, status = "assessment.file-too-large", "This file is too large", 413


class FileNotTaken(Problem):
    """The question takes files of other kinds; they are in `media_types`."""

    code, title, status = "assessment.file-not-taken", "Files of this kind are not taken here", 415


class FileEmpty(Invalid):
    """The file has no byte."""

    code, title = "assessment.file-empty", "This file is empty"


class TooManyFiles(Conflict):
    """As many files as are kept for one answer were sent, those included that it does not name."""

    code, title = "assessment.too-many-files", "No more files are taken for this answer"


class OlderDraft(Conflict):
    """A newer answer to the question is saved; it is in `saved`."""

    code, title = "assessment.older-draft", "A newer answer is saved already"


class NotByTries(Conflict):
    """The policy of this test judges answers when the attempt is handed in."""

    code, title = "assessment.not-by-tries", "Answers are judged when the attempt is handed in"


class NoTriesLeft(Conflict):
    """The question was answered rightly, or as often as it may be."""

    code, title = "assessment.no-tries-left", "No tries are left for this question"


class NoHintsLeft(Conflict):
    """Every hint of the question is shown, or none may be yet."""

    code, title = "assessment.no-hints-left", "There is no hint to be shown now"


class TooManySignals(Conflict):
    """As many signs of one attempt as a person could look at are kept already."""

    code, title = "assessment.too-many-signals", "No more signals of this attempt are kept"


class NoLimit(Conflict):
    """An attempt without a deadline has all the time there is."""

    code, title = "assessment.no-limit", "This attempt has no time limit"


class NothingToRelease(Conflict):
    """No result of the test is final and held back."""

    code, title = "assessment.nothing-to-release", "There is no result to be released"
