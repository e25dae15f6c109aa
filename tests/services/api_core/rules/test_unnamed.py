"""Taking a person out of a text that is not theirs alone."""

import pytest

from eduflow.services.api_core.model.unnamed import unnamed


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Anna's team", "#'s team"),
        ("ANNAS", "#"),
        ("The Meier-Müllers", "The #-#"),
        ("Hannah", "Hannah"),
        ("Al and the rest", "Al and the rest"),
        ("Blue", "Blue"),
    ],
)
def test_every_part_of_a_name_is_blanked_and_no_other_word(text: str, left: str) -> None:
    assert unnamed(text, ["Anna Meier-Müller", "Al", ""], blank="#") == left


def test_without_a_name_a_text_stays() -> None:
    assert unnamed("Anna's team", [], blank="#") == "Anna's team"
