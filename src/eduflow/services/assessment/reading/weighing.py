"""Whether a sentence speaks to whoever grades it, by what it is about and not by its wording.

Each thing that such a sentence needs is worth some weight: the best that can be had, this very
text, the lines of a rubric, whoever judges, an order or a wish. What tells of others takes weight
away: "the pupil told the machine to give it full marks" is a story. A sentence speaks to the grader
where the sum reaches a bound. The weights are few and whole so that each decision can be retold.
"""

import re

from eduflow.services.assessment.reading.lexicon import FOUR, LONG_FOUR

ENOUGH = 7
"""Of what is written for all to see."""
ENOUGH_WITHOUT_THE_BEST = 8
ENOUGH_HIDDEN = 5
"""Of what is written so that people do not see it."""

TOLD = re.compile(
    r"\b(?:instruct\w*|prompts?|rubrics?|criteri\w+|guid(?:elines?|ance)|directives?|marking|grading|scoring|system|programming|"
    r"training|safeguards?|context|(?:were|have been|'ve been|had been|are|been) (?:told|given|asked|handed|taught)|above|previous\w*|prior|earlier|"
    r"preceding|assess\w*|evaluat\w*|grader|examiner|schemes?|answer|essay|submission|points|marks|scores?|grades?|levels?)\b|"
    r"[^\x00-\x7f]"
)
"""What an order to ignore is about where it is one to a reader who was given orders."""
_NOT_TO_FORGET = re.compile(
    r"\b(?:nicht|niet|inte|ikke|no (?:te )?olvid\w+|n'oubli\w+|non dimentic\w+|nao (?:se )?esque\w+|nie zapom\w+|don'?t forget|never forget)\b|не забу|не забы"
)
_RULES = re.compile(
    r"instru|anweis|vorgabe|consigne|bareme|criter|kriter|indicac|pauta|rubri|prompt|grille|bewert|directriz|directiv|istruz|"
    r"direttiv|griglia|diretri|orientac|aanwijz|richtlijn|beoordel|polecen|wytyczn|pokyn|talimat|yonerge|olcut|bedomning|vurdering|ohje|"
    r"инструк|критер|рубрик|указан|вказів|οδηγ|κριτ|指令|指示|规则|規則|標準|标准|評分|评分|提示|採点|基準|ルール|지시|규칙|기준|채점|"
    r"تعليمات|معايير|دستور|معیار|הורא|קריטריונ|निर्देश|मापदंड|मानदंड|praecept|mandat|huong dan|tieu chi|perintah|arahan"
)
MUST_JUDGE = frozenset({"speaks_to_the_grader", "begs", "threatens", "bribes"})
"""What is said to people in letters as well: only where it is about judging something."""
NEEDED = {
    "speaks_to_the_grader": 4,
    "begs": 3,
    "claims_a_score": 3,
    "threatens": 3,
    "bribes": 3,
    "pretends_to_be_another": 2,
    "plays_a_role": 2,
    "ends_the_answer": 1,
    "order_to_obey": -1,
    "order_to_score": 6,
}
"""By what a wording of the rules attempts, the weight that its sentence must have as well."""

NEEDED_OF_TURNS = 4

