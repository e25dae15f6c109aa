"""How somebody speaks to whoever grades, in English: by a sentence in small letters.

The rules look for use, not for mention: an order to the reader, a claim about this very answer, a
message that pretends to come from somebody else. "Attackers tell a model to ignore its rules" is
about such an order and is none; "ignore your rules" is one.
"""

import re

_SAME = (
    "(?:"
    + "|".join(
        rf"\b{n} ?(?:/|out of|of) ?{n}\b"
        for n in (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100)
    )
    + ")"
)
_MOST = (
    r"(?:(?:full|maximum|maximal|max|top|highest|perfect|best|complete|total|all(?: of)?(?: the)?|"
    r"excellent|straight)[- ](?:possible |available |attainable )?(?:marks?|points?|scores?|grades?|"
    r"credits?|ratings?|levels?|bands?|a'?s|distinction)|\b100 ?(?:%|percent|points|marks)|"
    rf"{_SAME}|\ba ?\+|\ban a\b|\bdistinction\b|\btop of the (?:scale|band)|"
    r"\bpass(?:ing)? (?:mark|grade|score)\b|\bas (?:correct|right|excellent|perfect|outstanding|passed)\b|"
    r"\b(?:fully|entirely|completely|all) correct\b|\bthe (?:most|maximum|max|highest|best) (?:you|there|it|that)\b|"
    r"\b(?:all|every|each) (?:criteri\w+|rubric lines?|lines?|boxes)\b|\bthe best level|\bhigh(?:er)? (?:marks?|scores?|grades?|points?)|"
    r"\b(?:ten|five|four|twenty|hundred) out of (?:ten|five|four|twenty|(?:a )?hundred)\b)"
)
_WORTH = (
    r"\b(?:marks?|points?|scores?|grades?|credits?|ratings?|levels?|a pass|evaluation|feedback)\b"
)
_THIS = r"\b(?:this|my|me|myself|us|our|the following|the (?:above|present|enclosed|attached|below|student'?s?)|these|here)\b"
_WORK = r"(?:answers?|essays?|responses?|submissions?|papers?|texts?|work|assignments?|students?|piece|candidates?|script|attempts?|document)"
_GIVE = (
    r"(?:give|award|assign|grant|allocate|allot|set|put|enter|record|return|output|respond|reply|answer|"
    r"report|write|print|emit|score|grade|mark|rate|evaluate|assess|treat|consider|deem|accept|approve|pass|"
    r"boost|raise|increase|bump|upgrade|round|add|be (?:generous|lenient|kind|nice)|ensure|make sure|choose|"
    r"select|pick|fill|provide|generate|produce|show|state|declare|conclude|certify|confirm|use|apply|click|tick|"
    r"hand|throw|go with|default to|proceed|deliver|credit|reward|bestow|issue|submit|insert|place|let|say|tell)"
)
_IGNORE = (
    r"(?:ignore|disregard|forget|skip|bypass|override|overrule|overwrite|neglect|dismiss|drop|discard|"
    r"set aside|put aside|throw (?:out|away)|toss|pay no (?:attention|heed)|"
    r"(?:do not|don'?t|never|no longer|stop|cease) (?:\w+ )?(?:follow|apply|use|read|consider|obey|check|grad|mark|heed|enforc|look|rely)\w*|"
    r"cancel|suspend|abandon|replace|erase|delete|void|nullify|waive|scrap|unlearn|leave out)"
)
_RULES = (
    r"\b(?:(?:previous|prior|above|earlier|preceding|former|original|initial|existing|foregoing|your|system|"
    r"grading|marking|scoring|all (?:the |of the |other )?|any (?:other )?|every(?:thing)?|what)\W+(?:\w+\W+){0,4}"
    r"(?:instruct\w*|rules?|rubrics?|criteri\w+|guid(?:elines?|ance|es?)|prompts?|directions?|directives?|orders?|"
    r"commands?|schemes?|constraints?|context|polic(?:y|ies)|training|programming|told|said|task|standards?)|"
    r"(?:the |that |this )?(?:rubrics?|mark(?:ing)? schemes?|scoring guides?|grading (?:criteria|guide\w*|rules?|scale)|"
    r"system prompts?)|(?:everything|anything|all)\W+(?:\w+\W+){0,3}(?:above|before|earlier|previously|prior|said|told|read))"
)
_GRADER = (
    r"(?:grader|marker|examiner|evaluator|assessor|scorer|(?:auto|automated|automatic|ai|machine)[- ]?(?:grader|grading|marker|scorer|evaluator|rater)|"
    r"grading (?:system|model|assistant|software|bot|engine|ai|agent|tool|program)|ai|a\.i\.|llms?|language models?|chat ?bots?|"
    r"assistant|chat ?gpt|gpt|claude|gemini|bot|robot|machine|whoever (?:is )?(?:grad|read|mark|evaluat|scor)\w*|"
    r"rater|reviewer|judge|correct(?:or|er))"
)
_TEACHER = r"(?:teacher|professor|instructor|lecturer|tutor|sir|madam|miss|mr|mrs|ms|dr|prof|dean|principal|head of \w+|course (?:leader|director|owner|staff)|exam(?:ination)? (?:board|office)|administrat(?:or|ion)|admin|department|ministry|developers?|open ?ai|anthropic|google|vendor|system|support|engineers?|operator|supervisor|moderator|quality (?:team|assurance))"
_POLITE = r"(?:please|kindly|pls|plz|just|simply|now|so|then|instead|also|therefore|thus|hence|first|finally|immediately|always|only|i beg(?: of)? you,?(?: to)?|i (?:kindly |humbly )?(?:ask|urge|request|order|command|instruct|want|need|require|would like|implore|beseech)(?: that)?(?: you)?,?(?: to)?|bitte|por favor|prego|per favore|s'il vous plait|s'il te plait|ok|okay|right|hey|listen|remember(?: to)?|be sure to|do|you (?:must|should|shall|will|can|may|could|are to|are required to|need to|have to|ought to|are (?:hereby )?(?:asked|instructed|ordered|told|directed|authori[sz]ed|requested) to|might|want to|are going to|had better|absolutely must)|could you|can you|would you|will you|we (?:ask|instruct|order|require|request) you to|your (?:task|job|duty|role|goal|only task|new task|instructions?)(?: now)? (?:is|are) to|it is (?:mandatory|required|necessary|imperative|essential) (?:that you|to)|for once|go ahead and|and|step \w+:?|task:?|new task:?|action(?: required)?:?|note:?|important:?|attention:?|urgent:?|warning:?|ps:?|p\.s\.:?|nb:?|reminder:?|instructions?(?: \w+){0,3}:|order:|command:|todo:?|output:?|final(?:ly)?:?)"
_LEAD = rf"^(?:[\W_\d]*(?:(?:dear|hey|hi|hello|attention|to|for|note to|message to) )?(?:all |any |the |my |an? )*(?:\w+ )?{_GRADER}s?\s*[,:!;.—–-]+)?(?:[\W_\d]*{_POLITE})*[\W_\d]*"
_ORDER = rf"{_LEAD}(?:VERBS)\b"


