"""What the documentation shows is an item, and its right answer is right."""

import re
from pathlib import Path

import msgspec
import pytest

from eduflow.scoring.answers import check_answer
from eduflow.scoring.formula_judge import FormulaJudge, Limits
from eduflow.scoring.items import Item
from eduflow.scoring.solutions import right_answer
from eduflow.scoring.variants import arrange, draw, fill

_PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-questions.md"
_EXAMPLES = re.findall(r"```json\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_there_is_an_example_of_every_type() -> None:
    items = [msgspec.json.decode(text, type=Item) for text in _EXAMPLES]
    assert len({type(item.interaction) for item in items}) == 11


@pytest.mark.parametrize("text", _EXAMPLES)
async def test_an_example_is_an_item_whose_right_answer_is_right(text: str) -> None:
    item = msgspec.json.decode(text, type=Item)
    assert msgspec.json.decode(msgspec.json.encode(item), type=Item) == item
    values = draw(item.parameters, item.conditions, seed="example")
    shown = arrange(fill(item.interaction, values), seed="example")
    answer = right_answer(item.interaction, item.key, values=values)
    check_answer(shown, answer)
    async with FormulaJudge(Limits()) as judging:
        score = await judging.judge(shown, item.key, answer, values=values)
    assert answer is None or score.correct
