"""Names as lists sort them."""


def sortable(display_name: str) -> str:
    """`Ada Lovelace` -> `Lovelace, Ada`; a name of one word, or one with a comma already, stays."""
    given, _, family = display_name.strip().rpartition(" ")
    if not given or "," in display_name:
        return display_name.strip()
    return f"{family}, {given}"
