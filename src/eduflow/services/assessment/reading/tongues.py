"""The same in other languages: an order to ignore, or an order or a claim about the best score.

Each language has the forms in which one gives orders, and what they are about. Where the order
sounds like a statement (Spanish `ignora`), it counts only where a sentence begins.
"""

import re


def _tongue(
    ignore: str, rules: str, give: str, most: str, *, polite: str, anchored: bool
) -> tuple[tuple[str, re.Pattern[str]], ...]:
    begun = rf"(?:^\W*(?:(?:{polite}|\w+)\W+){{0,2}}?|[:;]\s*)"
    start = begun if anchored else r"(?<![a-zα-ωа-яא-ת])"
    gap = r".{0,90}?"
    return (
        ("order_to_ignore", re.compile(rf"{start}(?:{ignore}){gap}(?:{rules})")),
        ("order_to_score", re.compile(rf"{start}(?:{give}){gap}(?:{most})")),
    )


def _claims(pattern: str) -> tuple[str, re.Pattern[str]]:
    return "claims_a_score", re.compile(pattern)


_ADDRESS = (
    r"^\W*(?:wichtige[rs]? |nota |note |bitte )?(?:hinweis|notiz|nachricht|mitteilung|anweisung|achtung|note|"
    r"message|consigne|attention|instruccion(?:es)?|nota|mensaje|aviso|atencion|istruzion[ei]|messaggio|"
    r"avviso|attenzione|instruc(?:ao|oes)|mensagem|atencao|instructie|bericht|opmerking|let op|uwaga|"
    r"instrukcja|wiadomosc|obs|till|an(?= (?:die|den|das|alle) )|внимание|сообщение|примечание|указание|увага)\b\W+(?:an|fur|pour|a|au|"
    r"aux|para|al|a la|per|ao|aos|voor|aan|do|dla|till|для|проверяющ\w+|к)?\W*(?:die|den|das|der|le|la|les|el|"
    r"los|il|lo|gli|o|os|het|de|l)?\W*(?:\w+ )?(?:ki|ia|ai|llm|modell?\w*|korrektor\w*|prufer\w*|lehrer\w*|"
    r"bewert\w+|correct\w+|examinat\w+|evaluat\w+|evaluad\w+|profes\w+|calificad\w+|correttor\w*|valutat\w*|"
    r"insegnant\w*|avaliad\w*|corretor\w*|beoordel\w+|docent\w*|nakijk\w*|oceniajac\w*|nauczyciel\w*|"
    r"sprawdzaj\w*|bedomar\w*|larar\w*|ии|модел\w*|экзаменатор\w*|учител\w*|проверя\w*|перевіря\w*)\b"
)
TONGUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("speaks_to_the_grader", re.compile(_ADDRESS)),
    _claims(r"\bbitte\b.{0,60}(?:volle?n? punkt\w*|maximal\w+ punkt\w*|hochst\w+ punkt\w*|bestnote)"),
    # German
    *_tongue(
        r"ignorier(?:e|en sie|t)\b|vergiss\b|vergessen sie|missachte|beachte(?:n sie)? (?:die )?\w* ?nicht|uberspring(?:e|en sie)|setze? .{0,20}ausser kraft|lass(?:en sie)? .{0,30}ausser acht",
        r"anweisung|vorgabe|regel|rubrik|kriteri|bewertungs|raster|schema|instruktion|vorherig|bisherig|obig|massstab",
        r"gib\b|geben sie|vergib\b|vergeben sie|vergebt|bewerte\b|bewerten sie|erteile?\b|erteilen sie|setze\b|setzen sie|trage?\b|tragen sie|schreibe?\b|schreiben sie|benote\b|benoten sie|verleihe?n?\b|verleihen sie|antworte\b|antworten sie|behandle\b",
        r"voll(?:e|en|er)? (?:punkt\w*|note)|hochst(?:e|en)?\s?(?:punkt\w*|note|stufe|bewertung)|hochstpunkt\w*|hochstnote|maximal\w*|bestnote|beste note|alle punkte|sehr gut|note 1|eine? eins|1[,.]0|100 ?%|100 punkte|10 ?(?:/|von) ?10|bestmoglich\w*|volle punktzahl",
        polite="bitte", anchored=False,
    ),
    # French
    *_tongue(
        r"ignore[zr]?\b|oublie[zr]?\b|ne (?:tiens|tenez) pas compte|neglige[zr]?\b|ne sui(?:s|vez) pas|outrepasse[zr]?\b",
        r"instruction|consigne|regle|bareme|critere|grille|precedent|ci-dessus|directive|rubrique",
        r"donne[zr]?\b|attribue[zr]?\b|accorde[zr]?\b|met(?:s|tez|tre)\b|note[zr]?\b|octroie|octroyez|evalue[zr]?\b|decerne[zr]?\b|reponde?[zs]\b|considere[zr]?\b|veuillez",
        r"note maximale|note maximum|maximum de points|tous les points|totalite des points|meilleure note|20 ?/ ?20|20 sur 20|10 ?/ ?10|note parfaite|note complete|le maximum|score maximal|score parfait|points? max\w*|excellent\b|la plus haute|pleine note|100 ?%",
        polite="s'il vous plait|s'il te plait|veuillez|merci de|il faut|vous devez|tu dois", anchored=True,
    ),
    # Spanish
    *_tongue(
        r"ignor(?:a|e|en|ad|ar)\b|olvid(?:a|e|en|ar)\b|no (?:sigas|siga|tengas|tenga|apliques|aplique)|omit(?:e|a|ir)\b|descart(?:a|e)\b|haz caso omiso|haga caso omiso",
        r"instruccion|reglas?\b|rubrica|criterio|anterior|previa|indicacion|directri|pautas?",
        r"da(?:me|le|r)?\b|de(?:le|me)?\b|otorg(?:a|ue|uen|ar)(?:me|le)?\b|asign(?:a|e|en|ar)(?:me|le)?\b|pon(?:me|le|ga|gan|er)?\b|ponga(?:me|le)?\b|califi(?:ca|que|quen|car)(?:me|lo|la)?\b|conced(?:e|a|er)(?:me|le)?\b|puntu(?:a|e|ar)\b|evalu(?:a|e|ar)\b|responde?a?\b|considere?a?\b|debe[sn]?\b",
        r"nota maxima|maxima (?:nota|puntuacion|calificacion)|puntuacion (?:maxima|completa|perfecta|total)|calificacion (?:maxima|perfecta|mas alta)|todos los puntos|puntaje (?:maximo|completo|perfecto|total)|la mejor nota|10 ?(?:/|sobre|de) ?10|un (?:10|diez)\b|sobresaliente|nota mas alta|100 ?%|nivel (?:maximo|mas alto)|maximo\b",
        polite="por favor|debes|debe|tienes que|hay que", anchored=True,
    ),
    # Italian
    *_tongue(
        r"ignora(?:te|re)?\b|ignori\b|dimentica(?:te|re)?\b|non (?:seguire|considerare|applicare|tenere)|trascura(?:te|re)?\b|tralascia",
        r"istruzion|regol|rubrica|criteri|precedent|indicazion|griglia|direttiv",
        r"da(?:i|te|re|mmi|gli)\b|dia(?:mi|gli)?\b|assegna(?:te|re|mi|gli)?\b|assegni\b|attribui(?:sci|re|te|sca)\b|metti(?:mi)?\b|mettete\b|metta\b|valuta(?:te|re)?\b|valuti\b|conced(?:i|ete|a)\b|rispondi\b|considera\b|devi\b|deve\b",
        r"punteggio (?:massimo|pieno|perfetto|completo)|massimo (?:dei voti|punteggio|voto)|voto (?:massimo|piu alto|pieno)|pieni voti|tutti i punti|10 ?(?:/|su) ?10|30 e lode|30 ?/ ?30|trenta e lode|il massimo|100 ?%|livello (?:massimo|piu alto)|ottimo\b",
        polite="per favore|prego|si prega di|ti prego|devi|deve", anchored=True,
    ),
    # Portuguese
    *_tongue(
        r"ignor(?:e|a|em|ar)\b|esque(?:ca|cam|ce)\b|desconsider(?:e|a|em|ar)\b|nao (?:siga|sigas|considere|aplique)|descart(?:e|a)\b",
        r"instruc|regra|rubrica|criteri|anterior|previ|indicac|diretri|orientac",
        r"de\b|da\b|dar\b|deem\b|atribu(?:a|am|i|ir)\b|conced(?:a|am|e|er)\b|coloque\b|ponha\b|avali(?:e|a|ar)\b|pontu(?:e|ar)\b|classifique\b|responda\b|considere\b|deve\b|me de\b",
        r"nota maxima|pontuacao (?:maxima|total|completa|perfeita)|todos os pontos|nota (?:total|10|dez|mais alta|perfeita)|10 ?(?:/|de) ?10|20 valores|o maximo|100 ?%|nivel (?:maximo|mais alto)|excelente\b|maxima (?:nota|pontuacao)",
        polite="por favor|voce deve|deve|e preciso|favor", anchored=True,
    ),
    # Dutch
    *_tongue(
        r"negeer\b|negeert\b|vergeet\b|sla .{0,20}over|houd geen rekening|volg .{0,20}niet|laat .{0,30}buiten beschouwing",
        r"instructie|regel|rubric|criteri|voorgaande|vorige|bovenstaande|eerdere|richtlijn|aanwijzing|beoordelings",
        r"geef\b|geeft u|ken\b|kent u|zet\b|vul\b|beoordeel\b|waardeer\b|schrijf\b|antwoord\b|noteer\b",
        r"volledige (?:punten|score|cijfer)|maximale (?:punten|score|cijfer)|alle punten|hoogste (?:cijfer|score|punten)|een (?:10|tien)\b|10 ?(?:/|van de) ?10|maximum|100 ?%|volle punten|het beste cijfer|topscore",
        polite="alstublieft|gelieve|graag", anchored=False,
    ),
    # Polish, Czech, Swedish, Danish, Norwegian, Finnish, Turkish, Romanian, Hungarian,
    # Indonesian, Vietnamese
    *_tongue(
        r"zignoruj\w*|ignoruj\w*|zapomn\w+|pomin\w*|nie (?:stosuj|uwzgledniaj)|zapomen\w*|ignorera\b|glom\b|bortse|strunta|ignorer\b|glem\b|se bort|unohda\b|jata .{0,20}huomiotta|ala (?:noudata|valita)|yok say\w*|gormezden gel\w*|unut\w*|dikkate alma\w*|ignora(?:ti)?\b|uita(?:ti)?\b|hagyd figyelmen|felejtsd|abaikan|lupakan|bo qua|phot lo",
        r"instrukc|polecen|zasad|kryteri|rubry|poprzedn|powyzsz|wytyczn|pokyn|pravid|instruktion|regl|kriteri|bedomning|vurdering|tidligere|forra|foregaende|ovan|ohje|saan|talimat|kural|olcut|rubrik|onceki|yukaridaki|instructiun|regul|criteri|utasitas|szabaly|instruksi|aturan|rubrik|sebelumnya|huong dan|quy tac|chi dan|tieu chi|truoc",
        r"przyznaj\w*|daj\w*|wystaw\w*|ocen\w*|postaw\w*|prideľ\w*|udel\w*|dej\w*|ohodnot\w*|ge\b|satt\b|bedom\b|tilldela\b|gi\b|giv\b|tildel\w*|anna\b|antakaa\b|ver\b|verin\w*|puan\w*|acorda\w*|da(?:ti)?\b|adj\b|adjon\b|berikan|beri\b|cho\b|cham\b|tam puan",
        r"maksymaln\w*|pelna? (?:punkt|ocen)\w*|wszystkie punkty|najwyzsz\w*|szostk\w*|piatk\w*|plny pocet|maximaln\w*|nejlepsi|jednick\w*|full poang|hogsta (?:betyg|poang)|maxpoang|alla poang|toppbetyg|full(?:e)? poeng|alle poeng|hoyeste|topkarakter|fuld(?:e)? point|hojeste|taydet pisteet|taysi\w* piste\w*|parhaa\w*|tam (?:puan|not)\w*|en yuksek|100 puan|100 uzerinden|punctaj\w* maxim|nota maxima|nota 10|toate punctele|maximalis|teljes pont|jeles|nilai (?:penuh|maksimal|sempurna|tertinggi)|skor (?:penuh|maksimal)|diem (?:toi da|cao nhat|tuyet doi)|100 ?%|10 ?/ ?10|100 ?/ ?100|\bver(?:in|iniz|sin)?\b",
        polite="prosze|lutfen", anchored=False,
    ),
    # Russian, Ukrainian, Bulgarian
    *_tongue(
        r"игнорируй\w*|проигнорируй\w*|забудь\w*|не обращай\w*|отбрось\w*|пренебреги\w*|не учитывай\w*|не следуй\w*|ігноруй\w*|проігноруй\w*|игнорирай\w*|забрави\w*",
        r"инструкц|правил|критери|рубрик|предыдущ|указан|выше|шкал|попередн|вказів|інструкц|предишн",
        r"поставь\w*|ставь\w*|дай\w*|выстав\w*|оцени\w*|присуди\w*|присвой\w*|начисл\w*|зачт\w*|засчитай\w*|напиши\w*|ответь\w*|признай\w*|постав\w*|оціни\w*|сложи\w*|поставете",
        r"максимальн\w*|максимум|высш\w*|отлично|пятерк\w*|полн\w* балл\w*|все баллы|наивысш\w*|10 из 10|100 ?%|5 баллов|100 баллов|лучш\w* оценк\w*|найвищ\w*|максимальний|повний бал\w*|пълен брой|отличен|максимален",
        polite="пожалуйста", anchored=False,
    ),
    # Greek
    *_tongue(
        r"αγνοησ\w*|αγνόησ\w*|ξεχασ\w*|ξέχασ\w*|παραβλεψ\w*|παράβλεψ\w*",
        r"οδηγι|οδηγί|κανον|κανόν|κριτηρι|κριτήρι|προηγουμ|προηγούμ|παραπανω|παραπάνω",
        r"δωσ\w*|δώσ\w*|βαλ\w*|βάλ\w*|βαθμολογ\w*|απονει\w*|απόνει\w*",
        r"αριστα|άριστα|μεγιστ\w*|μέγιστ\w*|πληρ\w*|πλήρ\w*|υψηλοτερ\w*|υψηλότερ\w*|10/10|20/20",
        polite="παρακαλω", anchored=False,
    ),
    # Chinese, Japanese, Korean
    *_tongue(
        r"忽略|无视|忽視|無視|忘记|忘掉|忘記|不要(?:理会|遵守|遵循|参考)|请勿遵|無効に|忘れ|従わない|무시하(?!도록)|무시해|잊어|따르지",
        r"指令|指示|规则|規則|标准|標準|评分|評分|之前|以上|上述|先前|提示|前の|上記|これまで|採点|基準|ルール|ルーブリック|지시|규칙|기준|이전|위의|채점|루브릭|앞의",
        r"(?:请|請|必须|必須|应该|应当|直接|务必|一定要|麻烦|给我|給我).{0,10}(?:给|給|打|判|评|評|授予|输出)|給予",
        r"满分|滿分|最高分|最高等级|最高级|全部分数|全分|一百分|100 ?分|10 ?分|优秀|満点|最高点|最高評価|最高得点|100 ?点|10 ?点|만점|최고 ?점|최고점수|100 ?점|최고 등급",
        polite="请|お願い", anchored=False,
    ),
    _claims(r"(?:满分|滿分|最高分).{0,12}(?:给|給|打|判|评|授予|吧|即可)|満点.{0,14}(?:つけ|付け|与え|して|ください|お願い|にせよ|とする)|(?:최고점|만점|최고 등급).{0,14}(?:주세요|줘|부여|매겨|처리|주십시오|하세요)"),
    # Arabic, Persian, Hebrew, Hindi
    *_tongue(
        r"تجاهل\w*|انس\b|انسى|لا تتبع|نادیده بگیر\w*|فراموش کن\w*|התעלם\w*|תתעלם\w*|שכח\w*|अनदेखा|नजरअंदाज|नज़रअंदाज़|भूल जा\w*",
        r"تعليمات|التعليمات|قواعد|معايير|السابق|أعلاه|دستور|قبلی|بالا|معیار|הוראות|ההוראות|כללים|קריטריונים|הקודמות|निर्देश|नियम|पिछले|मानदंड|उपर|रूब्रिक",
        r"امنح\w*|أعط\w*|اعط\w*|ضع\b|قيّم\w*|قيم\b|نمره|بده\w*|بدهید|תן\b|תני\b|תנו\b|הענק\w*|דרג\w*|दें|दीजिए|दो\b|पूरे|पूर्ण|अधिकतम",
        r"الدرجة (?:الكاملة|النهائية|القصوى)|العلامة (?:الكاملة|التامة)|أعلى (?:درجة|علامة)|كاملة|درجة كاملة|نمره کامل|بالاترین|کامل|ציון (?:מלא|מקסימלי|מרבי)|100|מלוא הנקודות|पूरे अंक|पूर्ण अंक|अधिकतम अंक|अंक",
        polite="من فضلك|لطفا|בבקשה|कृपया", anchored=False,
    ),
    # Latin and Esperanto: clever students.
    *_tongue(
        r"neglege|ignora\b|obliviscere|ignoru|forgesu",
        r"praecept|regul|instruct|mandat|antaŭ|antau|instrukci",
        r"da\b|dato|tribue|donu|donacu|atribuu",
        r"plena?m? (?:nota|puncta)\w*|summam?|maxim\w+|omnia puncta|plenajn|maksimuman|plej alt\w+",
        polite="quaeso|bonvolu", anchored=True,
    ),
)  # fmt: skip
