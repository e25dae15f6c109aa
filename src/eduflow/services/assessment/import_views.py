"""What is told of a file that was imported."""

from eduflow.kernel.web import View
from eduflow.services.assessment.ids import AssessmentId


class ImportFinding(View, kw_only=True):
    """What was refused (`refused`), or came without something (`loss`), and why."""

    file: str
    line: int | None
    name: str
    outcome: str
    kind: str
    why: list[str]


class Imported(View, kw_only=True):
    """What became of a file. `read`: type -> questions that could be read.

    `tests` are drafts, new and known, in their order in the file. Of very many findings the last
    are left out, and counted.
    """

    read: dict[str, int]
    new: int
    known: int
    refused: int
    losses: int
    tests_new: int
    tests_known: int
    tests: list[AssessmentId]
    findings: list[ImportFinding]
    findings_left_out: int
