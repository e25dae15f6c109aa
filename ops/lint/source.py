"""One Python file as the rules see it: its tree, its module name, its SQL, its escapes."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ESCAPE = re.compile(r"#\s*rule:\s*(?P<rule>\w+)(?P<because>\s+because\s+\S.*)?")
STDLIB = sys.stdlib_module_names


@dataclass(frozen=True)
class Finding:
    """A place that breaks a rule, and what to do about it."""

    rule: str
    line: int
    """Where it is reported; an escape stands on it or on the line above."""
    message: str


@dataclass(frozen=True)
class Source:
    """A file of the package, parsed once for all rules."""

    module: str
    """Dotted, as it is imported: `eduflow.kernel.jobs`."""
    text: str

    @classmethod
    def read(cls, path: Path, *, root: Path) -> "Source":
        """Read a file below the folder that is on the import path."""
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        return cls(module=name, text=path.read_text(encoding="utf-8"))

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def is_in(self, *modules: str) -> bool:
        """Whether the file is one of these modules or lies in one of these packages."""
        return any(self.module == m or self.module.startswith(f"{m}.") for m in modules)

    @cached_property
    def origins(self) -> dict[str, str]:
        """Local name -> what it was imported as: `{"nap": "time.sleep"}`."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        found[alias.asname] = alias.name
                    else:
                        top = alias.name.partition(".")[0]
                        found[top] = top
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return found

    def dotted(self, node: ast.expr) -> str:
        """`nap` or `t.sleep` -> "time.sleep"; "" where the expression is not a dotted name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.origins.get(node.id, node.id), *reversed(parts)])

    @cached_property
    def strings(self) -> list[tuple[int, str]]:
        """(line, text) of every string that the program uses: no docstrings; `{…}` in f-strings."""
        prose = {
            node.value
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        parts = {
            part
            for node in ast.walk(self.tree)
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.JoinedStr):
                text = "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{…}"
                    for part in node.values
                )
                found.append((node.lineno, text))
            elif (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node not in prose | parts
            ):
                found.append((node.lineno, node.value))
        return found

    @cached_property
    def escapes(self) -> dict[int, re.Match[str]]:
        """Line -> the `# rule: R3 because …` that stands there. Only comments count."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return {
            token.start[0]: match
            for token in tokens
            if token.type == tokenize.COMMENT and (match := ESCAPE.match(token.string))
        }


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call below a node."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method below a node."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls_of(function: ast.AsyncFunctionDef) -> Iterator[ast.Call]:
    """The calls of the function itself; inner functions may run elsewhere, in a thread say."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            yield node
        pending.extend(ast.iter_child_nodes(node))


def line_of(node: ast.AST) -> int:
    """The line on which a statement or an expression begins."""
    return getattr(node, "lineno", 1)


def run_at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """What runs when the module is imported: no function bodies, no `if __name__ == …` block."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            pending.extend([*node.decorator_list, *node.args.defaults])
            pending.extend(default for default in node.args.kw_defaults if default)
        elif isinstance(node, ast.Lambda) or (
            isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)
        ):
            continue
        else:
            yield node
            pending.extend(ast.iter_child_nodes(node))
