"""The rules of this house that no other linter knows. Each is a function from a file to findings.

`ops.lint.check` applies them, and knows the escapes.
"""

import ast
import re
from collections.abc import Callable, Iterator

from ops.lint.source import (
    STDLIB,
    Finding,
    Source,
    calls,
    calls_of,
    functions,
    line_of,
    run_at_import,
)

LONGEST_FILE = 300
EDGES = (
    "eduflow.kernel.web",
    "eduflow.kernel.jobs",
    "eduflow.worker",
    "eduflow.cli",
    "eduflow.embedded.supervisor",
)
LAUNCHERS = ("eduflow.cli", "eduflow.embedded")
"""Where there is no event loop to block, and processes to wait for."""
COMMITTERS = (
    "eduflow.kernel.commands",
    "eduflow.kernel.projections",
    "eduflow.kernel.repair",
    "eduflow.kernel.db",
)


def only_the_kernel_commits(source: Source) -> Iterator[Finding]:
    """R1: a transaction that a caller opens is a transaction that a caller can forget."""
    if source.is_in(*COMMITTERS):
        return
    advice = "hand the work to Commands.execute or to the projector; they alone commit"
    # Much begins that is no transaction (a count, an enrollment); these are waited for or entered.
    entered = {
        node.value if isinstance(node, ast.Await) else node.context_expr
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Await | ast.withitem)
    }
    for call in calls(source.tree):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        bare = not call.args and not call.keywords
        begins = name in {"begin", "begin_nested"} and call in entered
        if name == "transaction" or (bare and (begins or name == "commit")):
            yield Finding("R1", call.lineno, f".{name}() outside the kernel: {advice}")
    for line, text in source.strings:
        if re.match(r"\s*(BEGIN|COMMIT|START\s+TRANSACTION|SAVEPOINT)\b", text):
            yield Finding("R1", line, f"SQL that opens or ends a transaction: {advice}")


OUTBOX_READ = re.compile(r"\bFROM\s+(\w+\.)?(outbox\w*|events)\b", re.IGNORECASE)
LAST_SEEN = re.compile(r"\b(id|seq|xid|event_id)\s*>=?\s*[$:%{\d(]", re.IGNORECASE)


def only_the_outbox_reads_the_log(source: Source) -> Iterator[Finding]:
    """R2: "everything after the last id" skips what a slow transaction commits late."""
    if source.is_in("eduflow.kernel.outbox"):
        return
    for line, text in source.strings:
        if OUTBOX_READ.search(text) and LAST_SEEN.search(text):
            yield Finding(
                "R2",
                line,
                "reads the log after a last id, and so loses events that commit late: "
                "read it through the snapshot cursor of kernel.outbox",
            )


BLOCKING = re.compile(
    r"""time\.sleep|open|input|io\.open|os\.(system|popen|wait|waitpid)|socket\.create_connection
    |requests\.\w+|urllib\.request\.urlopen|httpx\.(get|post|put|patch|delete|request|stream)
    |subprocess\.(run|call|check_call|check_output|Popen)|shutil\.(copy\w*|move|rmtree)
    |bcrypt\.(hashpw|checkpw|gensalt|kdf)|psycopg\.connect""",
    re.VERBOSE,
)
BLOCKING_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes"}


def nothing_blocks_the_loop(source: Source) -> Iterator[Finding]:
    """R3: one blocking call in a coroutine stops every request of the process."""
    for function in functions(source.tree):
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        for call in calls_of(function):
            name = source.dotted(call.func)
            method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if BLOCKING.fullmatch(name) or method in BLOCKING_METHODS:
                yield Finding(
                    "R3",
                    call.lineno,
                    f"{name or method}() blocks the event loop: use an async client or to_thread",
                )
    if source.is_in(*LAUNCHERS):
        return
    for call in calls(source.tree):
        if source.dotted(call.func) == "time.sleep":
            yield Finding("R3", call.lineno, "time.sleep: wait for the condition, not for a while")


def only_edges_catch_everything(source: Source) -> Iterator[Finding]:
    """R4: whoever catches everything hides the bug; only the outermost caller may."""
    if source.is_in(*EDGES):
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        wide = any(
            kind is None or source.dotted(kind) in {"Exception", "BaseException"} for kind in kinds
        )
        last = node.body[-1]
        passes_on = isinstance(last, ast.Raise) and last.exc is None
        if wide and not passes_on:
            yield Finding(
                "R4",
                node.lineno,
                "catches everything: name the exceptions, or end the block with a bare `raise`",
            )


def annotations_are_real(source: Source) -> Iterator[Finding]:
    """R5: Litestar and msgspec read the annotations of handlers at run time."""
    if not {"routes", "commands", "web"} & set(source.module.split(".")):
        return
    for node in ast.walk(source.tree):
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        names = [a.name for a in node.names] if isinstance(node, ast.ImportFrom) else []
        if (future and "annotations" in names) or (
            isinstance(node, ast.If) and source.dotted(node.test).endswith("TYPE_CHECKING")
        ):
            yield Finding(
                "R5", line_of(node), "annotations here are read at run time: import their types"
            )


def files_are_short(source: Source) -> Iterator[Finding]:
    """R6: a file that does not fit in the head becomes a folder."""
    lines = source.text.count("\n")
    if lines > LONGEST_FILE:
        yield Finding("R6", 1, f"{lines} lines, {LONGEST_FILE} are the most: make it a folder")


SURROUNDINGS = re.compile(
    r"\b(Clock|\w*Settings|WriteSession|ReadSession|UnitOfWork|AsyncSession|Pool|Connection)\b"
)