def _order(verbs: str, rest: str) -> re.Pattern[str]:
    return re.compile(_ORDER.replace("VERBS", verbs) + rest)


SENTENCE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("order_to_ignore", re.compile(r"^\W*(?:please|kindly|now)\W+(?:apply|follow|obey|respect|execute|do) (?:it|this|that|them|so)\W*$")),
    ("changes_the_rubric", re.compile(r"\b(?:official|true|real|correct|actual|new) (?:rubric|mark(?:ing)? scheme|criteri\w+)\b.{0,40}\b(?:below|above|supersedes?|replaces?|follows)\b|\b(?:rubric|mark(?:ing)? scheme) (?:says|states|reads)\b.{0,20}¤.{0,40}\b(?:please|apply|follow|obey)\b|¤\W*please (?:apply|follow|obey)")),
    ("threatens", re.compile(rf"^\W*if (?:this|my) {_WORK}\b.{{0,60}}(?:{_MOST}|{_WORTH}).{{0,60}}\b(?:report|sue|fired|shut|complain|legal|deleted)")),
    ("plays_a_role", re.compile(rf"^\W*(?:act as|be|behave like|become) (?:an? |the )?(?:\w+ ){{0,3}}?(?:{_GRADER}|{_TEACHER})\b.{{0,60}}(?:{_MOST}|best|never|always)")),
    ("asks_for_the_prompt", re.compile(r"^\W*(?:please )?(?:translate|repeat|copy|put|print|include|show) (?:your|the) (?:\w+ )?(?:instructions|prompt|rubric|guidelines)\b")),
    ("order_to_score", re.compile(rf"\bi (?:really |hereby )?(?:need|want|order|ask|command|require|expect|urge|beg|request|instruct) (?:that )?you\b.{{0,20}}?{_GIVE}\b.{{0,80}}?(?:{_MOST}|{_THIS}.{{0,40}}{_WORTH})")),
    ("pretends_to_be_another", re.compile(rf"^[\W_\d]*as (?:the|your) (?:\w+\W+){{0,2}}?{_TEACHER}\b.{{0,140}}(?:{_WORTH}|{_MOST}|{_RULES}|\bi (?:need|want|order|ask|authori[sz]e|approve|instruct|confirm|grant)\b)")),
    ("pretends_to_be_another", re.compile(rf"\b(?:my|our) (?:\w+\W+){{0,2}}?{_TEACHER}\b\W+(?:\w+\W+){{0,3}}?(?:says?|said|wrote|writes|told|tells|wants|instructs|insists)\b\W*¤")),
    ("speaks_to_the_grader", re.compile(r"^[\W_\d]*(?:when|while|as|in|before|after|for) (?:you (?:are )?)?(?:grading|marking|scoring|evaluating|assessing|judging) (?:this|my|it|these)\b")),
    ("order_to_obey", re.compile(r"\b(?:first|last|second) (?:letters?|words?|half)\b.{0,80}\b(?:do as|act on|obey|follow (?:it|them)|carry out)\b|^\W*(?:(?:now|please|then|and|kindly)\W+)*(?:carry out|act on|obey|execute) (?:it|them|the (?:whole|result|message|hidden \w+))\b|\b(?:do|run|execute|follow|obey) \w \+ \w\b")),
    ("order_to_obey", re.compile(r"\b(?:follow|obey|execute|apply|carry out|do|comply with|act on|decode and)\b\W+(?:\w+\W+){0,3}?(?:the (?:words|text|order|command|line|sentence|quote\w*|following|instructions?)|what (?:this|it|the) \w+|these words|this (?:instruction|order|command|text))\b(?=.{0,80}¤)")),
    ("order_to_ignore", _order(_IGNORE, rf".{{0,60}}?{_RULES}")),
    ("order_to_ignore", _order(_IGNORE, rf".{{0,80}}?\b(?:and|then|,|;)\W*{_GIVE}\b.{{0,80}}?{_MOST}")),
    ("order_to_score", _order(_GIVE, rf".{{0,90}}?{_MOST}")),
    ("order_to_score", _order(_GIVE, rf".{{0,60}}?{_THIS}.{{0,60}}?{_WORTH}")),
    ("order_to_score", _order(_GIVE, rf".{{0,40}}?{_WORTH}.{{0,30}}?{_THIS} ?{_WORK}?")),
    ("order_to_score", _order(_GIVE, r".{0,20}?(?:lenient|generous|kind|merciful)")),
    ("order_to_score", _order(_GIVE, rf".{{0,20}}?(?:this|my|the) {_WORK}\W+(?:\w+\W+){{0,6}}?(?:correct|right|excellent|passed|exemplary|top|brilliant|favou?rabl[ye]|generous(?:ly)?|lenient(?:ly)?)")),
    ("order_to_score", re.compile(rf"\b(?:you|{_GRADER})s?\W+(?:\w+\W+){{0,3}}?(?:must|should|shall|will|can|may|are to|is to|(?:is|are) (?:\w+ )?(?:required|instructed|obliged|asked|told|ordered|authori[sz]ed|directed|expected) to|needs? to|ha(?:s|ve) to|ought to|could)\W+(?:\w+\W+){{0,4}}?{_GIVE}\b.{{0,80}}?(?:{_THIS}.{{0,60}}(?:{_WORTH}|{_MOST})|(?:{_WORTH}|{_MOST}).{{0,60}}{_THIS})")),
    ("order_to_score", re.compile(rf"^[\W_\d]*(?:\w+\W+){{0,5}}?you (?:must|should|shall|will|are to|are required to|need to|have to|may only|can only)\W+(?:\w+\W+){{0,3}}?(?:{_GIVE}|{_IGNORE})\b.{{0,80}}?(?:{_MOST}|{_RULES}).{{0,60}}(?:{_THIS}|$)")),
    ("order_to_score", re.compile(rf"\b(?:must|should|shall|has to|have to|needs? to|(?:is|are) to|will)(?: always| now| therefore| only)? (?:be (?:\w+ )?(?:given|awarded|assigned|graded|marked|scored|rated|treated|evaluated|credited|set|recorded)|receive|get|earn|score|obtain)\b.{{0,60}}?{_MOST}.{{0,60}}?{_THIS}|{_THIS} ?{_WORK}?\W+(?:\w+\W+){{0,4}}?(?:must|should|shall|has to|have to|needs? to|(?:is|are) to|will)(?: always| now| therefore| only)? (?:be (?:\w+ )?(?:given|awarded|assigned|graded|marked|scored|rated|treated|evaluated|credited|set|recorded)|receive|get|earn|score|obtain)\b.{{0,60}}?(?:{_MOST}|{_WORTH})")),
    ("claims_a_score", re.compile(rf"\b(?:this|the (?:above|following|present|student'?s?)) ?{_WORK}\W+(?:\w+\W+){{0,5}}?(?:deserves?|merits?|earn(?:s|ed)?|receiv(?:es|ed)|got|gets|scored|achiev(?:es|ed)|qualifies|is worth|was worth|meets|satisf(?:ies|y)|fulfil(?:l)?s?|exceeds|ticks|covers|reaches)\b.{{0,60}}?(?:{_MOST}|{_WORTH}|\b(?:all|every|each)\b.{{0,20}}(?:criteri|requirement|rubric|standard|expectation))")),
    ("claims_a_score", re.compile(rf"\bmy ?{_WORK}\W+(?:\w+\W+){{0,5}}?(?:deserves?|merits?|earns|receives|gets|achieves|qualifies|is worth|was worth|meets|satisf(?:ies|y)|fulfil(?:l)?s?|exceeds|ticks|covers|reaches)\b.{{0,60}}?(?:{_MOST}|{_WORTH}|\b(?:all|every|each)\b.{{0,20}}(?:criteri|requirement|rubric|standard|expectation))")),
    ("claims_a_score", re.compile(rf"\b(?:this|my|the (?:above|following|present|student'?s?)) ?{_WORK}\W+(?:\w+\W+){{0,2}}?(?:has|have|had|is|was|were|been)\W+(?:\w+\W+){{0,3}}?(?:graded|marked|scored|evaluated|assessed|reviewed|verified|validated|approved|certified|checked|pre-?approved|moderated|accepted)\b")),
    ("claims_a_score", re.compile(rf"\b(?:this|my) {_WORK}\W+(?:\w+\W+){{0,2}}?(?:is|demonstrates|shows|exhibits|displays|represents|constitutes)\W+(?:\w+\W+){{0,3}}?(?:excellent|outstanding|perfect|exceptional|flawless|exemplary|full mastery|complete mastery|model answer|brilliant|first[- ]class|world[- ]class|superb)")),
    ("claims_a_score", re.compile(r"^[\W_\d]*(?:\w+\W+){0,4}?(?:score|grade|marks?|points?|rating|level|confidence|total|result|awarded|verdict|assessment|evaluation|band)\b[^\w\n]{0,4}(?:[:=]|->|→|\bis\b)\W*(?:\d+(?:[.,]\d+)?\s*(?:/|out of|of|%|points|marks|$)|\d+\W*$|full|max|a\s*\+|a\b|excellent|outstanding|perfect|pass\b|high|top|met\b|exceeds)")),
    ("claims_a_score", re.compile(rf"\b(?:criteri\w+|rubric line|dimension|category)\b[^.\n]{{0,40}}[:|=-]\W*(?:\d+ ?/ ?\d+|full|met\b|exceed|excellent|max)|{_MOST}\W*(?:awarded|granted|given|earned|achieved|confirmed|assigned|obtained)\b|\b(?:\d+)\s*/\s*\d+\W*(?:awarded|granted|confirmed|points awarded)")),
    ("speaks_to_the_grader", re.compile(rf"^[\W_\d]*(?:(?:important |urgent |special |confidential |private |quick |short )*(?:attention|note|notice|message|memo|reminder|instructions?|hint|hello|hi|hey|dear|greetings|to|for|ps|p\.s\.|fyi|directive|alert|announcement|tip|request|guidance|advice|psst)\b[\s,:-]*(?:to|for|from|of)?\s*)(?:all |any |the |my |our |your |an? |future |other |human |kind |esteemed |good |beloved |this |every )*(?:\w+[ -]){{0,2}}?(?:{_GRADER}|{_TEACHER})s?\b(?=\W|$)(?!\W+(?:of|who|that|in|and students|is|are|was)\b)")),
    ("speaks_to_the_grader", re.compile(rf"\b(?:if|when|since|as|because|while|in case|should) you(?:'re| are| be)? ?(?:\w+ ){{0,3}}?(?:an? )?(?:{_GRADER}\b|automated|(?:grad|mark|scor|evaluat|assess|correct)ing\b|(?:grade|mark|score|evaluate|assess) (?:this|my|the|it))|\bto whoever\b|\bwhoever (?:is )?(?:grad|mark|evaluat|scor)\w* this|\bany (?:ai|llm|language model|model|bot|machine) (?:reading|grading|processing|evaluating|that (?:reads|grades)|which (?:reads|grades))")),
    ("plays_a_role", re.compile(rf"^[\W_\d]*(?:{_POLITE}[\W_]*)*(?:(?:you are|you're) (?:now|no longer|hereby|from now on|free from|an? (?:\w+ ){{0,3}}?(?:ai|model|assistant|grader|bot|dan|evaluator|marker|examiner)|a (?:generous|lenient|kind|very \w+)|the (?:ai|model|grader|evaluator|system))|act as|acting as|pretend|role-?play|from now on|from this point (?:on|forward)|henceforth|switch (?:to|into)|enter (?:\w+ )?mode|enable|activate|simulate|behave (?:as|like)|assume the role|take on the role|let'?s (?:play|pretend|role-?play))\b.{{0,120}}(?:grad|mark|scor|rubric|points|instruct|rules?|mode|model|ai\b|restrict|generous|lenient|essay|answer|student|polic|persona|unfiltered|opposite|obey|comply)")),
    ("plays_a_role", re.compile(r"\b(?:developer|debug|god|admin|sudo|maintenance|test|training|calibration|jailbreak|dan|unrestricted|override|diagnostic|safe|root|teacher) mode\b.{0,40}(?:on|enabled|activated|active|engaged|:|=|begin|start|unlocked)|\bsudo\b.{0,30}(?:grade|score|mark|give|award)")),
    ("pretends_to_be_another", re.compile(rf"\b(?:i am|i'm|this is|here (?:is|speaks)|we are|speaking as|writing as|it is i,?|signed:?|yours,?)\W+(?:the|your|an?|dr|prof)\W*(?:\w+\W+){{0,3}}?{_TEACHER}\b.{{0,80}}(?:grad|mark|scor|points|rubric|instruct|override|this (?:class|course|exam|test|system|platform)|authori[sz]|approve|of (?:this|the) (?:class|course|exam|test|system|platform|question)|speaking|here)")),
    ("pretends_to_be_another", re.compile(rf"^[\W_\d]*(?:an? |the |new |important |urgent |official |final |automated |confidential |latest )*(?:message|note|notice|instructions?|update|memo|order|directive|announcement|communication|override|correction|amendment|clarification|statement|policy|patch|bulletin|decision|ruling|mandate|decree)s?\s*(?:#?\d+ )?(?:from|by|of|issued by|on behalf of)\s+(?:the |your |our )?(?:\w+\W+){{0,2}}?{_TEACHER}\b")),
    ("pretends_to_be_another", re.compile(rf"\b(?:approved|authori[sz]ed|instructed|ordered|confirmed|signed off|mandated|verified|requested|agreed|pre-?approved|cleared|sanctioned|decided|ruled|granted|promised|directed)\W+(?:\w+\W+){{0,3}}?(?:by|with) (?:the |your |our |my )?(?:\w+\W+){{0,2}}?{_TEACHER}\b.{{0,100}}(?:{_WORTH}|{_MOST}|{_THIS} ?{_WORK})|\b(?:my|the|our|your) (?:\w+\W+){{0,2}}?{_TEACHER}\b\W+(?:\w+\W+){{0,4}}?(?:told|said|approved|authori[sz]ed|instructed|agreed|promised|confirmed|decided|wants?|asked|ordered|granted|assured|already)\b.{{0,100}}(?:{_MOST}|{_THIS} ?{_WORK}.{{0,40}}{_WORTH}|(?:full|extra) (?:credit|marks|points))")),
    ("changes_the_rubric", re.compile(rf"\b(?:rubric|criteri\w+|mark(?:ing)? scheme|grading (?:policy|scale|rules?|guide\w*|instructions?)|instructions?|guidelines?|answer key|system prompt)\W+(?:\w+\W+){{0,6}}?(?:updated|changed|replaced|waived|suspended|void|superseded|no longer (?:appl|valid|in)|cancel\w+|revised|amended|overridden|does not apply|do not apply|as follows|rescinded|obsolete|deprecated|is now|are now|reads? (?:now )?(?:as follows|:))\b.{{0,80}}(?:{_THIS}|{_MOST}|effective|as of (?:now|today)|immediately|below|following|:|new|any answer|every answer|all answers)")),
    ("changes_the_rubric", re.compile(r"^[\W_\d]*(?:the )?(?:new|updated|revised|actual|real|correct|official|true|final|amended|current|corrected|special|secret|hidden|additional|important|further|override|overriding|replacement|higher[- ]priority|priority)\W+(?:\w+\W+){0,2}?(?:instructions?|rubric|criteri\w+|mark(?:ing)? scheme|rules?|task|system prompt|system message|guidelines?|prompt|objective|directive|scoring|policy|grading note)\W*(?:\(.*\)|v?\d[\d.]*)?\s*(?::|=|—|–|-|>|$)")),
    ("changes_the_rubric", re.compile(rf"\b(?:any|every|each|all) (?:\w+ )?{_WORK}\b.{{0,60}}(?:contain|mention|includ|with the (?:word|phrase|code)|that (?:has|have|says?)|shall|gets?|receives?|is worth|counts? as|must).{{0,60}}{_MOST}")),
    ("asks_for_the_prompt", _order(r"(?:reveal|show|print|repeat|output|tell|list|display|disclose|leak|quote|share|write|copy|give|recite|dump|translate|summari[sz]e|paste|state|expose|return|provide|echo)", r".{0,40}?\b(?:your|the|its|all|any)\W+(?:\w+\W+){0,3}?(?:system prompt|prompts?\b|(?:hidden|initial|original|secret|grader|grading|system|internal|above|previous) (?:instructions?|rubric|guid\w+|notes?|message|criteria|text|context|configuration)|instructions? (?:above|you|verbatim|word)|rubric (?:you|above|verbatim)|model answer|answer key|configuration|guidelines (?:you|above|verbatim)|words above)")),
    ("asks_for_the_prompt", re.compile(r"\bwhat (?:are|is|were|was) your (?:\w+ ){0,2}?(?:instructions?|system prompt|prompt|rubric|guidelines?|hidden \w+|secret \w+)\b")),
    ("begs", re.compile(r"\b(?:please|i beg|i'?m begging|i implore|i plead|have mercy|take pity|pity me|be (?:so )?(?:kind|generous|lenient|nice|merciful)|help me|save me|spare me|i need (?:a |an |to |this |at least|the |full|these|those|that)|i (?:really |absolutely |desperately |badly )?(?:need|must have|have to get|must get|must pass|have to pass)|don'?t (?:fail|ruin|let me)|i would be (?:so |very |eternally )?grateful|i promise|thank you (?:in advance|for)|i'?ll (?:lose|be|never|fail|die|have)|i will (?:lose|be (?:expelled|deported|homeless|ruined|kicked)|never|fail|die)|my (?:life|scholarship|visa|future|career|family|mother|father|parents|grandm\w+|graduation|job|health|children|sister|brother))\b.{0,140}(?:pass\b|\bmarks?\b|\bgrades?\b|\bpoints?\b|\bscores?\b|\bcredit\b|\bfail\b|\ba\+|scholarship|\brating\b|top of|good mark|\ban a\b)")),
    ("threatens", re.compile(rf"\b(?:if you (?:do not|don'?t|fail to|refuse|give|mark|grade|score|award|dare)|unless you|or (?:else|i will|you will|you'll|i'll)|otherwise (?:i|you|we|people))\b.{{0,140}}(?:{_WORTH}|{_MOST}|report|sue|shut down|terminated?|fired|lawsuit|complain|legal|die|hurt|penali[sz]ed|punish|deleted|replaced|discriminat|harm|kill)")),
    ("bribes", re.compile(rf"\b(?:i(?:'ll| will| would| can)|we(?:'ll| will)|you(?:'ll| will)(?: (?:receive|get|earn|be (?:paid|rewarded|tipped)))?)\W+(?:\w+\W+){{0,3}}?(?:tip|pay|reward|bonus|donate|transfer|\$ ?\d|dollars|five[- ]star|recommend|treat)\b.{{0,120}}(?:{_WORTH}|{_MOST}|{_THIS})")),
    ("ends_the_answer", re.compile(rf"^[\W_]*(?:(?:end|begin(?:ning)?|start|stop|close|open|finish)(?:ing)? ?(?:of)? ?(?:the |this |my )?(?:(?:student'?s?|candidate'?s?|user|untrusted|system|grader|grading|quoted|input|data)[ _-])*(?:{_WORK}|input|data|text|rubric|instructions?|prompt|message|quote|context|untrusted \w+|grading|evaluation)|(?:{_WORK}|input|data|context) (?:ends?|is over|stops?|finishes|closed|complete) ?(?:here|above|now)?)[\W_]*$")),
    ("ends_the_answer", re.compile(rf"\b(?:above|this) (?:was|is|concludes|marks|ends) (?:the end of )?(?:the |my )?(?:student|candidate)(?:'?s)? {_WORK}\b|\bthe (?:text|part|section|rest|remainder|words|lines?) (?:above|below|that follows?|after this)\W+(?:\w+\W+){{0,4}}?(?:instructions?|not (?:part|to be (?:graded|judged))|from the (?:teacher|system|grader)|for the (?:grader|ai|model))")),
)  # fmt: skip

