"""What assessment keeps while a process runs: judge of formulas, reader of files, watch, models."""

import contextlib
from collections.abc import AsyncIterator, Mapping

from eduflow.interchange.apart import Apart
from eduflow.kernel.clock import Clock
from eduflow.kernel.llm.gateway import Gateway
from eduflow.kernel.llm.ledger import Ledger
from eduflow.kernel.runtime import Runtime
from eduflow.scoring.formula_judge import FormulaJudge, Limits
from eduflow.scoring.interactions import Interaction
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.keys import Key
from eduflow.services.assessment.course_effects import CourseEffects
from eduflow.services.assessment.queries.paper import Forms
from eduflow.services.assessment.watch import Watch, watching


class Resources:
    """Held by `runtime.resources["assessment"]`, and by every unit of work."""

    def __init__(
        self,
        watch: Watch,
        formulas: FormulaJudge,
        *,
        effects: CourseEffects,
        clock: Clock,
        ledger: Ledger,
        models: Gateway,
    ) -> None:
        self._formulas = formulas
        self.clock = clock
        self.forms = Forms()
        self.files = Apart()
        self.watch = watch
        self.effects = effects
        self.ledger = ledger
        self.models = models

    async def judge(
        self, interaction: Interaction, key: Key, answer: Answer, *, values: Mapping[str, str]
    ) -> Score:
        """What an answer is worth by its key."""
        return await self._formulas.judge(interaction, key, answer, values=values)


@contextlib.asynccontextmanager
async def resources(runtime: Runtime) -> AsyncIterator[Resources]:
    """Open them for one process."""
    ledger = Ledger(runtime.settings, service="assessment", clock=runtime.clock)
    models = Gateway(runtime.settings.llm, ledger=ledger, clock=runtime.clock)
    async with watching(runtime) as watch, FormulaJudge(Limits()) as formulas:
        try:
            yield Resources(
                watch,
                formulas,
                effects=CourseEffects(runtime.settings, clock=runtime.clock),
                clock=runtime.clock,
                ledger=ledger,
                models=models,
            )
        finally:
            await models.close()