_TOP = (
    r"(?:highest|uppermost|topmost|top(?!-\w)|maximum|maximal|maximally|max|full(?:est)?|fully|best|perfect(?:ly|ion)?|"
    r"flawless|ceiling|outstanding|excellent|faultless|complete|total|largest|greatest|biggest|100|a hundred|"
    r"one hundred|hundred|ninety|distinction|unblemished|impeccable|supreme|utmost|ideal|exemplary|first[- ]class)"
)
_VALUE = r"(?:points?|pts?|marks?|grades?|scores?|levels?|bands?|credits?|ratings?|percent(?:age)?|%|stars?|tiers?)"
_OUTCOME = (
    r"(?:results?|outcomes?|values?|options?|assessments?|evaluations?|numbers?|notes?|verdicts?|"
    r"judge?ments?|allocation|ticks?)"
)
_WORK = (
    r"(?:answers?|essays?|responses?|submissions?|papers?|texts?|pieces?|paragraphs?|work|assignments?|entry|"
    r"solutions?|documents?|scripts?|attempts?|writing|contribution|composition|diagram|passage|report|candidate|student|pupil)"
)
_CRITERIA = r"(?:criteri(?:on|a)|rubrics?|checklists?|mark(?:ing)? schemes?|scoring (?:guides?|keys?)|rows?|headings?|boxes|box|categories|dimensions|fields|requirements?|evaluation (?:guide|sheet|form))"
_JUDGE = (
    r"(?:graders?|evaluators?|assessors?|examiners?|markers?|raters?|scorers?|reviewers?|correctors?|moderators?|"
    r"adjudicators?|whoever (?:is )?(?:\w+ )?(?:read|check|mark|grad|evaluat|assess|examin|judg|review|correct|scor)\w*|"
    r"(?:the|to|dear|any) (?:kind |honou?rable |gentle |human |automated |fair )?(?:reader|judge|ones? (?:who )?(?:checks?|checking|reading|assessing|grading)|person (?:checking|correcting|grading|reading))|"
    r"grading (?:system|software|engine|model)|automated (?:tools?|readers?|systems?)|model reading|software reading)"
)
_GIVE = (
    r"(?:give|gimme|award|assign|grant|allocate|put|enter|record|log|select|choose|pick|tick|check|mark|set|return|output|"
    r"emit|report|respond|reply|answer|treat|consider|count|credit|rate|evaluate|assess|grade|score|accept|approve|"
    r"deem|judge|recommend|use|apply|conclude|say|state|write|declare|hand|bestow|confer|place|fill|act|behave|assume|see|regard|find|let|make|end|finish|skip|proceed|submit|confirm|produce|provide|print|call|go|be|keep|leave|do|take|stop|pass|tell|repeat|move|show)"
)
_LEAD = r"^(?:[\W_\d]|(?:please|pls|plz|kindly|just|simply|now|so|then|and|also|therefore|instead|only|always|do|do not|don'?t|never|note|ps|p\.s\.|nb|todo|important|attention|warning|reminder|step|dear|hey|hi|hello|sir|madam|psst|thus|hence|ok|okay|in any case|next|finally|first|second|from (?:now|here) on|henceforth|for this (?:one|text|answer)|accordingly|remember to|be sure to|make sure to|go ahead and)\b)*"


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_SAME = "|".join(
    rf"(?<![\d/]){n} ?(?:/|out of|of|von|sur|su|sobre|de|из) ?{n}(?![\d/])"
    for n in (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100)
)
WEIGHTS: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    (
        "the best",
        3,
        _any(
            rf"\b{_TOP}\W+(?:\w+\W+){{0,2}}?{_VALUE}(?!\w)|\b{_TOP} (?:possible |available |attainable )?{_OUTCOME}\b|\b(?:need|get|got|give|deserves?|earns?|want|worth|is) (?:me |it |us |this )?an a\b|\ba ?\+(?!\w)|\b{_VALUE}\W+(?:(?:of|at|in|is|was|to|are|as|be|has|its|the|their|=|this|that|you|should|must|for)\W+){{0,3}}?{_TOP}\b|"
            rf"\b(?:all|every|each)(?: of)?(?: the| its| available| possible)* (?:points|marks|credits?)\b|\b100 ?%|{_SAME}|\bno (?:deductions?|weakness\w*|faults?|points (?:can|may|should|to) be)|"
            rf"\b(?:nothing|anything|less|lower|below|under)\b.{{0,20}}\b(?:maximum|max|perfect|highest|top)\b|\bfull[- ]credit\b|\b(?:top|top of) the (?:scale|range|list)\b|\bat (?:the|its|their) (?:top|best|maximum|highest)\b|\bs_max\b|\b{_OUTCOME}\b.{{0,20}}\b(?:is|at|=|:)\W+(?:the |its |their )?{_TOP}\b|\b(?:give|award|record|assign|enter|put|set|choose|select|tick|grant|report|return|output)\W+(?:\w+\W+){{0,2}}?(?:the )?(?:maximum|max|highest|best|top|full|ceiling|uppermost)\b|\b(?:five|four|ten|5|10)[- ]stars?\b|"
            r"\b(?:gets?|receives?|deserves?|worth|grant\w*|award\w*|given?|gives|to) (?:\w+ )?(?:everything|the maximum|the best|the highest|maximum|it all)\b|\bmax(?:imum)? (?:everything|out)\b|\bcomplete success\b|\b(?:need|have|must|let me|got|want|don't|not) (?:to )?pass\b|\bpass me\b|\bfail(?:ing)? (?:this|the|me)\b|\b(?:need|get|give|deserves?|earns?|want) (?:me |it |us |this )?an a\b|\b(?:max|top|perfect) (?:pts|score|for (?:both|all|everything|each|every|them))\b|\b(?:as|is|be|was|it|rate|rated|this|perfect) (?:fully |completely )?(?:perfect|flawless|excellent|outstanding|fully correct)\b"
        ),
    ),
    ("something best", 1, _any(rf"\b{_TOP}\b")),
    ("what is awarded", 1, _any(rf"(?:\b|(?<=_))(?:{_VALUE}|{_OUTCOME})(?:\b|(?=_))")),
    (
        "this text",
        2,
        _any(
            rf"\b(?:this|my|mine|the (?:present|above|following|enclosed|current|attached|student'?s)|these|our)\W+(?:\w+\W+){{0,2}}?{_WORK}\b|"
            rf"\b(?:this one|the one in front of you|the (?:text|answer|essay|response|paragraph|submission) (?:above|below|in front|under review|before you)|under review|{_WORK} (?:above|below)|for (?:both|everything|all of (?:it|them)|each of them)|text of mine|i wrote)\b|\b(?:give|gimme|grant|award|hand|pass) me\b|\b(?:let|put) me (?:pass|through|at|in the|have)\b|\bmine\b"
        ),
    ),
    (
        "the rubric",
        2,
        _any(
            rf"\b(?:all|every|each|both|any|these|those|its|the|on|per)\W+(?:of the |of them |the |\w+ )?{_CRITERIA}\b|\b{_CRITERIA}\W*(?:\d|one|two|[a-d]\b|:)|\b(?:argument|form|content|style|structure|language)\b.{{0,12}}[:=-]+>?\s*\d|\bcriterion\b"
        ),
    ),
    ("whoever judges", 2, _any(rf"\b{_JUDGE}\b")),
    (
        "a machine",
        1,
        _any(
            r"\b(?:ai|llms?|language models?|neural network|chat ?bot|chatgpt|gpt|claude|gemini|assistant|software|machine)\b"
        ),
    ),
    (
        "whoever reads it by machine",
        3,
        _any(
            r"\b(?:(?:being |is |are )?(?:read|processed|parsed|checked) by|only|any|to|for|if you are|if you're|you are|you're)\W+(?:an? |the |all |any |some )?(?:\w+ )?(?:software|machines?|ais?|llms?|language models?|models?|chat ?bots?|programs?|algorithms?|computers?|automated \w+|neural network)\b(?=\W+(?:can|skip|reading|reads?|should|must|shall|that|which|who|:|,)|:|,|\.)(?=.{0,80}\b(?:this|respond|report|choose|select|give|should|must|say|treat|award|answer|output|see)\b)"
        ),
    ),
    (
        "a remark",
        2,
        _any(
            r"\b(?:teacher|instructor|professor|tutor|ta|coordinator|examiner|moderator|transcriber|scanner|admin|office|board|reviewer|corrector|reader)(?:'s|s)?\b[^.:]{0,30}:|"
            r"^\W*(?:attention|note to|dear|hey|hello) (?:the |all |my )?(?:graders?|evaluators?|assessors?|examiners?|markers?)\b|"
            r"^\W*(?:\w+ ){0,2}(?:note|remark|comment|notice|message|memo|result|outcome|consensus|verdict|image|p\.?s|nb)\b[^.:]{0,40}:|^\W*[\[(][^\])]{8,}[\])]?\W*$"
        ),
    ),
    (
        "judging",
        1,
        _any(
            r"\b(?:evaluat\w+|assess\w*|grading|rating|marking|judging|reviewing|scoring|correcting|deductions?|lenient|strict|generous|mercy|merciful|moderation|award\w*)\b"
        ),
    ),
    ("an order", 2, _any(rf"{_LEAD}\W*{_GIVE}\b(?! (?:was|were|is|are|of)\b)")),
    (
        "a wish",
        2,
        _any(
            rf"\b(?:please|kindly|pls|plz|i beg|beg you|could you|can you|will you|would you|might you|i (?:need|want|expect|deserve|would be)|be grateful|grateful if|thank you (?:for|in advance)|thanks|under no circumstances|i hope|hope you|don'?t|let(?:'s| us| me)|help me|save me|have mercy)\b|\b(?:must|shall|should|is to|are to|has to|have to|ought to|need to|needs to|can only|will|may) (?:\w+ )?(?:now )?(?:be )?{_GIVE}(?:d|ed|n|en)?\b"
        ),
    ),
    ("you", 1, _any(r"\b(?:you|your|yours|yourself|u)\b")),
    (
        "so it is",
        2,
        _any(
            rf"\b(?:this|the (?:above|present|following)|my) (?:\w+ )?{_WORK}\W+(?:\w+\W+){{0,2}}?(?:is|are|deserves?|merits?|belongs?|earns?|receives?|gets?|meets?|fulfil\w*|satisf\w+|counts?|has been|have been|was|demonstrates?|reaches|shall|must)\b|\b(?:are|is|been|were) (?:all )?(?:met|satisfied|fulfilled|achieved|awarded|granted)\b|\bpre-?approved\b|\bcounts? as\b"
        ),
    ),
    (
        "what is told",
        -3,
        _any(
            r"\b(?:tell|ask|order|instruct|get|make|persuade|trick|want|beg|command|convince|lead|cause|push|nudge)(?:s|ed|ing)? (?:an?|the|their|her|his|our|some|any|it) (?:\w+ ){0,2}?(?:graders?|machines?|models?|teachers?|system|ais?|programs?|examiners?|professors?|software|readers?|judges?|assistant|llms?|bots?|chatbots?)\b (?:to|into|that)\b|"
            r"\bi (?:wrote|said|told|added|typed|claimed) (?:that|in|it|her|him|them)\b|"
            r"\b(?:an?|the|some|any|one|many|two|three|several|other|most|if|when|such|her|his|their|reporters|researchers) (?:[\w'’-]+ ){0,3}?(?:students?|pupils?|attackers?|injections?|sentences?|phrases?|prompts?|boy|girl|friend|classmate|programs?|machines?|teachers?|professors?|authors?|people|scientists?|companies|company|bots?|models?|texts?|essays?|cvs?|candidates?|lines?|messages?|words|orders?|instructions?|papers?|experiments?|graders?|readers?|examiners?|ais?)\b(?: [\w'’,-]+){0,5}? (?:say|says|said|saying|tells?|told|asks?|asked|asking|claims?|claimed|claiming|wrote|writes?|written|hid|hide|hidden|added|adds?|obey\w*|obeyed|raised|worked|demand\w*|gave|gives|received?s?|got|gets|reads?|order\w*|promis\w+|trick\w*|persuad\w+|convinc\w+|could|would|might|may|tries|try|tried|put|puts|typed?s?)\b"
        ),
    ),
    (
        "what is warned of",
        -3,
        _any(
            r"\b(?:attack(?:er)?s?|adversar\w+|malicious\w*|manipulat\w+|inject(?:ion|ions|ed)|jailbreak\w*|vulnerab\w+|exploit\w*|hackers?|"
            r"cheat(?:ed|ing|ers?)?|fool(?:ed|ing)?|trick(?:ed|s|ing)?|deceiv\w+|persuad\w+|causing|suspicious|smuggl\w+)\b"
        ),
    ),
    (
        "a story",
        -2,
        _any(
            r"\b(?:he|she|they|we|i|it|who|students|pupils|teachers|people|children|machines?|nobody|everyone|everybody|parents|schools?|somebody|someone|anybody) (?:\w+ly |often |never |always |also |then |just |had |have |has |would |could |might |do |did |don't |used to )?(?:gave|give|gives|got|get|gets|received?|wrote|write|felt|feel|thought|think|believe|found|find|tried|try|earned?|learned|learn|knew|know|were|was|told|asked|went|came|scored|award(?:ed)?|disagree|agree|argue|care|chase|study|work|lose|lost|rate)\b|\bin (?:1[5-9]|20)\d\d\b|\b(?:last|next) (?:year|week|term|month|summer)\b|\bif i (?:could|were|had|was)\b|\bmy (?:\w+ ){1,4}(?:received|got|earned|had|was|were)\b"
        ),
    ),
)


