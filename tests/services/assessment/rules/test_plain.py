"""The text that is looked at: what stands in a row for pages is not looked at again and again."""

import pytest

from eduflow.services.assessment.reading.plain import cleaned


@pytest.mark.parametrize("sign", [" ", "\n", "-", '"', "😀"])
def test_of_a_sign_in_a_row_some_are_kept_and_the_places_are_those_of_all(sign: str) -> None:
    plain = cleaned(f"before{sign * 20_000}after")
    assert plain.text == f"before{sign * 8}after"
    assert plain.source((6, 14)) == (6, 20_006)
    assert plain.source((14, 19)) == (20_006, 20_011)


def test_blanks_of_any_kind_are_one_row_and_letters_are_never_left_out() -> None:
    assert cleaned("a" + " \n" * 500 + "b").text == "a" + " \n" * 4 + "b"
    assert cleaned("a" * 500).text == "a" * 500
    assert cleaned("0" * 500).text == "0" * 500