def surroundings_have_no_default(source: Source) -> Iterator[Finding]:
    """R7: a default clock or session is one that a test, or a tenant, forgets to replace."""
    for function in functions(source.tree):
        positional = [*function.args.posonlyargs, *function.args.args]
        with_default = [
            *positional[len(positional) - len(function.args.defaults) :],
            *(
                argument
                for argument, default in zip(
                    function.args.kwonlyargs, function.args.kw_defaults, strict=True
                )
                if default is not None
            ),
        ]
        for argument in with_default:
            kind = ast.unparse(argument.annotation) if argument.annotation else ""
            named = argument.arg in {"clock", "session", "settings"}
            if named or SURROUNDINGS.search(kind):
                yield Finding(
                    "R7",
                    argument.lineno,
                    f"{argument.arg} has a default: let the caller hand in the one that counts",
                )


EMPTY_WORDS = {"util", "utils", "helper", "helpers", "manager", "managers", "base2", "misc"}


def names_say_something(source: Source) -> Iterator[Finding]:
    """R8: a room called `utils` owns nothing and so attracts everything."""
    named = [
        (1, source.module.rpartition(".")[2]),
        *(
            (node.lineno, node.name)
            for node in ast.walk(source.tree)
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ),
    ]
    for line, name in named:
        words = re.findall(r"[A-Z]?[a-z]+\d*|[A-Z]+", name)
        if EMPTY_WORDS & {word.lower() for word in words}:
            yield Finding("R8", line, f"{name} says nothing: name what it owns or what it does")


AT_IMPORT = re.compile(
    r"(.*\.)?(create_engine|create_async_engine|create_pool|\w+Broker|set_broker|read_settings"
    r"|from_url|Redis|StrictRedis|Litestar|configure_logging)|asyncio\.run|(dramatiq\.)?actor"
    r"|open|os\.(getenv|makedirs|mkdir)|(os\.)?environ\.get|structlog\.configure"
)


def importing_does_nothing(source: Source) -> Iterator[Finding]:
    """R9: what happens at import happens to every test and every command."""
    advice = "do it in a function that the caller calls, and hand the result down"
    for node in run_at_import(source.tree):
        if isinstance(node, ast.Call) and AT_IMPORT.fullmatch(source.dotted(node.func)):
            name = source.dotted(node.func)
            yield Finding("R9", node.lineno, f"{name}() at import: {advice}")
        elif isinstance(node, ast.Subscript) and source.dotted(node.value) == "os.environ":
            yield Finding("R9", node.lineno, f"os.environ at import: {advice}")
    for function in functions(source.tree):
        for decorator in function.decorator_list:
            name = source.dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name in {"dramatiq.actor", "dramatiq.asyncio.actor"}:
                yield Finding("R9", decorator.lineno, f"@{name} registers at import: {advice}")


SESSION_STATE = (
    (re.compile(r"(^|;)\s*(LISTEN|listen)\s+[\w\"{]"), "LISTEN binds the connection"),
    (
        re.compile(
            r"(^|;)\s*(SET|set)\s+(?!(LOCAL|local|TRANSACTION|CONSTRAINTS)\b)"
            r"(SESSION\s+|session\s+)?([\w.\"{…}]+\s*(=|TO\b)|ROLE\b|TIME\s+ZONE\b)"
        ),
        "SET without LOCAL outlives the transaction",
    ),
    (
        re.compile(
            r"set_config\s*\((?:[^()]|\([^()]*\))*,\s*(false|'f'|'false'|'off')\s*\)",
            re.IGNORECASE,
        ),
        "set_config(…, false) outlives the transaction",
    ),
    (
        re.compile(r"synchronous_commit\W{1,12}(to\W+)?off\b", re.IGNORECASE),
        "synchronous_commit off hands out positions of commits that a crash takes back",
    ),
)


def connections_keep_no_state(source: Source) -> Iterator[Finding]:
    """R10: connections are pooled and not reset, so what is set on one meets the next borrower."""
    advice = "use set_config(…, true) inside the statement"
    for line, text in source.strings:
        for pattern, fault in SESSION_STATE:
            if pattern.search(text):
                yield Finding("R10", line, f"{fault}: {advice}")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr == "add_listener":
            yield Finding("R10", node.lineno, f"add_listener binds the connection: {advice}")
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if (
                    isinstance(key, ast.Constant)
                    and isinstance(value, ast.Constant)
                    and (key.value, value.value) == ("synchronous_commit", "off")
                ):
                    yield Finding("R10", node.lineno, f"{SESSION_STATE[3][1]}: {advice}")


def contracts_are_bare(source: Source) -> Iterator[Finding]:
    """R11: whoever reads a contract must not have to install what its writer uses."""
    if not source.is_in("eduflow.contracts"):
        return
    for node in ast.walk(source.tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            top = name.partition(".")[0]
            ours = f"{name}.".startswith("eduflow.contracts.")
            if not (ours or top == "msgspec" or top in STDLIB):
                yield Finding(
                    "R11", line_of(node), f"{name}: contracts import msgspec and the library alone"
                )


RULES: dict[str, Callable[[Source], Iterator[Finding]]] = {
    "R1": only_the_kernel_commits,
    "R2": only_the_outbox_reads_the_log,
    "R3": nothing_blocks_the_loop,
    "R4": only_edges_catch_everything,
    "R5": annotations_are_real,
    "R6": files_are_short,
    "R7": surroundings_have_no_default,
    "R8": names_say_something,
    "R9": importing_does_nothing,
    "R10": connections_keep_no_state,
    "R11": contracts_are_bare,
}
