"""One assessmentItem as one of our questions, or the reason why not."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from posixpath import dirname, normpath
from typing import NoReturn
from urllib.parse import unquote

import msgspec

from eduflow.interchange import markup
from eduflow.interchange.qti import declarations, dragging, extension, feedback, gaps, kinds
from eduflow.interchange.qti.body import INLINE, Texts
from eduflow.interchange.qti.names import said as name_of
from eduflow.interchange.qti.names import yes
from eduflow.interchange.qti.processing import Rules
from eduflow.interchange.qti.templates import Templates, parameter_name
from eduflow.interchange.reading import Losses, ReadItem
from eduflow.interchange.unreadable import Refused, refuse
from eduflow.interchange.xml import Node
from eduflow.scoring import keys
from eduflow.scoring.items import Item

_FOR_GRADERS = {"scorer", "tutor", "author", "proctor", "testConstructor"}
_MARKED = {"qti-gap", "qti-hottext"}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where an item stands, and what its manifest says of it."""

    file: str
    name: str
    version: int
    present: Collection[str]
    """Files that it may refer to."""
    tags: tuple[str, ...] = ()
    stimuli: dict[str, str] = {}
    """Names of stimuli by their file."""


def read_item(node: Node, source: Source, losses: Losses, media: dict[str, None]) -> ReadItem:
    """Raises `Refused`; what did not come along is in `losses`."""
    carried = node.attributes.get(extension.ATTRIBUTE)
    try:
        entry = said(node, source, losses, media)
    except Refused:
        # A type QTI has no word for is carried whole.
        item = extension.apply(None, carried) if carried else None
        if item is None:
            raise
        losses.clear()
        stimuli = tuple(_stimuli(node, source, losses))
        return ReadItem(
            name=source.name, item=item, file=source.file, line=node.line, stimuli=stimuli
        )
    if carried:
        item = extension.apply(entry.item, carried)
        if item is None:
            losses.add("what EduFlow had added to it, since it was changed elsewhere")
        else:
            losses.clear()
            return msgspec.structs.replace(entry, item=item)
    return entry


def said(node: Node, source: Source, losses: Losses, media: dict[str, None]) -> ReadItem:
    """The item as QTI's own words say it, whatever our attribute carries."""
    if yes(node, "adaptive"):
        refuse("an adaptive item (several rounds of answers)", line=node.line)
    body = node.first("qti-item-body")
    if body is None:
        refuse("no item body", line=node.line)
    responses = declarations.responses(node, version=source.version)
    outcomes = declarations.outcomes(node)
    templates = Templates(node, responses=responses, losses=losses)
    _rename_variables(node)
    rules = Rules(
        node.first("qti-response-processing"),
        responses=responses,
        outcomes=outcomes,
        sample=templates.sample,
        rights=templates.right_values,
    )
    texts = Texts(
        file=source.file, present=source.present, losses=losses, parameters=templates.names
    )
    texts.media = media
    texts.marks = set(_marked(body))
    html = texts.html(body.children)
    if not texts.interactions:
        _refuse_unasked(body)
    points = _points(outcomes)
    given = [
        kinds.Given(
            node=one, texts=texts, rules=rules, templates=templates, losses=losses, points=points
        )
        for one in texts.interactions
    ]
    for one in given:
        if one.name not in responses:
            refuse(f"a response {one.name} that is not declared", line=one.node.line)
        if responses[one.name].has_areas:
            refuse("areas of a picture (areaMapping)", line=one.node.line)
    html, made = _made(given, html)
    if made.points <= 0:
        refuse("no points to be had")
    if rules.lowest < 0:
        losses.add("that its points may fall below nought (they end there)")
    told = feedback.sort(_feedback(node, texts), rules, made.answers, losses)
    item = Item(
        title=node.get("title") or node.get("label") or node.get("identifier") or source.name,
        body=html,
        interaction=made.interaction,
        key=_with_feedback(made.key, told, losses),
        points=made.points,
        parameters=templates.parameters,
        conditions=tuple(templates.conditions),
        feedback="".join(told.always),
        feedback_right="".join(told.right),
        feedback_wrong="".join(told.wrong),
        tags=source.tags,
        language=node.get("lang") or "en",
        identifier=node.get("identifier") or None,
    )
    return ReadItem(
        name=source.name,
        item=item,
        file=source.file,
        line=node.line,
        stimuli=tuple(_stimuli(node, source, losses)),
        guidance=_guidance(texts, losses),
    )


