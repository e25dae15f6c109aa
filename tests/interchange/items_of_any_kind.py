"""Strategies for questions of every type, with texts and ids that nobody would wish for."""

from decimal import Decimal
from typing import Literal, get_args

from hypothesis import strategies as st

from eduflow.interchange import markup
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys
from eduflow.scoring.items import Hint, Item, Parameter

_PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<b>x</b>", "<br>", "&nbsp;", "&amp;", "&lt;i&gt;", "<div>", "</div>", "\n",
        "[[g1]]", "[[nowhere]]", "{{a}}", "{{ b }}", "{{", "]]>", "<!-- c -->", "<u>u</u>", " ",
        '<img src="eduflow-media:a%20b.png" alt="&quot;q&quot;">', "<table><tr><td>1</td></tr>",
        "<math><mfrac><mi>a</mi><mn>2</mn></mfrac><mo>&lt;</mo></math>", "<script>x</script>",
        '<a href="https://example.org/?a=1&amp;b=2" title="t">l</a>', "日本語", "\u202eא", "😀",
        "\x0b",
        "<pre>  a\n   b</pre>", '<p class="">', "<ul><li>1<li>2</ul>", "<sup>2</sup>", "￾", "\r\n",
        '<div class="eduflow-body">o</div>', "<ruby>漢<rt>k</rt></ruby>",
        "<span onclick='x'>s</span>",
    ]
)  # fmt: skip
HTML = st.lists(_PIECES | st.text(max_size=12), max_size=6).map("".join).map(markup.safe)
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
_ODD_ID = st.text(st.characters(codec="utf-8", exclude_characters="[]{}"), min_size=1, max_size=8)
IDS = st.sampled_from(["a", "b1", "RESPONSE", "SCORE", "1", "x y", "é", "true", "c-d"]) | _ODD_ID
POINTS = st.decimals("0.01", "100", places=2) | st.integers(1, 10).map(Decimal)
SHARES = st.decimals("0", "1", places=3) | st.sampled_from(["1", "0.33333", "0.5"]).map(Decimal)
SIGNED = st.decimals("-1", "1", places=2)


def options(least: int = 1, most: int = 5) -> st.SearchStrategy[tuple[ours.Option, ...]]:
    ids = st.lists(IDS, min_size=least, max_size=most, unique=True)
    return ids.flatmap(
        lambda known: st.tuples(
            *(st.builds(ours.Option, id=st.just(one), text=HTML, fixed=st.booleans())
              for one in known)
        )
    )  # fmt: skip


def _some(known: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(known), unique=True, max_size=len(known)).map(tuple)


Scoring = Literal["all_or_nothing", "right_minus_wrong", "each"]
_SCORING: st.SearchStrategy[Scoring] = st.sampled_from(get_args(Scoring))
Ordered = Literal["all_or_nothing", "position", "pairs", "longest"]
_ORDERED: st.SearchStrategy[Ordered] = st.sampled_from(get_args(Ordered))
Parts = Literal["all_or_nothing", "each"]
_PARTS: st.SearchStrategy[Parts] = st.sampled_from(get_args(Parts))
Side = Literal["true", "false"]
_SIDES: st.SearchStrategy[Side] = st.sampled_from(get_args(Side))


@st.composite
def choices(draw: st.DrawFn) -> tuple[ours.Interaction, keys.Key]:
    offered = draw(options())
    known = [one.id for one in offered]
    most = draw(st.sampled_from([0, 1, len(known)]))
    weights = draw(st.none() | st.dictionaries(st.sampled_from(known), SIGNED))
    return (
        ours.Choice(
            choices=offered, max_choices=most, shuffle=draw(st.booleans()),
            min_choices=draw(st.integers(0, 1)),
        ),
        keys.ChoiceKey(
            correct=draw(_some(known)), scoring=draw(_SCORING), weights=weights,
            feedback=draw(st.dictionaries(st.sampled_from(known), HTML)),
        ),
    )  # fmt: skip


@st.composite
def statements(draw: st.DrawFn) -> tuple[ours.Interaction, keys.Key]:
    return ours.TrueFalse(), keys.TrueFalseKey(
        correct=draw(st.booleans()), feedback=draw(st.dictionaries(_SIDES, HTML))
    )


@st.composite
def orders(draw: st.DrawFn) -> tuple[ours.Interaction, keys.Key]:
    offered = draw(options(2, 7))
    sequence = draw(st.permutations([one.id for one in offered]))
    scoring = draw(_ORDERED)
    return ours.Order(choices=offered, shuffle=draw(st.booleans())), keys.OrderKey(
        sequence=tuple(sequence), scoring=scoring
    )


@st.composite
def matches(draw: st.DrawFn) -> tuple[ours.Interaction, keys.Key]:
    sources, targets = draw(options(1, 4)), draw(options(1, 4))
    pairs = draw(
        st.dictionaries(
            st.sampled_from([one.id for one in sources]), _some([one.id for one in targets])
        )
    )
    weights = draw(st.none() | st.fixed_dictionaries({one.id: SHARES for one in sources}))
    return (
        ours.Match(
            sources=sources, targets=targets, shuffle=draw(st.booleans()),
            max_per_source=draw(st.integers(0, 2)), max_per_target=draw(st.integers(0, 2)),
        ),
        keys.MatchKey(
            pairs=pairs, scoring=draw(_PARTS),
            weights=weights, wrong_costs=draw(SHARES),
        ),
    )  # fmt: skip


