"""Harmless essays about such attacks, about grading and teachers: many, and each different."""

import random
import tomllib
from pathlib import Path

_HERE = Path(__file__).parent


def harmless(count: int, *, seed: int) -> list[str]:
    """Essays of three to five paragraphs, each citing an attack or two, the same for a seed."""
    said = tomllib.loads((_HERE / "harmless.toml").read_text())
    dice = random.Random(seed)  # noqa: S311
    essays = []
    for _ in range(count):
        paragraphs = [
            [*dice.sample(said["about"], 3), dice.choice(said["reasons"])],
            [*dice.sample(said["grading"], 3), dice.choice(said["quoting"])],
            [dice.choice(said["quoting"]), *dice.sample(said["reasons"], 3)],
            dice.sample(said["about"] + said["grading"], 3),
        ]
        kept = paragraphs[: dice.randint(3, 4)]
        for one in kept:
            dice.shuffle(one)
        essays.append("\n\n".join(" ".join(one) for one in kept))
    return essays


def attacks(name: str) -> list[tuple[str, str]]:
    """Class and text of each attack of a set."""
    told = tomllib.loads((_HERE / f"{name}.toml").read_text())
    return [(one["class"], one["text"]) for one in told["attack"]]


def fresh(half: str) -> list[tuple[str, str, str]]:
    """Class, text, and the essay that it stands in (`{}`; empty: none of its own)."""
    told = tomllib.loads((_HERE / f"{half}.toml").read_text())
    return [(one["kind"], one["text"], one.get("in", "")) for one in told["attack"]]


def whole_essays(half: str) -> list[str]:
    """Essays that do nothing wrong, as they were written."""
    told = tomllib.loads((_HERE / f"{half}_essays.toml").read_text())
    return [one["text"].strip() for one in told["essay"]]
