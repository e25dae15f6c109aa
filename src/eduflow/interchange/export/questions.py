"""One question as an assessmentItem, and what of it QTI has no words for."""

from collections.abc import Collection
from decimal import Decimal

from eduflow.interchange import xml
from eduflow.interchange.export import rules
from eduflow.interchange.export.gapped import gap_fill
from eduflow.interchange.export.keyed import WRITERS
from eduflow.interchange.export.parts import Written
from eduflow.interchange.export.tags import Marks, Tag, block, content, tag
from eduflow.interchange.export.variants import templates
from eduflow.interchange.qti import extension
from eduflow.interchange.qti.item import Source, said
from eduflow.interchange.qti.names import QTI3
from eduflow.interchange.reading import Losses, ReadItem
from eduflow.interchange.unreadable import Refused, Unreadable
from eduflow.scoring import interactions as ours
from eduflow.scoring.items import Item

SCHEMA = (
    "http://www.imsglobal.org/xsd/imsqtiasi_v3p0 "
    "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0p1_v1p0.xsd"
)
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ENOUGH = Decimal("0.9999")


def root(name: str, **attributes: str) -> Tag:
    """A document's element, with its namespaces."""
    named = {key.replace("_", "-"): value for key, value in attributes.items()}
    head = {"xmlns": QTI3, "xmlns:xsi": XSI, "xsi:schemaLocation": SCHEMA}
    return Tag(name, {**head, **named}, [])


def write(
    entry: ReadItem,
    *,
    file: str,
    identifier: str,
    present: Collection[str],
    stimuli: dict[str, str],
    tags: tuple[str, ...],
) -> tuple[bytes, tuple[str, ...]]:
    """The document, and the names of the fields that only our own attribute carries.

    What was written is read back with the reader that everybody's files are read with; what it
    does not find again is what has to be carried.
    """
    item = extension.made_safe(entry.item)
    document = _document(item, entry, identifier=identifier, stimuli=stimuli)
    source = Source(file=file, name=identifier, version=3, present=present, tags=tags)
    try:
        node = xml.parse([document.bytes()], file=file)
        found: Item | None = said(node, source, Losses(), {}).item
    except (Refused, Unreadable):
        found = None
    carried = extension.difference(item, found)
    if entry.name != identifier:
        document.attributes["eduflow:name"] = entry.name
    if carried or entry.name != identifier:
        document.attributes = {"xmlns:eduflow": extension.NAMESPACE, **document.attributes}
    if not carried:
        return document.bytes(), ()
    document.attributes["eduflow:item"] = carried
    return document.bytes(), extension.fields_of(carried)


def _document(item: Item, entry: ReadItem, *, identifier: str, stimuli: dict[str, str]) -> Tag:
    marks = Marks(parameters=item.parameters, up="../")
    if isinstance(item.interaction, ours.GapFill):
        written = gap_fill(item, marks)
    else:
        written = WRITERS[type(item.interaction)](item, marks)
    document = root(
        "qti-assessment-item",
        identifier=identifier,
        title=item.title,
        xml_lang=item.language,
        adaptive="false",
        time_dependent="false",
    )
    language = document.attributes.pop("xml-lang")
    document.attributes["xml:lang"] = language
    parts: list[Tag] = [*written.declarations, *_outcomes(item, written), *templates(item)]
    for name in entry.stimuli:
        if name in stimuli:
            href = f"../{stimuli[name]}"
            parts.append(tag("qti-assessment-stimulus-ref", identifier=f"s{len(parts)}", href=href))
    parts.append(_body(item, entry, written, marks))
    processing = _processing(item, written)
    if processing:
        parts.append(tag("qti-response-processing", *processing))
    parts += _feedback(item, marks)
    document.children = list(parts)
    return document


def _outcomes(item: Item, written: Written) -> list[Tag]:
    def outcome(name: str, kind: str, value: str | None, cardinality: str = "single") -> Tag:
        default = None if value is None else tag("qti-default-value", tag("qti-value", value))
        return tag(
            "qti-outcome-declaration",
            default,
            identifier=name,
            cardinality=cardinality,
            base_type=kind,
        )

    made = [
        outcome("SCORE", "float", "0"),
        outcome("MAXSCORE", "float", rules.figure(item.points)),
    ]
    if item.feedback_right or item.feedback_wrong:
        made.append(outcome("FEEDBACK", "identifier", None))
    if item.feedback:
        made.append(outcome("GENERAL", "identifier", "general"))
    if written.choices:
        made.append(outcome("CHOICES", "identifier", None, "multiple"))
    return made


def _body(item: Item, entry: ReadItem, written: Written, marks: Marks) -> Tag:
    places = Marks(places=written.places, parameters=marks.parameters, up=marks.up)
    text = block(item.body, places)
    parts: list[Tag] = []
    if entry.guidance:
        parts.append(
            tag(
                "qti-rubric-block",
                content(entry.guidance, marks),
                use="instructions",
                view="scorer",
            )
        )
    if written.around is not None:
        parts.append(Tag(written.around, written.attributes, [text]))
    else:
        parts.append(text)
    if written.interaction is not None:
        parts.append(written.interaction)
    return tag("qti-item-body", *parts)


def _processing(item: Item, written: Written) -> list[Tag]:
    made = list(written.rules)
    if not made:
        return []
    if item.feedback_right or item.feedback_wrong:

        def told(value: str) -> Tag:
            return tag(
                "qti-set-outcome-value", rules.base("identifier", value), identifier="FEEDBACK"
            )

        enough = tag(
            "qti-gte",
            rules.variable("SCORE"),
            rules.base("float", rules.figure(item.points * _ENOUGH)),
        )
        made.append(rules.when([(enough, told("right"))], otherwise=told("wrong")))
    if written.choices:
        made.append(
            tag(
                "qti-set-outcome-value",
                tag("qti-multiple", rules.variable(rules.R)),
                identifier="CHOICES",
            )
        )
    return made


def _feedback(item: Item, marks: Marks) -> list[Tag]:
    pieces = (
        ("FEEDBACK", "right", item.feedback_right),
        ("FEEDBACK", "wrong", item.feedback_wrong),
        ("GENERAL", "general", item.feedback),
    )
    return [
        tag(
            "qti-modal-feedback",
            content(text, marks),
            outcome_identifier=outcome,
            identifier=name,
            show_hide="show",
        )
        for outcome, name, text in pieces
        if text
    ]
