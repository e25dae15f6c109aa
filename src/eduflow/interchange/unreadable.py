"""Why something could not be read: the one exception that leaves this package."""

from typing import NoReturn


class Unreadable(Exception):  # noqa: N818 - a state of the world, not a fault of the program
    """A file that cannot be read at all. What is wrong with one item is a finding instead."""

    def __init__(self, reason: str, *, file: str, line: int | None = None) -> None:
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {reason}")
        self.reason = reason
        self.file = file
        self.line = line


class Refused(Exception):  # noqa: N818 - as above
    """This item cannot be said in our words. Becomes a finding; never leaves the package."""

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def refuse(reason: str, *, line: int | None = None) -> NoReturn:
    raise Refused(reason, line=line)
