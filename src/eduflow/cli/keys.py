"""`eduflow keys`."""

import asyncio

import rich_click as click

from eduflow.cli.group import Stop, console, settings_with_databases


@click.group()
def keys() -> None:
    """Turn the keys that access tokens are signed with."""


@keys.command("list")
def list_keys() -> None:
    """Show every key and its state."""
    from eduflow.services.api_core.login.keyring import all_keys  # noqa: PLC0415 (for the help)

    _show(asyncio.run(all_keys(settings_with_databases())))


@keys.command()
def rotate() -> None:
    """Sign with the announced key from now on, and announce another. Nobody is logged out."""
    from eduflow.services.api_core.login.keyring import rotate as turn  # noqa: PLC0415 (for the help)

    _show(asyncio.run(turn(settings_with_databases())))


@keys.command()
@click.argument("kid")
def withdraw(kid: str) -> None:
    """Refuse everything that KID has signed: for a key that somebody else may have."""
    from eduflow.kernel.problems import NotFound  # noqa: PLC0415 (the help shall not load them)
    from eduflow.services.api_core.login.keyring import withdraw as take_back  # noqa: PLC0415

    try:
        _show(asyncio.run(take_back(settings_with_databases(), kid)))
    except NotFound as fault:
        raise Stop(f"there is no key {kid}", advice="`eduflow keys list` shows them") from fault


def _show(rows: list[tuple[str, str, str]]) -> None:
    # No table: it would shorten a kid to the width of the screen, and a kid is there to be copied.
    for kid, state, since in rows:
        console.print(f"{kid}  {state:<10}  {since}", markup=False)
    if not rows:
        console.print("no key yet: the first login makes one")
