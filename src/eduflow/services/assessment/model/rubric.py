"""What makes a rubric one: each criterion once, its levels from nought up to its points."""

from collections.abc import Sequence
from typing import Protocol


class Level(Protocol):
    @property
    def points(self) -> float: ...


class Line(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def points(self) -> float: ...
    @property
    def levels(self) -> Sequence[Level]: ...


def faults_of(criteria: Sequence[Line]) -> list[dict[str, str]]:
    """Why it is none, each with a pointer into the criteria; empty where it is one."""
    faults = []
    seen: set[str] = set()
    for place, line in enumerate(criteria):
        if line.key in seen:
            faults.append({"pointer": f"/criteria/{place}/key", "message": "This key is taken"})
        seen.add(line.key)
        if line.points <= 0:
            message = "A criterion is worth something"
            faults.append({"pointer": f"/criteria/{place}/points", "message": message})
        awarded = [level.points for level in line.levels]
        if len(set(awarded)) < len(awarded) or min(awarded) != 0 or max(awarded) != line.points:
            message = "Levels go from 0 up to the points of the criterion, each once"
            faults.append({"pointer": f"/criteria/{place}/levels", "message": message})
    return faults
