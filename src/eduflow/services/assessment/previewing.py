"""A question tried by its author: a variant as it would be asked, and what an answer is worth."""

import msgspec

from eduflow.kernel.problems import Invalid
from eduflow.scoring.answers import BadAnswer, check_answer
from eduflow.scoring.items import Answer, Item
from eduflow.scoring.variants import arrange, draw, fill, fill_text
from eduflow.services.assessment.authoring_views import Preview
from eduflow.services.assessment.resources import Resources


async def previewed(item: Item, resources: Resources, *, seed: str, answer: Answer) -> Preview:
    """The same seed gives the same variant."""
    values = draw(item.parameters, item.conditions, seed=seed)
    shown = arrange(fill(item.interaction, values), seed=seed)
    variant = Preview(
        seed=seed,
        values=values,
        body=fill_text(item.body, values),
        interaction=msgspec.to_builtins(shown),
    )
    if answer is None:
        return variant
    try:
        check_answer(item.interaction, answer)
    except BadAnswer as fault:
        errors = [{"pointer": f"/answer{fault.pointer}", "message": fault.message}]
        raise Invalid(errors=errors) from fault
    score = await resources.judge(item.interaction, item.key, answer, values=values)
    return msgspec.structs.replace(
        variant,
        fraction=float(score.fraction),
        correct=score.correct,
        needs_reading=score.needs_reading,
        parts={name: float(share) for name, share in score.parts.items()},
        feedback=list(score.feedback),
        note=score.note,
    )