def _refuse_unasked(body: Node) -> NoReturn:
    for part in body.under():
        if part.name.endswith("-interaction"):
            # Inside of something that we have no text for, such as positionObjectStage.
            refuse(kinds.unknown(part), line=part.line)
    refuse("no interaction: nothing to answer", line=body.line)


def _rename_variables(node: Node) -> None:
    """Parameters are called in texts as they are in expressions."""
    for part in node.under():
        if part.name == "qti-printed-variable":
            part.attributes["identifier"] = parameter_name(part.get("identifier"))


def _marked(body: Node) -> Iterator[str]:
    for part in body.under():
        if part.name in INLINE:
            yield part.get("response-identifier")
        elif part.name in _MARKED:
            yield part.get("identifier")


def _points(outcomes: dict[str, declarations.Outcome]) -> Decimal | None:
    most = outcomes.get("MAXSCORE")
    if most is not None and most.default:
        value = declarations.number(most.default[0])
        return value if value > 0 else None
    score = outcomes.get("SCORE")
    if score is not None and score.maximum is not None and score.maximum > 0:
        return score.maximum
    return None


def _made(given: Sequence[kinds.Given], html: str) -> tuple[str, kinds.Made]:
    first = given[0].node
    if len(given) == 1 and first.name == "qti-text-entry-interaction":
        mark = f"[[{given[0].name}]]"
        if html.count(mark) == 1 and (rest := _behind(html, mark)) is not None:
            return rest, gaps.word(given[0])
    if gaps.entries([one.node for one in given]):
        return html, gaps.gap_fill(given)
    if len(given) > 1:
        mixed = ", ".join(dict.fromkeys(name_of(one.node.name) for one in given))
        refuse(f"{len(given)} interactions in one item ({mixed})", line=first.line)
    if first.name == "qti-gap-match-interaction":
        return html, dragging.gap_match(given[0])
    if first.name == "qti-slider-interaction":
        return html, gaps.slider(given[0])
    reader = kinds.BLOCKS.get(first.name)
    if reader is None:
        refuse(kinds.unknown(first), line=first.line)
    return html, reader(given[0])


def _behind(html: str, mark: str) -> str | None:
    """The text without the mark, where nothing but closing tags stands behind it."""
    before, _, after = html.partition(mark)
    if not markup.is_blank(after):
        return None
    rest = (before + after).strip()
    for empty in ("<p></p>", "<div></div>", "<span></span>"):
        rest = rest.removesuffix(empty).strip()
    return rest


def _feedback(node: Node, texts: Texts) -> Iterator[feedback.Shown]:
    modal = [(part, None) for part in node.all("qti-modal-feedback")]
    inside = list(texts.feedback)
    for part, choice in [*modal, *inside]:
        yield feedback.Shown(
            html=texts.html(part.children),
            outcome=part.get("outcome-identifier"),
            identifier=part.get("identifier"),
            show=part.get("show-hide", "show") != "hide",
            choice=choice,
        )


def _with_feedback(key: keys.Key, said: feedback.Said, losses: Losses) -> keys.Key:
    choices = said.choice()
    if isinstance(key, keys.ChoiceKey | keys.HotTextKey):
        return msgspec.structs.replace(key, feedback=choices)
    if isinstance(key, keys.TrueFalseKey):
        return keys.TrueFalseKey(
            correct=key.correct,
            feedback={one: choices[one] for one in ("true", "false") if one in choices},
        )
    if isinstance(key, keys.ShortTextKey):
        return msgspec.structs.replace(
            key,
            accepted=tuple(
                msgspec.structs.replace(one, feedback="".join(said.texts.get(one.text, ())))
                for one in key.accepted
            ),
        )
    if choices or said.texts:
        losses.add("feedback to some of its answers")
    return key


def _guidance(texts: Texts, losses: Losses) -> str:
    pieces: list[str] = []
    for block in texts.rubrics:
        html = texts.html(block.children)
        if set(block.get("view").split()) & _FOR_GRADERS:
            pieces.append(html)
        elif html:
            losses.add("its rubric block for students")
    return "".join(pieces)


def _stimuli(node: Node, source: Source, losses: Losses) -> Iterator[str]:
    for ref in node.all("qti-assessment-stimulus-ref"):
        file = normpath(f"{dirname(source.file)}/{unquote(ref.get('href').strip())}").lstrip("/")
        if file in source.stimuli:
            yield source.stimuli[file]
        else:
            losses.add(f"the stimulus {ref.get('href')[:80] or ref.get('identifier')}")
