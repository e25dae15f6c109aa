"""`eduflow`, and `python -m eduflow`."""

from eduflow.cli.group import commands


def main() -> None:
    """Run the command line."""
    commands(prog_name="eduflow")


if __name__ == "__main__":
    main()
