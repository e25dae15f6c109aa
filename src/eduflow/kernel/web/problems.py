"""RFC 9457 for everything that goes wrong, and the page that each `type` leads to."""

import inspect
from collections.abc import Iterator
from html import escape
from typing import Any

import msgspec
import structlog
from litestar import MediaType, Request, Response, get
from litestar.params import FromPath

from eduflow.kernel.problems import NotFound, Problem
from eduflow.kernel.web.faults import Fault, as_problem

MEDIA_TYPE = "application/problem+json"
TYPE_PATH = "/problems/"
_encode = msgspec.json.Encoder(enc_hook=str).encode
_log = structlog.get_logger("eduflow.web")


class Page(msgspec.Struct, frozen=True):
    """What is known of one kind of problem, whoever meets it."""

    type: str
    code: str
    title: str
    status: int
    about: str


def answer_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler: the problem that `error` is, as an answer."""
    problem = as_problem(error, request)
    if isinstance(problem, Fault):
        _log.error("fault", exc_info=error, path=request.scope["path"])
    status, headers, body = render(problem, request_id(request))
    return Response(body, status_code=status, headers=dict(headers), media_type=MEDIA_TYPE)


def render(problem: Problem, instance: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body. Facts never displace the five members that RFC 9457 names."""
    status = getattr(problem, "actual_status", problem.status)
    document: dict[str, Any] = {
        **problem.facts,
        "type": TYPE_PATH + problem.code,
        "title": problem.title,
        "status": status,
        "instance": f"urn:uuid:{instance}",
    }
    if problem.detail:
        document["detail"] = problem.detail
    headers: list[tuple[str, str]] = []
    if status == 401:  # noqa: PLR2004
        reason = f', error="{problem.facts["error"]}"' if "error" in problem.facts else ""
        headers.append(("www-authenticate", f'Bearer realm="eduflow"{reason}'))
    if "allow" in problem.facts:
        headers.append(("allow", ", ".join(problem.facts["allow"])))
    if (seconds := getattr(problem, "retry_after", None)) is not None:
        headers.append(("retry-after", str(seconds)))
    return status, headers, _encode(document)


def request_id(request: Request[Any, Any, Any]) -> str:
    """The id this request goes by in logs, traces and problems."""
    return str(request.scope["state"]["exchange"].request_id)


def registry() -> dict[str, type[Problem]]:
    """Every kind of problem that the imported code can raise, by code, in alphabetical order."""
    found: dict[str, type[Problem]] = {}
    for kind in _descendants(Problem):
        if "code" in vars(kind) and not kind.__module__.startswith("tests"):
            known = found.setdefault(kind.code, kind)
            if known is not kind:
                raise ValueError(f"{kind.code} is the code of {known!r} and of {kind!r}")
    return dict(sorted(found.items()))


def pages() -> dict[str, Page]:
    """The page of every kind of problem, by code."""
    return {
        code: Page(
            type=TYPE_PATH + code,
            code=code,
            title=kind.title,
            status=kind.status,
            about=" ".join((inspect.getdoc(kind) or "").split()),
        )
        for code, kind in registry().items()
    }


def markdown() -> str:
    """`docs/problems.md`, from the classes themselves."""
    lines = [
        "# Problems",
        "",
        "Every refusal is an RFC 9457 document; its `type` is one of these paths. Generated from",
        "the classes in the code; a test compares it.",
        "",
        "| type | status | title | when |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| `{p.type}` | {p.status} | {p.title} | {p.about} |" for p in pages().values()]
    return "\n".join(lines) + "\n"


@get(TYPE_PATH, include_in_schema=False, opt={"public": True}, sync_to_thread=False)
def list_problems(request: Request[Any, Any, Any]) -> Response[Any]:
    """Every kind of problem there is."""
    known = list(pages().values())
    rows = "".join(
        f'<tr><td><a href="{p.type}">{p.code}</a></td><td>{p.status}</td>'
        f"<td>{escape(p.title)}</td></tr>"
        for p in known
    )
    return _page(request, "Problems", f"<table>{rows}</table>", known)


@get(TYPE_PATH + "{code:str}", include_in_schema=False, opt={"public": True}, sync_to_thread=False)
def show_problem(code: FromPath[str], request: Request[Any, Any, Any]) -> Response[Any]:
    """What one kind of problem means."""
    page = pages().get(code)
    if page is None:
        raise NotFound
    text = f"<p>Status {page.status}, <code>{page.code}</code></p><p>{escape(page.about)}</p>"
    return _page(request, page.title, text, page)


def _page(request: Request[Any, Any, Any], title: str, html: str, document: Any) -> Response[Any]:
    if not request.accept.accepts("text/html") or request.headers.get("accept") in (None, "*/*"):
        return Response(document, media_type=MediaType.JSON)
    return Response(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<h1>{escape(title)}</h1>{html}",
        media_type=MediaType.HTML,
    )


def _descendants(kind: type[Problem]) -> Iterator[type[Problem]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
