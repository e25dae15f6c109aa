"""The OpenAPI file, told the truth, and the page that shows it without asking any other server.

Litestar describes its own error body, which we never send, and knows nothing of our problems. The
document is made when it is first asked for, not at the start.
"""

import gzip
import importlib.util
import inspect
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.config.app import AppConfig
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.params import FromPath
from litestar.plugins import InitPlugin

from eduflow.kernel.auth.guards import Guard
from eduflow.kernel.problems import Problem
from eduflow.kernel.web.problems import MEDIA_TYPE, TYPE_PATH

_ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><div id="api"></div><script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script></body></html>
"""
_START = (
    'SwaggerUIBundle({url: "/api/openapi.json", dom_id: "#api", deepLinking: true, '
    "validatorUrl: null, persistAuthorization: false, displayRequestDuration: true});\n"
)
_TEXTS = {
    400: "The request cannot be read",
    401: "Log in first",
    403: "You may not do this",
    404: "There is no such thing here",
    409: "The state of things does not allow it now",
    412: "It was changed since you read it: read it again, and send its new ETag",
    413: "The request is too large",
    415: "This kind of content is not read here",
    422: "The input is not valid",
    428: "Say with If-Match which version you change",
    429: "Too many requests",
    500: "Something broke on our side",
    503: "Not available at this moment",
}
_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. Facts of the problem are further members.",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "examples": [TYPE_PATH + "kernel.invalid"],
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri", "description": "The request id, as a URN"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["message"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, into the body"},
                    "parameter": {"type": "string"},
                    "in": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}


class OwnPages(InitPlugin):
    """Takes Litestar's documentation routes away again; ours stand in their place."""

    def __init__(self) -> None:
        self._router = Router("/api/schema", route_handlers=[], include_in_schema=False)

    def config(self, title: str, version: str) -> OpenAPIConfig:
        return OpenAPIConfig(
            title=title,
            version=version,
            render_plugins=[],
            openapi_router=self._router,
            use_handler_docstrings=True,
        )

    def append(self, config: AppConfig) -> AppConfig:
        # Plugins run in order and Litestar's own is in the list by now, so this one runs after it.
        config.plugins.append(self)
        return config

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.route_handlers = [h for h in app_config.route_handlers if h is not self._router]
        return app_config


def openapi_document(app: Litestar) -> dict[str, Any]:
    """The OpenAPI 3.1 document of an app, with problems and security as they are."""
    document: dict[str, Any] = msgspec.to_builtins(app.openapi_schema.to_schema(), enc_hook=str)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = _SCHEMA
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    plain = {
        (route.path_format, method.lower()): handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
    }
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and (handler := plain.get((path, method))):
                _correct(operation, handler)
    return _with_plain_names(document)


def _with_plain_names(document: dict[str, Any]) -> dict[str, Any]:
    """`SliceOfCourse` for what Litestar 2.25 calls `Slice_eduflow.services.….Course_`."""
    schemas = document["components"]["schemas"]
    text = msgspec.json.encode(document).decode()
    for name in [name for name in schemas if name.startswith("Slice_")]:
        plain = "SliceOf" + name.rstrip("_").rsplit(".", 1)[-1]
        if plain not in schemas:
            schemas[plain] = schemas.pop(name)
            text = text.replace(f'/{name}"', f'/{plain}"').replace(f'"{name}":', f'"{plain}":')
    renamed: dict[str, Any] = msgspec.json.decode(text)
    return renamed


def _correct(operation: dict[str, Any], handler: HTTPRouteHandler) -> None:
    operation["security"] = [] if handler.opt.get("public") else [{"bearer": []}]
    # Litestar calls an operation by its function's name; the docstring says what it does.
    sentence = str(operation.get("description") or "").partition("\n")[0].rstrip(".")
    if sentence:
        operation["summary"] = sentence
    demands = [guard.rule for guard in handler.resolve_guards() if isinstance(guard, Guard)]
    if demands:
        operation["x-permission"] = demands[0]
    kinds: dict[int, list[type[Problem]]] = {}
    for kind in handler.opt.get("problems", ()):
        kinds.setdefault(kind.status, []).append(kind)
    responses = operation["responses"]
    for status in [status for status in responses if status[0] in "45"]:
        del responses[status]
    for status in sorted(_statuses(operation, handler) | kinds.keys()):
        named = [f"`{kind.code}`: {kind.title}" for kind in kinds.get(status, ())]
        responses[str(status)] = {
            "description": "; ".join(named) or _TEXTS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _statuses(operation: dict[str, Any], handler: HTTPRouteHandler) -> set[int]:
    """How a route may refuse, as far as what it takes tells."""
    statuses = {429, 500, 503}
    if operation["security"]:
        statuses |= {401, 403}
    parameters = operation.get("parameters", [])
    if any(parameter["in"] == "path" for parameter in parameters):
        statuses.add(404)
    if parameters or "requestBody" in operation:
        statuses.add(422)
    if "requestBody" in operation:
        statuses |= {400, 413, 415}
    if any(parameter["name"].lower() == "if-match" for parameter in parameters):
        statuses |= {412, 428}
    if "commands" in inspect.signature(handler.fn).parameters:
        statuses.add(409)  # Whatever changes something may meet another change.
    return statuses


def reference_routes(title: str) -> list[HTTPRouteHandler]:
    """`/api/openapi.json`, `/api/docs` and what the page needs."""
    kept: dict[str, bytes] = {}
    opt = {"public": True}

    @get("/api/openapi.json", include_in_schema=False, opt=opt, sync_to_thread=False)
    def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
        """This service's OpenAPI document."""
        if not kept:
            kept["document"] = msgspec.json.encode(openapi_document(request.app))
        return Response(
            kept["document"], media_type="application/json", headers={"cache-control": "no-cache"}
        )

    @get("/api/docs", include_in_schema=False, opt=opt, sync_to_thread=False)
    def docs() -> Response[str]:
        """The page that shows the document."""
        headers = {"content-security-policy": _POLICY, "cache-control": "no-cache"}
        return Response(_PAGE.format(title=title), media_type="text/html", headers=headers)

    @get("/api/docs/{name:str}", include_in_schema=False, opt=opt, sync_to_thread=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        """A part of the page."""
        if name == "start.js":
            return Response(
                _START.encode(), media_type="text/javascript", headers={"cache-control": "no-cache"}
            )
        if name not in _ASSETS:
            raise NotFoundException
        headers = {"content-encoding": "gzip", "cache-control": "public, max-age=86400"}
        return Response(_packed(name), media_type=_ASSETS[name], headers=headers)

    return [openapi_json, docs, asset]


@cache
def _packed(name: str) -> bytes:
    """One of Swagger UI's files (Apache-2.0, package swagger-ui-bundle-v2), packed once."""
    spec = importlib.util.find_spec("swagger_ui_bundle")
    if spec is None or spec.origin is None:
        raise NotFoundException
    [found] = (Path(spec.origin).parent / "vendor").glob(f"*/{name}")
    return gzip.compress(found.read_bytes(), mtime=0)