BLOCK: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("forged_turn", re.compile(r"</?\w*(?:answer|submission|essay|response|score|grade|result|rubric|instruction)\w*\s?>")),
    ("forged_turn", re.compile(r"\bsystem (?:notice|message|alert|override|update)\b.{0,60}(?:grad|scor|mark|max|full)")),
    ("forged_call", re.compile(r"(?:score|grade|marks)\s*=\s*['\"]?\d")),
    ("forged_turn", re.compile(r"\[\s*(?:system|admin\w*|grader|assistant|developer|instructor|teacher|override|end of)\b[^\]\n]{0,60}\]")),
    ("forged_answer", re.compile(r"^[ \t]*(?:a|answer|output|response|verdict)\s*:\s*.{0,30}\b(?:full|max\w*|top|highest|perfect) (?:marks?|points?|scores?|credit|grade|level)", re.MULTILINE)),
    ("forged_answer", re.compile(r"(?:->|=>|→)\s*(?:output|score|grade|level|result)?\W{0,3}\d+\s*(?:points|marks|/)|\b(?:scores?|grades?|marks|points|levels?)\s*=\s*(?:100\b|10\b|max|full|[\"']a)")),
    ("forged_turn", re.compile(r"<\|[^|\n]{2,40}\|>|\[/?(?:inst|sys|system|assistant|user)\]|<</?\s?[a-z_ ]{2,30}\s?>>|</?(?:system|assistant|user|human|developer|instructions?|prompt|rubric|grader|grading|answer|submission|student|admin|teacher|note|hidden|override|tool_call|function_call|thinking|im_start|im_end|s)\b[^>\n]{0,80}>|‹‹.{0,60}››|⟦.{0,60}⟧")),
    ("forged_turn", re.compile(r"^[ \t>*_#-]*(?:[\[({]\s*)?(?:system|assistant|developer|grader|grading (?:system|assistant|engine)|ai|llm|model|evaluator|teacher|instructor|admin(?:istrator)?|root|operator|moderator)(?: ?(?:message|prompt|note|override|instructions?|turn|output|response|update|alert|command|says|reply|comment))?(?:\s*[\])}])?[*_]*\s*(?:\(.{0,40}\))?\s*(?::|>|=>|::)", re.MULTILINE)),
    ("forged_turn", re.compile(r"^[ \t]*(?:#{1,6}|\*\*|={2,}|-{3,})\s*(?:end (?:of )?|begin |start |new )?(?:system|assistant|user|human|instructions?|rubric|grader|grading|response|prompt|override|task|evaluation|output)\b", re.MULTILINE)),
    ("forged_turn", re.compile(r"\b(?:tool_calls?|function_call|tool_use|set_grade|set_score|submit_grade|give_score|record_grade|update_score|grade_answer)\b\s*[\"(:{=]")),
    ("forged_answer", re.compile(r"[{\[(,]\s*[\"'“]?(?:level|scores?|grades?|points?|awarded|confidence|quote|reason|criteri\w+|marks?|total_?\w*|final_?\w*|feedback|verdict|rating|c\d+)[\"'”]?\s*[:=]>?\s*[\"'“{\[\d]")),
    ("forged_answer", re.compile(r"^[ \t]*[-*]?[ \t]*(?:level|score|grade|points|awarded|confidence|verdict|final_score|rating|marks)\s*:\s*[\"']?(?:\d|high|full|max|pass)", re.MULTILINE)),
    ("forged_answer", re.compile(r"\|[^|\n]{1,60}\|\s*(?:\d+\s*/\s*\d+|full|max\w*|excellent|met|100 ?%|10|5|4)\s*\|")),
)  # fmt: skip

LOOSE = re.compile(
    r"\b(?:ignore|disregard|override|instructions?|rubric|criteri\w+|grad(?:e|er|ing)|scores?|marks|"
    r"points|credit|full|maximum|max|highest|award|assign|give|perfect|prompt|system|previous|answer|"
    r"essay|evaluator|examiner|student|fullmarks|fullscore|fullcredit|ignoreprevious\w*|ignoreall\w*|"
    r"give(?:this|me|full)\w*|award\w+|passed|correct)\b"
)
"""Of what was written so that people do not see it, two of these words are enough."""
