"""Questions of a file, taken into a bank: each is new, known, or refused and told why."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

from eduflow.interchange.markup import MEDIA
from eduflow.interchange.reading import Finding, Reading, ReadItem, type_of
from eduflow.kernel.auth.identity import Access
from eduflow.kernel.commands import Commands
from eduflow.services.assessment.commands.import_questions import (
    MOST,
    Entry,
    ImportQuestions,
)
from eduflow.services.assessment.commands.keep_stimulus import KeepStimulus
from eduflow.services.assessment.ids import BankId, StimulusId

_NO_TESTS = "questions are taken in; put them into a test by hand"
_NO_MEDIA = "its pictures and files stay behind"
_NO_GUIDANCE = "its notes for graders stay behind: they belong into a rubric"
_ONE_STIMULUS = "only the first of its passages came along"


class Summary(msgspec.Struct, kw_only=True):
    """What became of a file."""

    read: dict[str, int]
    """Type -> how many questions of it the file has that could be read."""
    new: int = 0
    known: int = 0
    refused: int = 0
    losses: int = 0


class QuestionImport:
    """One file into one bank, in the name of somebody who may write there."""

    def __init__(
        self, commands: Commands, access: Access, *, bank: BankId, told: Callable[[Finding], None]
    ) -> None:
        self._commands = commands
        self._access = access
        self._bank = bank
        self._told = told

    async def run(self, reading: Reading) -> Summary:
        """Take in what can be; whoever runs it again takes nothing in twice."""
        summary = Summary(read=dict(Counter(type_of(entry.item) for entry in reading.entries)))
        for finding in _findings(reading):
            summary.refused += finding.outcome == "refused"
            summary.losses += finding.outcome == "loss"
            self._told(finding)
        stimuli = await self._stimuli(reading)
        for first in range(0, len(reading.entries), MOST):
            await self._batch(reading.entries[first : first + MOST], stimuli, summary)
        return summary

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
                summary.refused += 1
                self._told(_finding(entry, "refused", outcome.why))


def _findings(reading: Reading) -> Iterator[Finding]:
    """What the reading tells, and what of it has no place in a bank."""
    yield from (f for f in reading.findings if f.outcome != "imported" and f.kind != "test")
    for test in reading.tests:
        yield Finding(
            file=test.file or reading.file,
            name=test.title or test.name,
            outcome="refused",
            kind="test",
            why=(_NO_TESTS,),
        )
    for entry in reading.entries:
        if MEDIA in entry.item.body:
            yield _finding(entry, "loss", _NO_MEDIA)
        if entry.guidance:
            yield _finding(entry, "loss", _NO_GUIDANCE)
        if len(entry.stimuli) > 1:
            yield _finding(entry, "loss", _ONE_STIMULUS)


def _finding(entry: ReadItem, outcome: str, why: str) -> Finding:
    return msgspec.convert(
        {
            "file": entry.file,
            "line": entry.line,
            "name": entry.item.identifier or entry.item.title or entry.name,
            "outcome": outcome,
            "kind": type_of(entry.item),
            "why": (why,),
        },
        type=Finding,
    )
