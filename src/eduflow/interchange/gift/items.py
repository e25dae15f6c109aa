"""What a GIFT question means, by the rules Moodle reads it with."""

import re
from collections.abc import Sequence
from decimal import Decimal

from markdown_it import MarkdownIt

from eduflow.interchange import limits, markup
from eduflow.interchange.gift.grammar import (
    Block,
    Offered,
    Parts,
    cut,
    offers,
    shown,
    split_general,
)
from eduflow.interchange.moodle import making
from eduflow.interchange.moodle.making import Offer, Question
from eduflow.interchange.qti.declarations import number
from eduflow.interchange.qti.templates import plainly
from eduflow.interchange.reading import Losses, ReadItem
from eduflow.interchange.unreadable import refuse
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys
from eduflow.scoring.items import Item

_TRUTH = {"TRUE": True, "T": True, "FALSE": False, "F": False}
_BLANK = "_____"


def read_block(
    block: Block, *, number: int, file: str, losses: Losses, names: dict[str, int]
) -> ReadItem:
    parts = cut(block)
    if len(block.text) > limits.MAX_TEXT:
        refuse("a question that is too long")
    if parts.answers is None:
        refuse("no answers in braces: a text that asks nothing")
    body = _html(parts.before, parts.format)
    after = _html(parts.after, parts.format)
    inner, everybody = split_general(parts.answers)
    question, body = _question(inner, parts, body, after, losses)
    identifier = next((shown(value) for kind, value in block.marks if kind == "id"), None)
    title = parts.title or _words(body.replace(f"[[{making.GAP}]]", _BLANK))
    tags = [making.category_tag(block.category)] if block.category else []
    tags += [shown(value) for kind, value in block.marks if kind == "tag"]
    name = identifier or parts.title or f"question-{number}"
    names[name] = names.get(name, 0) + 1
    return ReadItem(
        name=name if names[name] == 1 else f"{name}~{names[name]}",
        item=Item(
            title=title,
            body=body,
            interaction=question.interaction,
            key=question.key,
            feedback=_html(everybody, parts.format),
            feedback_wrong=question.wrong,
            tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
            identifier=identifier,
        ),
        file=file,
        line=block.line,
    )


def _html(text: str, style: str) -> str:
    plain = shown(text)
    if not plain:
        return ""
    match style:
        case "html":
            return markup.safe(plain).strip()
        case "plain":
            return markup.from_text(plain)
        case "markdown":
            return markup.safe(MarkdownIt("commonmark").render(plain)).strip()
        case _:
            return markup.safe(plain.replace("\n", "<br>")).strip()


def _inline(text: str, style: str) -> str:
    """An answer or its feedback; may say its own format."""
    if found := re.match(r"\[(html|plain|markdown|moodle)\]", text, re.IGNORECASE):
        style, text = found[1].lower(), text[found.end() :]
    html = _html(text, style)
    only = re.fullmatch(r"<p>(.*)</p>", html, re.DOTALL)
    return only[1] if only and "<p>" not in only[1] else html


def _words(html: str) -> str:
    words = " ".join(markup.plain(html).split())
    return words[:60] or "?"


def _question(  # noqa: PLR0911 - one for each type
    inner: str, parts: Parts, body: str, after: str, losses: Losses
) -> tuple[Question, str]:
    missing = bool(after)
    before = " " if parts.before[-1:].isspace() else ""
    behind = " " if parts.after[:1].isspace() else ""
    with_gap = f"{body}{before}[[{making.GAP}]]{behind}{after}" if missing else body
    with_blank = f"{body}{before}{_BLANK}{behind}{after}" if missing else body
    if not inner:
        return making.essay(), with_blank
    if inner.startswith("#"):
        return _numeric(inner[1:].strip(), parts.format, losses), with_blank
    found = offers(inner)
    if len(found) > limits.MAX_CHOICES:
        refuse(f"more than {limits.MAX_CHOICES} answers")
    if any(one.sign == "~" for one in found):
        return _choice(
            found, parts.format, missing=missing, losses=losses, body=(with_gap, with_blank)
        )
    if all("->" in one.text for one in found):
        pairs = [one.text.split("->", 1) for one in found]
        made = making.match(
            [(_inline(left, parts.format), shown(right)) for left, right in pairs],
            asked=with_blank,
            shuffle=True,
        )
        if any(one.feedback or one.weight for one in found):
            losses.add("feedback to single pairs")
        return made, with_blank
    truth = _TRUTH.get(found[0].text.upper()) if not found[0].sign else None
    if truth is not None and len(found) == 1:
        return _true_false(found[0], right=truth, style=parts.format), with_blank
    given = [
        Offer(
            text=shown(one.text),
            fraction=_fraction(one, otherwise=Decimal(1)),
            feedback=_inline(one.feedback, parts.format),
        )
        for one in found
    ]
    if missing:
        return making.gap(given, fold_case=True, losses=losses), with_gap
    return making.short(given, fold_case=True, losses=losses), with_blank


def _fraction(one: Offered, *, otherwise: Decimal) -> Decimal:
    return otherwise if one.weight is None else number(one.weight) / 100


def _choice(
    found: Sequence[Offered],
    style: str,
    *,
    missing: bool,
    losses: Losses,
    body: tuple[str, str],
) -> tuple[Question, str]:
    single = any(one.sign == "=" for one in found)
    given = [
        Offer(
            text=_inline(one.text, style),
            fraction=_fraction(one, otherwise=Decimal(1 if one.sign == "=" else 0)),
            feedback=_inline(one.feedback, style),
        )
        for one in found
    ]
    if missing and single:
        hole, key = making.gap_of(given, name=making.GAP, asked=body[1], losses=losses)
        question = Question(
            interaction=ours.GapFill(gaps=(hole,), shuffle=True),
            key=keys.GapFillKey(gaps={making.GAP: key}),
        )
        return question, body[0]
    return making.choice(given, asked=body[1], single=single, shuffle=True), body[1]


def _true_false(one: Offered, *, right: bool, style: str) -> Question:
    """`{T#said to the wrong answer#said to the right one}`."""
    wrong, _, correct = one.feedback.partition("#")
    said = {right: _inline(correct, style), not right: _inline(wrong, style)}
    return making.true_false(right=right, if_true=said[True], if_false=said[False])


def _numeric(inner: str, style: str, losses: Losses) -> Question:
    found = offers(inner)
    given: list[tuple[str, Offer]] = []
    wrong = ""
    for one in found:
        if one.sign == "~":
            wrong = _inline(one.feedback, style)
            continue
        value, tolerance = _span(shown(one.text))
        offer = Offer(
            text="",
            fraction=_fraction(one, otherwise=Decimal(1)),
            feedback=_inline(one.feedback, style),
            tolerance=tolerance,
        )
        given.append((plainly(value), offer))
    return making.numeric(given, wrong=wrong, losses=losses)


def _span(text: str) -> tuple[Decimal, Decimal]:
    """`3:0.5` and `2.5..3.5` are the same."""
    low, dots, high = text.partition("..")
    if dots:
        first, last = sorted((number(low), number(high)))
        return (first + last) / 2, (last - first) / 2
    value, _, tolerance = text.partition(":")
    return number(value), abs(number(tolerance or "0"))
