"""What can go wrong on the machine, said with what to do about it."""


class EmbeddedError(Exception):
    """A start or stop that cannot go on. `advice` is the next thing to try, in one sentence."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class StartFailed(EmbeddedError):  # noqa: N818 (named by what happened)
    """A process ended, or did not become ready in time. Carries the end of its log."""


class PortTaken(EmbeddedError):  # noqa: N818 (named by what happened)
    """Somebody else listens on a port of the map."""


class AlreadyRunning(EmbeddedError):  # noqa: N818 (named by what happened)
    """Another `eduflow up` holds the data folder."""
