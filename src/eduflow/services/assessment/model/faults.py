"""What stands against a question, each with a JSON pointer (RFC 6901) to where."""

_MOST = 50


class Faults:
    """Collects; a question is refused once, with everything that is wrong."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []

    def add(self, at: str, message: str) -> None:
        """The pointer is into the question."""
        if len(self.found) < _MOST:
            self.found.append({"pointer": at, "message": message})


def pointer(path: str, step: str | int) -> str:
    """One step further down."""
    return f"{path}/{str(step).replace('~', '~0').replace('/', '~1')[:200]}"
