"""HTTP, for every service alike: `build_app` and what its routes are written with.

Promises: every refusal is an RFC 9457 problem; every GET has a HEAD; every request has an id, a
time limit, a size limit and a rate; nothing is cached that somebody had to log in for; a list is
paged; a change of a shared thing names the version it was made on. Routes say what they need in
their `opt` (see `plans.Plan`), not by more layers.
"""

from eduflow.kernel.web.app import WebApp, build_app
from eduflow.kernel.web.decimals import measured
from eduflow.kernel.web.exchange import Exchange, exchange_of
from eduflow.kernel.web.health import Check
from eduflow.kernel.web.limits import RULES, Limiter, Rule
from eduflow.kernel.web.paging import Page, Slice
from eduflow.kernel.web.preconditions import document, etag, is_known, refuse_unseen
from eduflow.kernel.web.problems import markdown as problems_markdown
from eduflow.kernel.web.problems import registry as problem_registry
from eduflow.kernel.web.reference import openapi_document
from eduflow.kernel.web.shapes import (
    NOT_BLANK,
    Dated,
    Input,
    Line,
    Note,
    Text,
    View,
    Word,
    refuse_far,
)
from eduflow.kernel.web.traffic import Traffic

__all__ = [
    "NOT_BLANK",
    "RULES",
    "Check",
    "Dated",
    "Exchange",
    "Input",
    "Limiter",
    "Line",
    "Note",
    "Page",
    "Rule",
    "Slice",
    "Text",
    "Traffic",
    "View",
    "WebApp",
    "Word",
    "build_app",
    "document",
    "etag",
    "exchange_of",
    "is_known",
    "measured",
    "openapi_document",
    "problem_registry",
    "problems_markdown",
    "refuse_far",
    "refuse_unseen",
]
