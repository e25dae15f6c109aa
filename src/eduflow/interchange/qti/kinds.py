"""Each interaction of QTI as one of ours, with its key."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from eduflow.interchange import limits
from eduflow.interchange.qti import trial
from eduflow.interchange.qti.body import Texts
from eduflow.interchange.qti.choices import judged
from eduflow.interchange.qti.feedback import Answers
from eduflow.interchange.qti.names import said, whole, yes
from eduflow.interchange.qti.pairs import match_key, order_key
from eduflow.interchange.qti.processing import Rules
from eduflow.interchange.qti.templates import Templates
from eduflow.interchange.qti.values import Many, Value
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import refuse
from eduflow.interchange.xml import Node
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys

_TRUE = {"true", "wahr", "vrai", "verdadero", "vero", "waar", "richtig"}
_FALSE = {"false", "falsch", "faux", "falso", "onwaar"}


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What an interaction is read from."""

    node: Node
    texts: Texts
    rules: Rules
    templates: Templates
    losses: Losses
    points: Decimal | None
    """Where the file says what is the most; else what the right answer gets."""

    @property
    def name(self) -> str:
        return self.node.get("response-identifier")

    @property
    def many(self) -> bool:
        return self.rules.responses[self.name].cardinality != "single"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    interaction: ours.Interaction
    key: keys.Key
    points: Decimal
    answers: Answers


def options(
    given: Given, nodes: Sequence[Node], *, named: str = "identifier"
) -> tuple[ours.Option, ...]:
    if len(nodes) > limits.MAX_CHOICES:
        refuse(f"more than {limits.MAX_CHOICES} choices", line=given.node.line)
    made = tuple(
        ours.Option(
            id=node.get(named),
            text=given.texts.html(node.children, choice=node.get(named)),
            fixed=yes(node, "fixed"),
        )
        for node in nodes
    )
    if len({one.id for one in made}) < len(made) or not made or not all(one.id for one in made):
        refuse("choices without an identifier of their own", line=given.node.line)
    return made


def choice(given: Given) -> Made:
    node = given.node
    choices = options(given, list(node.all("qti-simple-choice")))
    known = [one.id for one in choices]
    most = whole(node, "max-choices", otherwise=1) if given.many else 1
    most = 0 if most >= len(known) else most
    found = judged(
        given.rules, given.name, known=known, most=most, points=given.points, losses=given.losses
    )
    answers = choosing(given, known, found.correct)
    if not given.many and _is_statement(choices, found.weights):
        return Made(
            interaction=ours.TrueFalse(),
            key=keys.TrueFalseKey(correct=found.correct[0] == "true"),
            points=found.points,
            answers=answers,
        )
    return Made(
        interaction=ours.Choice(
            choices=choices,
            min_choices=min(whole(node, "min-choices", otherwise=0), len(known)),
            max_choices=most,
            shuffle=yes(node, "shuffle"),
        ),
        key=keys.ChoiceKey(correct=found.correct, scoring=found.scoring, weights=found.weights),
        points=found.points,
        answers=answers,
    )


def _is_statement(choices: Sequence[ours.Option], weights: object) -> bool:
    return (
        weights is None
        and [one.id for one in choices] == ["true", "false"]
        and choices[0].text.casefold() in _TRUE
        and choices[1].text.casefold() in _FALSE
    )


def choosing(given: Given, known: Sequence[str], correct: Sequence[str]) -> Answers:
    def chosen(taken: Sequence[str]) -> dict[str, Value]:
        return {given.name: Many(tuple(taken)) if given.many else next(iter(taken), None)}

    return Answers(
        right=chosen(correct),
        wrong=None,
        choices={one: chosen([one]) for one in known},
        correct=correct,
    )


def order(given: Given) -> Made:
    choices = options(given, list(given.node.all("qti-simple-choice")))
    known = [one.id for one in choices]
    if given.node.get("max-choices") or given.node.get("min-choices"):
        given.losses.add("that only some of the choices are put in order")
    key, points = order_key(
        given.rules, given.name, known=known, points=given.points, losses=given.losses
    )
    wrong = tuple(reversed(key.sequence)) if len(key.sequence) > 1 else None
    return Made(
        interaction=ours.Order(choices=choices, shuffle=yes(given.node, "shuffle")),
        key=key,
        points=points,
        answers=Answers(
            right={given.name: Many(key.sequence, ordered=True)},
            wrong={given.name: Many(wrong, ordered=True)} if wrong else None,
        ),
    )


