"""`python -m ops.lint src`: check every file below the folders; exit code 1 when one breaks a rule.

`--list` prints the rules.
"""

import sys
from pathlib import Path

from ops.lint.check import findings
from ops.lint.rules import RULES
from ops.lint.source import Source


def main(arguments: list[str]) -> int:
    """Print `path:line: rule message` for each finding, then one line that sums up."""
    if "--list" in arguments:
        for rule in RULES.values():
            print(rule.__doc__)
        return 0
    faults = files = 0
    for root in map(Path, arguments):
        for path in sorted(root.rglob("*.py")):
            files += 1
            for finding in findings(Source.read(path, root=root)):
                faults += 1
                print(f"{path}:{finding.line}: {finding.rule} {finding.message}")
    print(f"House rules: {files} files, {faults} findings.")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
