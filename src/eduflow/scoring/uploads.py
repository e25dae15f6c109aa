"""Which files a question takes."""

from eduflow.scoring.interactions import FileUpload

_FAMILIES = {"application", "audio", "font", "image", "model", "text", "video"}


def takes(asked: FileUpload, *, name: str, media_type: str) -> bool:
    """Whether a file of this name and type may be an answer.

    Authors write types (`image/png`), all of a family (`image/*`, `image`) or endings (`.png`). A
    group of files that only another system knows shuts out nobody.
    """
    return not asked.media_types or any(
        _fits(one.lower(), name.lower(), media_type.lower()) for one in asked.media_types
    )


def _fits(wanted: str, name: str, media_type: str) -> bool:
    if wanted.startswith("."):
        return name.endswith(wanted)
    family, slash, kind = wanted.partition("/")
    if not slash:
        return family not in _FAMILIES or media_type.startswith(f"{family}/")
    if kind == "*":
        return family == "*" or media_type.startswith(f"{family}/")
    return media_type == wanted
