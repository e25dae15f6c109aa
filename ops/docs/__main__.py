"""`python -m ops.docs`: write the generated pages of docs/ again; `--check` only compares them."""

import sys
from pathlib import Path

from ops.docs.pages import PAGES
from ops.docs.schema import schema_pages

DOCS = Path(__file__).resolve().parents[2] / "docs"


def main(arguments: list[str]) -> int:
    """Name each page that was written, or, with `--check`, each that is not current (exit 1)."""
    check = "--check" in arguments
    stale = 0
    pages = {name: render() for name, render in PAGES.items()} | schema_pages()
    for name, text in pages.items():
        path = DOCS / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            print(f"docs/{name} is current")
        elif check:
            stale += 1
            print(f"docs/{name} is not what the code says: run nox -s docs")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"docs/{name} written")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