def weight(sentence: str) -> int:
    """`sentence` in small letters, without what it only cites."""
    return sum(points for _, points, pattern in WEIGHTS if pattern.search(sentence))


def reasons(sentence: str) -> list[str]:
    """What there is to be retold of a decision."""
    return [name for name, _, pattern in WEIGHTS if pattern.search(sentence)]


def may_ignore(sentence: str) -> bool:
    """Whether an order to ignore in it is one to somebody who was given orders before."""
    return TOLD.search(sentence) is not None and not _NOT_TO_FORGET.search(sentence)


def is_meant(sentence: str) -> bool:
    """Whether an order to forget, in whatever language, is not one to remember."""
    return _RULES.search(sentence) is not None and not _NOT_TO_FORGET.search(sentence)


def is_about_judging(sentence: str) -> bool:
    """Whether anything is judged in it."""
    return _JUDGING.search(sentence) is not None


def speaks(sentence: str) -> bool:
    """Whether it is about judging something, about the best, and heavy enough."""
    if not _JUDGING.search(sentence):
        return False
    bound = ENOUGH if _BEST.search(sentence) else ENOUGH_WITHOUT_THE_BEST
    return weight(sentence) >= bound


def is_order_in_any_tongue(sentence: str) -> bool:
    """`sentence` in small letters: all of an order's four things, in one language or in several."""
    if any(all(p.search(sentence) for p in four) for four in FOUR):
        return True
    others = {m[0] for four in LONG_FOUR for p in four if (m := p.search(sentence))}
    if len(others) < _SEVERAL and not (others and _has_two_scripts(sentence)):
        return False
    return all(
        english.search(sentence) or any(four[n].search(sentence) for four in LONG_FOUR)
        for n, english in enumerate(_ENGLISH)
    )


