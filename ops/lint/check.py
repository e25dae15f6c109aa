"""All rules applied to one file, with the escapes that the file claims.

A place that must break a rule says so where it stands or on the line above, with the reason:

    # rule: R10 because this connection is never given back to a pool
    await connection.add_listener("revoked", heard)

An escape without a reason, for an unknown rule, or that hides nothing, is itself a finding (R0).
"""

import re

from ops.lint.rules import RULES
from ops.lint.source import Finding, Source


def findings(source: Source) -> list[Finding]:
    """What is wrong with a file, in order of lines."""
    found = {finding for rule in RULES.values() for finding in rule(source)}
    excused = {finding: excuse(finding, source) for finding in found}
    used = set(excused.values())
    idle = [
        Finding("R0", line, why_idle(escape))
        for line, escape in source.escapes.items()
        if line not in used
    ]
    left = [*(finding for finding, line in excused.items() if line is None), *idle]
    return sorted(left, key=lambda finding: (finding.line, finding.rule, finding.message))


def excuse(finding: Finding, source: Source) -> int | None:
    """The line of the escape that covers a finding."""
    for line in (finding.line, finding.line - 1):
        escape = source.escapes.get(line)
        if escape and escape["rule"] == finding.rule and escape["because"]:
            return line
    return None


def why_idle(escape: re.Match[str]) -> str:
    """What is wrong with an escape that excuses nothing."""
    if escape["rule"] not in RULES:
        return f"there is no rule {escape['rule']}"
    if not escape["because"]:
        return "an escape says why: `# rule: R3 because …`"
    return f"hides nothing of {escape['rule']}: take it out"