def match(given: Given) -> Made:
    groups = list(given.node.all("qti-simple-match-set"))
    if len(groups) != 2:  # noqa: PLR2004
        refuse("a match of other than two sets", line=given.node.line)
    found = [list(group.all("qti-simple-associable-choice")) for group in groups]
    return _matched(given, found[0], found[1])


def associate(given: Given) -> Made:
    """Its choices are one heap; where no choice is in two right pairs, the heap has two sides."""
    nodes = list(given.node.all("qti-simple-associable-choice"))
    right = [pair.split() for pair in trial.ids(given.rules.right(given.name))]
    left = {pair[0] for pair in right if len(pair) == 2}  # noqa: PLR2004
    others = {pair[1] for pair in right if len(pair) == 2}  # noqa: PLR2004
    if not left or left & others:
        refuse("pairs within one set (associateInteraction)", line=given.node.line)
    given.losses.add("that pairs are found within one set (sources and targets stand apart)")
    return _matched(
        given,
        [node for node in nodes if node.get("identifier") in left],
        [node for node in nodes if node.get("identifier") not in left],
    )


def _matched(given: Given, left: list[Node], right: list[Node]) -> Made:
    sources, targets = options(given, left), options(given, right)
    key, points = match_key(
        given.rules,
        given.name,
        sources=[one.id for one in sources],
        targets=[one.id for one in targets],
        points=given.points,
        losses=given.losses,
    )
    declared = given.rules.right(given.name)
    interaction = ours.Match(
        sources=sources,
        targets=targets,
        shuffle=yes(given.node, "shuffle"),
        max_per_source=_most(left, given.losses, len(targets)),
        max_per_target=_most(right, given.losses, len(sources)),
    )
    if interaction.max_per_source != 1 and key.scoring == "each" and not key.wrong_costs:
        given.losses.add(
            "that wrong pairs cost nothing (each takes a right one of its source back)"
        )
    return Made(
        interaction=interaction,
        key=key,
        points=points,
        answers=Answers(right={given.name: declared}, wrong={given.name: None}),
    )


def _most(nodes: Sequence[Node], losses: Losses, all_: int) -> int:
    most = {whole(node, "match-max", otherwise=1) for node in nodes}
    if len(most) > 1:
        losses.add("that some may be used more often than others")
    largest = 0 if 0 in most else max(most, default=1)
    return 0 if largest >= all_ > 1 else largest


def hottext(given: Given) -> Made:
    spans = [part for part in given.node.under() if part.name == "qti-hottext"]
    stretches = options(given, spans)
    known = [one.id for one in stretches]
    most = whole(given.node, "max-choices", otherwise=1)
    found = judged(
        given.rules, given.name, known=known, most=most, points=given.points, losses=given.losses
    )
    scoring = found.scoring
    if found.weights is not None:
        given.losses.add("what each stretch is worth of itself (right less wrong instead)")
        scoring = "right_minus_wrong"
    return Made(
        interaction=ours.HotText(
            stretches=stretches,
            min_choices=min(whole(given.node, "min-choices", otherwise=0), len(known)),
            max_choices=0 if most >= len(known) else most,
        ),
        key=keys.HotTextKey(correct=found.correct, scoring=scoring),
        points=found.points,
        answers=choosing(given, known, found.correct),
    )


def extended(given: Given) -> Made:
    node = given.node
    if whole(node, "max-strings", otherwise=1) > 1:
        given.losses.add("that several texts are asked for (one instead)")
    if node.get("pattern-mask"):
        given.losses.add("the pattern that the text must follow")
    if trial.ids(given.rules.right(given.name)):
        given.losses.add("the right text (an essay is read, not compared)")
    return Made(
        interaction=ours.Essay(),
        key=keys.EssayKey(),
        points=given.points or Decimal(1),
        answers=Answers(right={}, wrong=None),
    )


def upload(given: Given) -> Made:
    kind = given.node.get("type").split()
    return Made(
        interaction=ours.FileUpload(
            max_files=whole(given.node, "max-files", otherwise=1) or 1, media_types=tuple(kind)
        ),
        key=keys.FileUploadKey(),
        points=given.points or Decimal(1),
        answers=Answers(right={}, wrong=None),
    )


BLOCKS: dict[str, Callable[[Given], Made]] = {
    "qti-choice-interaction": choice,
    "qti-order-interaction": order,
    "qti-match-interaction": match,
    "qti-associate-interaction": associate,
    "qti-hottext-interaction": hottext,
    "qti-extended-text-interaction": extended,
    "qti-upload-interaction": upload,
}


def unknown(node: Node) -> str:
    return f"{said(node.name)}, which EduFlow has no question type for"