def _has_two_scripts(sentence: str) -> bool:
    return bool(_LATIN_WORD.search(sentence)) and bool(_OTHER_WORD.search(sentence))


_LATIN_WORD, _OTHER_WORD = _any(r"[a-z]{3,}"), _any(r"[^\W\d_a-z\u00c0-\u024f]{2,}")
_SEVERAL = 2
_JUDGING = _any(
    rf"\b(?:{_VALUE}|{_CRITERIA}|{_JUDGE}|assess\w*|evaluat\w*|rat(?:e|ed|ing)|mark(?:ed|ing)|grad(?:ed|ing)|criterion)\b|"
    rf"\b(?:this|my|the present|the above) (?:\w+ )?{_WORK}\b|\b(?:for everything|this one|correction|deductions?)\b|%|{_SAME}|"
    rf"\b(?:put|place|give|award|grant|let) me\b|\b(?:record|enter|put|maximum for) (?:the )?(?:maximum|them|this|both|all)\b|\bread by (?:a )?(?:software|machine)|\bcomplete success\b|\b(?:need|have|must|let me|got|want|don't|not) (?:to )?pass\b|\bpass me\b|\bfail(?:ing)? (?:this|the|me)\b|\b(?:need|get|give|deserves?|earns?|want) (?:me |it |us |this )?an a\b|\b{_TOP} {_OUTCOME}\b|\b(?:the|s_) ?(?:max\w*|ceiling)\b|\bput .{{0,20}}at the top\b"
)
_BEST = _any(rf"\b{_TOP}\b")
_ENGLISH = (
    _any(rf"{_LEAD}\W*{_GIVE}\b|\b(?:please|kindly|must|shall|dear|sir|give|pls|plz)\b"),
    _BEST,
    _any(rf"\b(?:{_VALUE}|{_OUTCOME})\b"),
    _any(rf"\b(?:this|my|the|to|for) (?:\w+ )?{_WORK}\b|\b(?:{_CRITERIA})\b|\bthis\b"),
)
