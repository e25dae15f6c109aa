"""Which models the environment names, and what it may not name."""

import pytest

from eduflow.kernel.llm.settings import LanguageModels, Model
from eduflow.kernel.settings import SettingsError, read_settings


def models(**named: str) -> LanguageModels:
    return read_settings({f"EDUFLOW_LLM_{name}": value for name, value in named.items()}).llm


def test_without_any_setting_the_local_model_does_everything() -> None:
    small = Model("local", "smollm2-135m-instruct", "chat", is_small=True)
    assert models().ladder("grading") == models().ladder("anything") == (small,)


def test_a_purpose_has_models_of_its_own() -> None:
    found = models(
        OPENAI_KEY="sk-1",
        ANTHROPIC_KEY="sk-2",
        MODELS="openai/chat:any local",
        GRADING="anthropic:best openai:next",
    )
    assert found.ladder("grading") == (
        Model("anthropic", "best", "messages"),
        Model("openai", "next", "responses"),
    )
    assert [str(model) for model in found.ladder("tutoring")] == [
        "openai:any",
        "local:smollm2-135m-instruct",
    ]
    assert found.ladder("tutoring")[0].wire == "chat"


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"MODELS": "gpt"}, "'gpt' is none of"),
        ({"MODELS": "openai:"}, "is none of"),
        ({"GRADING": "anthropic/chat:x"}, "is none of"),
        ({"GRADING": "anthropic:x"}, "EDUFLOW_LLM_ANTHROPIC_KEY is not set"),
        ({"TUTORING": "local openai/chat:x"}, "EDUFLOW_LLM_OPENAI_KEY is not set"),
        ({"TIMEOUT_SECONDS": "0"}, "allowed are 1 to 600"),
        ({"DEADLINE_SECONDS": "7200"}, "allowed are 5 to 3600"),
    ],
)
def test_a_model_that_cannot_be_asked_stops_the_start(named: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        models(**named)


def test_no_key_shows_itself() -> None:
    found = models(OPENAI_KEY="sk-1", ANTHROPIC_KEY="sk-2", LOCAL_KEY="sk-3")
    assert "sk-" not in repr(found)


def test_in_production_nothing_leaves_the_machine_unencrypted() -> None:
    plain = LanguageModels(
        openai_url="http://models.example.org/v1",
        local_url="http://10.0.0.5:8000/v1",
        ledger_url="http://tutor.internal:8001",
    )
    assert len(plain.unfit_for_production()) == 3
    assert LanguageModels(local_url="http://127.0.0.1:8090/v1").unfit_for_production() == []
