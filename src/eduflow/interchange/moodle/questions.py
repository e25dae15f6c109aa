"""Each type of Moodle question as one of ours."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from eduflow.interchange import markup
from eduflow.interchange.moodle import calculated, cloze, making, places
from eduflow.interchange.moodle.making import Offer, Question
from eduflow.interchange.moodle.naming import named
from eduflow.interchange.moodle.texts import Texts, fraction, said
from eduflow.interchange.qti.declarations import number
from eduflow.interchange.qti.names import whole
from eduflow.interchange.qti.templates import plainly
from eduflow.interchange.unreadable import refuse
from eduflow.interchange.xml import Node
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys
from eduflow.scoring.items import Hint, Item, Parameter

_NO_LOSS = {"", "0", "0.0", "0.0000000", "0.1", "0.1000000", "0.3333333", "0.3333", "1.0000000"}
_STANDARD = "your answer is partially correct"
_GRADED: dict[str, keys.OrderKey] = {
    "-1": keys.OrderKey(sequence=(), scoring="all_or_nothing"),
    "ALL_OR_NOTHING": keys.OrderKey(sequence=(), scoring="all_or_nothing"),
    "0": keys.OrderKey(sequence=(), scoring="position"),
    "ABSOLUTE_POSITION": keys.OrderKey(sequence=(), scoring="position"),
    "1": keys.OrderKey(sequence=(), scoring="pairs"),
    "RELATIVE_NEXT_EXCLUDE_LAST": keys.OrderKey(sequence=(), scoring="pairs"),
}


class Made(msgspec.Struct, frozen=True, kw_only=True):
    question: Question
    body: str
    parameters: dict[str, Parameter] = {}
    guidance: str = ""


def read_question(node: Node, *, texts: Texts, category: str) -> tuple[Item, str]:
    """The item, and what only its graders may see."""
    kind = node.get("type")
    reader = _READERS.get(kind)
    if reader is None:
        refuse(_why_not(kind), line=node.line)
    body = texts.html(node.first("questiontext"))
    made = reader(node, texts, body)
    penalty = said(node, "penalty")
    hints = tuple(
        Hint(text=html, cost=making.share(number(penalty)) if penalty else Decimal(0))
        for hint in node.all("hint")
        if (html := texts.html(hint))
    )
    if not hints and penalty not in _NO_LOSS:
        texts.losses.add(f"its penalty for each try ({penalty})")
    if said(node, "hidden") == "1":
        texts.losses.add("that it was hidden there (here it can be seen)")
    grade = said(node, "defaultgrade")
    points = making.share(number(grade)) if grade else Decimal(1)
    if points <= 0:
        texts.losses.add(f"its points ({grade}; 1 instead)")
        points = Decimal(1)
    if made.question.interaction == cloze.NONE:
        refuse("no gap in it", line=node.line)
    partly = texts.html(node.first("partiallycorrectfeedback"))
    if partly and _STANDARD not in partly.lower():
        texts.losses.add("feedback to partly right answers")
    tags = node.first("tags")
    named = [" ".join(tag.text.split()) for tag in tags.elements] if tags is not None else []
    wrong = texts.html(node.first("incorrectfeedback"))
    item = Item(
        title=" ".join(said(node, "name").split()) or "?",
        body=made.body,
        interaction=made.question.interaction,
        key=made.question.key,
        points=cloze.points(made.question, points) if kind == "cloze" else points,
        parameters=made.parameters,
        feedback=texts.html(node.first("generalfeedback")),
        feedback_right=texts.html(node.first("correctfeedback")),
        feedback_wrong=wrong + made.question.wrong,
        hints=hints,
        tags=tuple(dict.fromkeys(tag for tag in (category, *named) if tag)),
        identifier=said(node, "idnumber") or None,
    )
    return item, made.guidance


def _why_not(kind: str) -> str:
    if kind == "description":
        return "a text that asks nothing"
    if kind in {"random", "randomsamatch"}:
        return "drawn at random from others: make a section that picks instead"
    return f"the question type {kind or '(none)'}, which EduFlow has no type for"


def _offers(node: Node, texts: Texts, *, html: bool) -> list[Offer]:
    made: list[Offer] = []
    for answer in node.all("answer"):
        tolerance = said(answer, "tolerance")
        made.append(
            Offer(
                text=texts.html(answer) if html else said(answer, "text"),
                fraction=fraction(answer),
                feedback=texts.html(answer.first("feedback")),
                tolerance=abs(number(tolerance)) if tolerance else Decimal(0),
            )
        )
    return made


def _multichoice(node: Node, texts: Texts, body: str) -> Made:
    single = said(node, "single") != "false"
    shuffle = said(node, "shuffleanswers") in {"true", "1"}
    offers = _offers(node, texts, html=True)
    question = making.choice(offers, asked=body, single=single, shuffle=shuffle)
    return Made(question=question, body=body)


def _truefalse(node: Node, texts: Texts, body: str) -> Made:
    offers = {one.text.lower(): one for one in _offers(node, texts, html=False)}
    if set(offers) != {"true", "false"}:
        refuse("a true/false question with other answers", line=node.line)
    question = making.true_false(
        right=offers["true"].fraction > 0,
        if_true=offers["true"].feedback,
        if_false=offers["false"].feedback,
    )
    return Made(question=question, body=body)


def _shortanswer(node: Node, texts: Texts, body: str) -> Made:
    question = making.short(
        _offers(node, texts, html=False),
        fold_case=said(node, "usecase") not in {"1", "true"},
        losses=texts.losses,
    )
    return Made(question=question, body=body)


def _numerical(node: Node, texts: Texts, body: str) -> Made:
    offers = _offers(node, texts, html=False)
    wrong = next((one.feedback for one in offers if one.text == "*"), "")
    given = [(plainly(number(one.text)), one) for one in offers if one.text != "*"]
    question = making.numeric(given, wrong=wrong, losses=texts.losses)
    return Made(question=places.with_units(question, node, texts.losses), body=body)


def _matching(node: Node, texts: Texts, body: str) -> Made:
    pairs = [
        (texts.html(pair), "" if (found := pair.first("answer")) is None else found.text.strip())
        for pair in node.all("subquestion")
    ]
    shuffle = said(node, "shuffleanswers") in {"true", "1"}
    return Made(question=making.match(pairs, asked=body, shuffle=shuffle), body=body)


def _ordering(node: Node, texts: Texts, body: str) -> Made:
    answers = [texts.html(answer) for answer in node.all("answer")]
    if len(answers) < 2:  # noqa: PLR2004
        refuse("fewer than two things to put in order", line=node.line)
    graded = _GRADED.get(said(node, "gradingtype"))
    if graded is None:
        texts.losses.add(f"its way of grading ({said(node, 'gradingtype')}; by position instead)")
        graded = _GRADED["0"]
    if said(node, "selecttype") not in {"", "0", "ALL"}:
        texts.losses.add("that only some of the things are put in order")
    ids = named(answers, role="order", asked=body)
    # The file knows only the right order.
    mixed = sorted(zip(ids, answers, strict=True))
    interaction = ours.Order(choices=tuple(ours.Option(id=one, text=text) for one, text in mixed))
    key = msgspec.structs.replace(graded, sequence=tuple(ids))
    return Made(question=Question(interaction=interaction, key=key), body=body)


def _essay(node: Node, texts: Texts, body: str) -> Made:
    guidance = texts.html(node.first("graderinfo"))
    if not markup.is_blank(texts.html(node.first("responsetemplate"))):
        texts.losses.add("the text to start from")
    files = _whole(node, "attachments")
    if said(node, "responseformat") == "noinline":
        kinds = tuple(said(node, "filetypeslist").replace(",", " ").split())
        interaction: ours.Interaction = ours.FileUpload(
            max_files=max(1, files) if files >= 0 else 20, media_types=kinds
        )
        question = Question(interaction=interaction, key=keys.FileUploadKey())
        return Made(question=question, body=body, guidance=guidance)
    if files:
        texts.losses.add("files beside the text")
    interaction = ours.Essay(
        min_words=_whole(node, "minwordlimit") or None,
        max_words=_whole(node, "maxwordlimit") or None,
    )
    question = Question(interaction=interaction, key=keys.EssayKey())
    return Made(question=question, body=body, guidance=guidance)


def _whole(node: Node, name: str) -> int:
    text = said(node, name)
    if text == "-1":
        return -1
    return whole(Node(name, "", {"n": text}, node.line), "n", otherwise=0)


def _cloze(_: Node, texts: Texts, body: str) -> Made:
    question, body = cloze.read(body, losses=texts.losses)
    return Made(question=question, body=body)


def _gapselect(node: Node, texts: Texts, body: str) -> Made:
    question, body = places.read(node, texts, body)
    return Made(question=question, body=body)


def _calculated(node: Node, texts: Texts, body: str) -> Made:
    datasets = calculated.Datasets(node, texts.losses)
    body = datasets.fill(body)
    if node.get("type") == "calculatedmulti":
        offers = [
            msgspec.structs.replace(one, text=datasets.fill(one.text))
            for one in _offers(node, texts, html=True)
        ]
        single = said(node, "single") != "false"
        shuffle = said(node, "shuffleanswers") in {"true", "1"}
        question = making.choice(offers, asked=body, single=single, shuffle=shuffle)
    else:
        question = _formula(node, texts, datasets)
    return Made(question=question, body=body, parameters=datasets.parameters)


def _formula(node: Node, texts: Texts, datasets: calculated.Datasets) -> Question:
    offers = _offers(node, texts, html=False)
    wrong = next((one.feedback for one in offers if one.text == "*"), "")
    given = [(datasets.expression(one.text), one) for one in offers if one.text != "*"]
    question = making.numeric(given, wrong=wrong, losses=texts.losses)
    types: Sequence[str] = [said(one, "tolerancetype") for one in node.all("answer")]
    relative = bool(types) and types[0] in {"1", "3", ""}
    if "3" in types or len(set(types)) > 1:
        texts.losses.add("its kinds of tolerance (of the value's share instead)")
    key = question.key
    if isinstance(key, keys.NumericKey) and relative:
        rules = msgspec.structs.replace(key.rules, tolerance_is="relative")
        question = msgspec.structs.replace(question, key=msgspec.structs.replace(key, rules=rules))
    return places.with_units(question, node, texts.losses)


_READERS: dict[str, Callable[[Node, Texts, str], Made]] = {
    "multichoice": _multichoice,
    "truefalse": _truefalse,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "matching": _matching,
    "ordering": _ordering,
    "essay": _essay,
    "cloze": _cloze,
    "multianswer": _cloze,
    "gapselect": _gapselect,
    "ddwtos": _gapselect,
    "calculated": _calculated,
    "calculatedsimple": _calculated,
    "calculatedmulti": _calculated,
}
