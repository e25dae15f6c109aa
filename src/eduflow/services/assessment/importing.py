"""Questions and tests of a file, taken in: each is new, known, or refused and told why."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

from eduflow.interchange.markup import MEDIA
from eduflow.interchange.reading import Finding, Reading, ReadItem, Test, type_of
from eduflow.kernel.auth.identity import Access
from eduflow.services.assessment.arranging import Asked
from eduflow.services.assessment.commands.import_questions import (
    MOST,
    Entry,
    ImportQuestions,
)
from eduflow.services.assessment.commands.keep_stimulus import KeepStimulus
from eduflow.services.assessment.ids import AssessmentId, BankId, StimulusId
from eduflow.services.assessment.importing_tests import DraftImport, Executes
from eduflow.services.assessment.model.exact import kept

_NO_COURSE = "a test belongs into a course: import it again and name one (--course, course_id)"
_NO_MEDIA = "its pictures and files: put links to them into its text, which names them still"
_NO_GUIDANCE = "its notes for graders: put them into a rubric of the question"
_FINE = "its exact points, since points have at most four decimals"
_ONE_STIMULUS = "all of its passages but the first"


class Summary(msgspec.Struct, kw_only=True):
    """What became of a file."""

    read: dict[str, int]
    """Type -> how many questions of it the file has that could be read."""
    new: int = 0
    known: int = 0
    refused: int = 0
    losses: int = 0
    tests_new: int = 0
    tests_known: int = 0
    tests: list[AssessmentId] = msgspec.field(default_factory=list)
    """New or known, in their order in the file."""


class QuestionImport:
    """One file into one bank, in the name of somebody who may write there."""

    def __init__(
        self,
        commands: Executes,
        access: Access,
        *,
        bank: BankId,
        told: Callable[[Finding], None],
        tests: DraftImport | None = None,
        batch: int = MOST,
    ) -> None:
        self._commands = commands
        self._access = access
        self._bank = bank
        self._told = told
        self._tests = tests
        self._size = batch
        self._asked: dict[str, Asked] = {}

    async def run(self, reading: Reading) -> Summary:
        """Take in what can be; whoever runs it again takes nothing in twice."""
        summary = Summary(read=dict(Counter(type_of(entry.item) for entry in reading.entries)))
        read_with_loss = {}
        for finding in reading.findings:
            if finding.kind == "test" and finding.outcome != "refused":
                read_with_loss[finding.file] = finding
            elif finding.outcome != "imported":
                self._tell(finding, summary)
        for finding in _left_behind(reading):
            self._tell(finding, summary)
        stimuli = await self._stimuli(reading)
        for first in range(0, len(reading.entries), self._size):
            await self._batch(reading.entries[first : first + self._size], stimuli, summary)
        for test in reading.tests:
            await self._test(test, read_with_loss.get(test.file), summary)
        return summary

    def _tell(self, finding: Finding, summary: Summary) -> None:
        summary.refused += finding.outcome == "refused"
        summary.losses += finding.outcome == "loss"
        self._told(finding)

    async def _stimuli(self, reading: Reading) -> dict[str, StimulusId]:
        wanted = {entry.stimuli[0] for entry in reading.entries if entry.stimuli}
        kept = {}
        for stimulus in reading.stimuli:
            if stimulus.name in wanted:
                command = KeepStimulus(
                    bank=self._bank,
                    title=stimulus.title[:200] or stimulus.name[:200],
                    body=stimulus.body,
                    identifier=stimulus.name[:200],
                )
                receipt = await self._commands.execute(command, access=self._access)
                kept[stimulus.name] = receipt.result
        return kept

    async def _batch(
        self, entries: Sequence[ReadItem], stimuli: dict[str, StimulusId], summary: Summary
    ) -> None:
        command = ImportQuestions(
            bank=self._bank,
            entries=tuple(
                Entry(
                    item=entry.item,
                    stimulus_id=stimuli.get(entry.stimuli[0]) if entry.stimuli else None,
                )
                for entry in entries
            ),
        )
        receipt = await self._commands.execute(command, access=self._access)
        for entry, outcome in zip(entries, receipt.result, strict=True):
            summary.new += outcome.is_ == "new"
            summary.known += outcome.is_ == "known"
            if outcome.is_ == "refused":
                self._tell(_finding(entry, "refused", outcome.why), summary)
            elif outcome.question is not None:
                self._asked[entry.name] = Asked(
                    question=outcome.question,
                    number=outcome.number,
                    points=kept(entry.item.points),
                )

    async def _test(self, test: Test, read: Finding | None, summary: Summary) -> None:
        """`read` is what was lost of it before it came here."""
        lost = read.why if read is not None else ()
        line = None if read is None else read.line
        if self._tests is None:
            self._tell(_of_test(test, "refused", (_NO_COURSE,), line=line), summary)
            return
        outcome = await self._tests.take(test, self._asked)
        if outcome.is_ == "refused":
            self._tell(_of_test(test, "refused", (outcome.why,), line=line), summary)
            return
        summary.tests_new += outcome.is_ == "new"
        summary.tests_known += outcome.is_ == "known"
        if outcome.assessment is not None:
            summary.tests.append(outcome.assessment)
        if why := (*lost, *outcome.lost):
            self._tell(_of_test(test, "loss", why, line=line), summary)


def _left_behind(reading: Reading) -> Iterator[Finding]:
    """What has no place in a bank."""
    for entry in reading.entries:
        if _has_media(entry.item):
            yield _finding(entry, "loss", _NO_MEDIA)
        points = entry.item.points
        if points != (nearest := kept(points)):
            yield _finding(entry, "loss", f"{_FINE}: {points:f} is {nearest:f} now")
        if entry.guidance:
            yield _finding(entry, "loss", _NO_GUIDANCE)
        if len(entry.stimuli) > 1:
            yield _finding(entry, "loss", _ONE_STIMULUS)
    for stimulus in reading.stimuli:
        if _has_media(stimulus):
            yield Finding(
                file=reading.file,
                name=stimulus.title or stimulus.name,
                outcome="loss",
                kind="stimulus",
                why=(_NO_MEDIA,),
            )


def _has_media(thing: msgspec.Struct) -> bool:
    """In any of its texts: what is asked, choices, feedback, hints."""
    return f"{MEDIA}:".encode() in msgspec.json.encode(thing)


def _of_test(
    test: Test, outcome: Literal["loss", "refused"], why: tuple[str, ...], *, line: int | None
) -> Finding:
    return Finding(
        file=test.file, line=line, name=test.title or test.name, outcome=outcome, kind="test",
        why=why,
    )  # fmt: skip


def _finding(entry: ReadItem, outcome: Literal["loss", "refused"], why: str) -> Finding:
    return Finding(
        file=entry.file,
        line=entry.line,
        name=entry.item.identifier or entry.item.title or entry.name,
        outcome=outcome,
        kind=type_of(entry.item),
        why=(why,),
    )