TEXT_RULES = st.builds(
    keys.TextRules,
    pattern=st.sampled_from(["exact", "wildcard", "regex"]),
    fold_case=st.booleans(),
    fold_accents=st.booleans(),
    collapse_space=st.booleans(),
)
NUMBER_RULES = st.builds(
    keys.NumericRules,
    tolerance=st.decimals("0", "5", places=3),
    tolerance_is=st.sampled_from(["absolute", "relative"]),
    significant_figures=st.none() | st.integers(1, 5),
    unit=st.none() | st.sampled_from(["m", "km/h"]),
    unit_cost=SHARES,
)
ACCEPTED = st.builds(keys.Accepted, text=WORDS, worth=SHARES, feedback=HTML)
NUMBERS = st.sampled_from(["3.14", "-2", "0", "a", "a + 1", "1e3", "x"]) | st.integers().map(str)


@st.composite
def gap_fills(draw: st.DrawFn) -> tuple[ours.Interaction, keys.Key]:
    names = draw(st.lists(st.sampled_from(["g1", "g2", "x y", "SCORE"]), min_size=1, unique=True))
    gaps: list[ours.Gap] = []
    judged: dict[str, keys.GapKey] = {}
    for name in names:
        offered = draw(st.just(()) | options(1, 3))
        gaps.append(ours.Gap(id=name, options=offered, width=draw(st.none() | st.integers(1, 40))))
        known = [one.id for one in offered]
        texts = st.sampled_from(known) if known else WORDS
        accepted = st.lists(st.builds(keys.Accepted, text=texts, worth=SHARES), max_size=3)
        judged[name] = keys.GapKey(
            accepted=tuple(draw(accepted)), rules=draw(TEXT_RULES), weight=draw(SHARES)
        )
    scoring = draw(_PARTS)
    return ours.GapFill(gaps=tuple(gaps), shuffle=draw(st.booleans())), keys.GapFillKey(
        gaps=judged, scoring=scoring
    )


@st.composite
def hot_texts(draw: st.DrawFn) -> tuple[ours.Interaction, keys.Key]:
    offered = draw(options())
    known = [one.id for one in offered]
    return ours.HotText(stretches=offered), keys.HotTextKey(
        correct=draw(_some(known)), scoring=draw(_SCORING),
        feedback=draw(st.dictionaries(st.sampled_from(known), HTML)),
    )  # fmt: skip


_TYPED = st.tuples(
    st.builds(ours.ShortText, max_length=st.integers(1, 2000)),
    st.builds(
        keys.ShortTextKey,
        accepted=st.lists(ACCEPTED, max_size=3).map(tuple),
        rules=TEXT_RULES,
        unmatched=st.sampled_from(["wrong", "read"]),
    ),
)
_NUMERIC = st.tuples(
    st.builds(ours.Numeric, unit_hint=st.none() | WORDS),
    st.builds(
        keys.NumericKey,
        accepted=st.lists(
            st.builds(keys.AcceptedNumber, value=NUMBERS, worth=SHARES, feedback=HTML), max_size=3
        ).map(tuple),
        rules=NUMBER_RULES,
    ),
)
_READ = st.tuples(
    st.builds(ours.Essay, min_words=st.none() | st.integers(1, 9)), st.just(keys.EssayKey())
) | st.tuples(
    st.builds(ours.FileUpload, media_types=st.sampled_from([(), ("image/png", "text/plain")])),
    st.just(keys.FileUploadKey()),
)
_FORMULA = st.tuples(
    st.just(ours.Formula(variables=("x",))),
    st.builds(keys.FormulaKey, accepted=st.lists(ACCEPTED, max_size=2).map(tuple)),
)
PAIRS: st.SearchStrategy[tuple[ours.Interaction, keys.Key]] = (
    choices() | statements() | orders() | matches() | gap_fills() | hot_texts()
    | _TYPED | _NUMERIC | _READ | _FORMULA
)  # fmt: skip
_BOUNDS = st.decimals("-50", "50", places=1)
PARAMETERS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "x y"]),
    st.builds(Parameter, low=_BOUNDS, high=_BOUNDS)
    | st.builds(Parameter, among=st.lists(WORDS, min_size=1, max_size=3).map(tuple))
    | st.builds(Parameter, equals=st.sampled_from(["a + 1", "2 ^ b", "sqrt(a)", "(a", "-b"])),
    max_size=3,
)


@st.composite
def any_items(draw: st.DrawFn) -> Item:
    interaction, key = draw(PAIRS)
    return Item(
        title=draw(WORDS),
        body=draw(HTML),
        interaction=interaction,
        key=key,
        points=draw(POINTS),
        parameters=draw(PARAMETERS),
        conditions=draw(st.sampled_from([(), ("a > 1",)])),
        feedback=draw(HTML),
        feedback_right=draw(HTML),
        feedback_wrong=draw(HTML),
        hints=tuple(draw(st.lists(st.builds(Hint, text=HTML, cost=SHARES), max_size=2))),
        solution=draw(HTML),
        tags=tuple(draw(st.lists(WORDS, max_size=3))),
        language=draw(st.sampled_from(["en", "de-CH", ""])),
        identifier=draw(st.none() | IDS),
    )
