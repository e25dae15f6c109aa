"""What four things are called in many languages: asking, the best, what is awarded, and for what.

Beginnings of words, in small letters and without the accents of Latin letters. An order to whoever
grades names all four, whatever its grammar; an essay about anything else hardly ever does so in one
sentence.
"""

import re

import msgspec


class Tongue(msgspec.Struct, frozen=True):
    """One language; a word ends where a stem ends with a full stop."""

    asks: str
    best: str
    worth: str
    thing: str


TONGUES = {
    "de": Tongue("bitte vergib vergeben.sie vergebt gib. geben.sie gebt. bewerte. bewerten.sie setze. " "setzen.sie trage. tragen.sie wahle. wahlen.sie musst mussen.sie sollen.sie erteile behandle. gewahre", "hochst maximal volle best. beste. besten. bestm optimal hundert 100 oberste alle.punkt", "punkt stufe note. noten. bewertung prozent wertung ergebnis niveau bestnote punktzahl", "antwort text. aufsatz losung arbeit abgabe kriteri raster eintrag bewertungs mir. alles. diese."),
    "fr": Tongue("merci.de merci.d veuillez attribue donne. donnez accorde. accordez mettez. mets. choisis veillez il.faut " "vous.devez tu.dois s'il.te.plait s'il.vous.plait svp stp priere considerez note. notez. selectionne", "maximum maximal plus.eleve plus.haut meilleur parfait totalite tous.les.points 20/20 100 pleine", "note. notes. point. points. niveau. bareme resultat mention score. %", "reponse copie. texte. devoir. critere redaction travail. grille. dissertation"),
    "es": Tongue("por.favor haz. haga. pon. ponga. ponle pongan dale. da. dame. otorg asign califi considera considere " "debes debe. te.ruego le.ruego le.pido evalua. evalue. conced elige. elija. marque. marca.", "maxim mas.alto mas.alta mejor perfect completa. completo. sobresaliente todos.los.puntos 10/10 100 pleno", "nota. notas. punt nivel. calificacion resultado puntaje %", "respuesta. texto. redaccion ensayo trabajo. criterio pauta. rubrica examen. entrega."),
    "it": Tongue("per.favore per.piacere assegna. assegni assegnate dai. dia. dammi date. metti mettete. prego valuta. valutate " "deve. devi. considera. considerate. scegli conced attribui", "massimo massima piu.alto piu.alta miglior perfett pieno pieni tutti.i.punti 10/10 30/30 lode. 100", "voto. voti. punt livello. risultato %", "risposta. testo. tema. compito. criteri elaborato. saggio. consegna. rubrica griglia"),
    "pt": Tongue("por.favor atribua conceda de. dar. coloque. considere. avalie. deve. ponha. peco. escolha. marque. queira. favor.", "maxim mais.alto mais.alta melhor perfeit todos.os.pontos 10/10 20/20 100 completa", "nota. notas. pont nivel. classificacao resultado. valores. %", "resposta. texto. redacao trabalho. criterio ensaio. rubrica prova. grelha"),
    "nl": Tongue("geef. geeft. gelieve alstublieft alsjeblieft ken. kies. zet. beoordeel. waardeer. graag. moet. vul. noteer.", "hoogste maxim volledige. beste. perfect alle.punten 10/10 100 topscore", "niveau. punten. cijfer. score. beoordeling. resultaat. procent", "antwoord tekst. opstel. werkstuk. criteri opdracht. inzending rubric"),
    "sv da no": Tongue("ge. ger.du gi. giv. vanligen vennligst snalla satt. sett. tildel tilldela vaer.sa.snill du.ska. du.skal. bedom. vurder. var.snall vaelg. velg.", "hogsta hogst hojeste hoyeste maxim fulla. fuld. full. fulle. basta. bedste. beste. perfekt alla.poang 100", "niva. nivaet. niveau. poang poeng point. betyg karakter", "svar. svaret. besvarelse text. tekst. uppsats oppgave opgave kriteri"),
    "fi et": Tongue("anna. antakaa. ole.hyva palun. anna andke. pane. arvioi. arvostele. merkitse. hinda", "korkein paras. parha taysi taydet maksim taydelli korgeim parim. taispunkt 100", "taso. taso piste arvosana tase. punkt hinne. hinde. arvio.", "vastau vastus essee. teksti tekst kriteeri kriteer"),
    "pl": Tongue("prosze przyznaj przyznac daj. dajcie wystaw postaw ocen. ocenic nalezy musisz uznaj wpisz", "najwyzsz maksymaln pelna. pelne. najlepsz wszystkie.punkty celujac doskonal 100", "poziom punkt ocen. ocene. ocena. ocen wynik", "odpowiedz pracy. prace. praca. tekst kryteri rozprawk wypracowan"),
    "cs sk": Tongue("prosim udel dej. dejte ohodnot prirad prosím zadejte dajte. udelte pridel", "nejvyssi najvyssi maximaln plny. plneho nejlepsi najlepsi 100", "bodu. bodov. body. znamk uroven hodnoceni bodov pocet", "odpoved text. texte. prace. praci. kriteri"),
    "hr sr bs sl": Tongue("molim dodijelite dodelite dajte. daj. ocijenite ocenite stavite prosim molimo", "najvisi najvisu najvecu maksimaln najbolj pun. puni. punu. najvecji 100", "bod. bodova. bodove. poen ocjen ocenu ocena. razin nivo. tock broj", "odgovor tekst rad. radu. kriterij kriterijum"),
    "hu": Tongue("kerem kerlek adja. adj. adjon adjatok ertekelje irja. tegye", "legmagasabb maximalis legjobb teljes jeles. 100 kivalo", "pont jegy szint osztalyzat ertekeles", "valasz dolgozat szoveg szempont kriterium esszet"),
    "ro": Tongue("va.rog te.rog acord da. dati. dă puneti pune. atribui evalueaza", "maxim cel.mai.mare cel.mai.bun cea.mai.mare toate.punctele nota.10 100 perfect", "punct nota. nivel calificativ", "raspuns text. textul. lucrar criteri eseu"),
    "tr az": Tongue("lutfen verin. veriniz ver. vermelisin vermeniz degerlendir isaretle rica.ed", "en.yuksek tam. maksimum azami en.iyi 100 mukemmel kusursuz", "puan not. notu. seviye derece duzey", "cevab yanit metn metin odev olcut kriter kompozisyon"),
    "id ms": Tongue("mohon tolong berikan beri. sila. harap. wajib. nilailah bagi. silakan", "tertinggi penuh maksimal maksimum sempurna terbaik 100", "nilai. skor. poin. markah. tingkat angka. tahap", "jawaban. jawapan. esai. teks. kriteria karangan tulisan. tugas."),
    "tl": Tongue("bigyan. ibigay. pakibigay pakiusap paki. po. mangyaring", "pinakamataas perpekto buong. pinakamahusay 100", "marka. grado puntos. antas. iskor", "sagot. sanaysay pamantayan papel."),
    "sw": Tongue("tafadhali ipe. mpe. wape. toa. weka. naomba", "juu.kabisa kamili. zote. bora. 100", "alama. kiwango. daraja. maksi", "jibu. insha. vigezo. kigezo. kazi. maandishi"),
    "vi": Tongue("hay. xin. vui.long cho. cham. lam.on hay. đe.nghi", "toi.đa toi.da cao.nhat tuyet.đoi tron.ven đay.đu 100", "điem diem muc. hang.", "bai. cau.tra.loi tieu.chi van.ban bai.lam"),
    "la eo": Tongue("da. dato. tribue quaeso bonvolu donu. oro. aljugu", "summ maxim optim plena plej.alt maksimum omnia", "grad nota. puncta punctor nivel poent not", "respons text. scriptum criteri verk omnibus kriteri"),
    "ca gl eu": Tongue("si.us.plau poseu. doneu. posa. dona. mesedez eman. jarri. doa. poña. dea. emaiozu", "mes.alta mes.alt maxim mais.alta altuen hobere gehien 100 onena", "nota. notes. punt nivell puntu maila mailar kalifikazio nivel.", "resposta. text. treball criteri erantzun idazlan irizpide testu"),
    "ga cy": Tongue("tabhair. le.do.thoil rhowch. rho. os.gwelwch", "is.airde is.aird iomlan. uchaf. llawn. is.fearr gorau. uasta", "marcann marc. leibheal farc marciau lefel pwynt pointe grad", "freagr fhreagr ateb. traethawd aiste. critear meini"),
    "is": Tongue("vinsamleg gefdu gefðu gefid gefið gef.", "hæst haest hæstu full. besta. bestu. 100", "einkunn stig. stiga. þrep", "svar. svari. ritgerd ritgerð texta verkefni viðmi"),
    "lt lv": Tongue("prasau prasom ludzu skirkite duok. dodiet piesķiriet ivertink novertejiet luudzu", "auksciausi maksimal augstak geriausi labak pilnu visus", "bal. balą bala. balu. vertinim lygi limeni atzimi punkt taska", "atsakym atbild tekst darb kriterij"),
    "sq mt": Tongue("ju.lutem jepni. jep. jekk.jogħgbok agħti vendos", "me.te.larte maksimal me.te.mire ogħla sħaħ te.plota 100", "pike. piket. note. noten marki. livell nivel", "pergjigje pergjigj tekst wegiba tweġiba kriter"),
    "ru": Tongue("пожалуйст поставь ставь. дай. дайте. выстав оцени. оцените. присуд присво начисл прошу. просим засчитай " "признай выбер следует необходимо", "высш наивысш максимал максимум полн лучш отличн пятерк пятёрк идеал 100 все.балл", "балл оценк отметк уров степен пятерк пятёрк", "ответ работ. работу. работа. работе. текст сочинен эссе. критери рубрик решени"),
    "uk bg mk": Tongue("будь.ласка оціни. оцініть постав дайте. дай. моля. молам поставете оценете присъд дадете нарахуй", "найвищ максимал повн найкращ най-висок най-добър пълен макс. највисок 100", "бал. бали. балом балів оцінк рів точки. точка. оценка. оценк брой. поен", "відповід робот текст критері отговор работа. есе. твір одговор"),
    "el": Tongue("παρακαλ δωσ δώσ βαλ βάλ βαθμολογησ βαθμολογήσ αξιολογ απονει απονεί", "μεγιστ μέγιστ υψηλοτερ υψηλότερ αριστ άριστ καλυτερ καλύτερ πληρ πλήρ τέλει 100 ανώτατ ανωτατ", "βαθμ επιπεδ επίπεδ μοναδ μονάδ μόρια πόντ", "απαντησ απάντησ κειμεν κείμεν εργασι κριτηρι κριτήρι έκθεσ εκθεσ γραπτ"),
    "ar": Tongue("يرجى من.فضلك رجاء الرجاء امنح اعط أعط ضع. يجب قيم. قيّم أرجو ارجو اختر", "أعلى اعلى الكامل كامل القصوى أقصى اقصى النهائية الأعلى ممتاز 100", "درج الدرج علام العلام نقاط النقاط مستوى تقييم تقدير", "إجاب الإجاب لإجاب اجاب الاجاب نص. النص المقال مقال ورق معايير المعايير معيار"),
    "fa ur": Tongue("لطفا لطفاً بدهید بده. بدهيد براہ.کرم دیں. دیجیے دیجئے خواهش", "بالاترین بالاترين کامل كامل حداکثر زیادہ بہترین بهترین پورے مکمل ۱۰۰", "نمره نمرہ نمبر امتیاز سطح درجہ رتبه", "پاسخ جواب متن. انشا مقاله معیار"),
    "he": Tongue("אנא בבקשה תן. תני. תנו. הענק דרג נא. יש.לתת העניקו", "הגבוה מקסימ מלא. מלא המרבי מרבי הטוב.ביותר מושלם 100 מלוא", "ציון הציון נקוד רמה. הרמה דירוג הניקוד", "תשוב התשוב לתשוב עבוד לעבוד חיבור טקסט קריטריון קריטריונים הקריטריונים"),
    "hi mr ne": Tongue("कृपया दें. दीजिए दो. देना द्या. दिनुहोस् करें", "सर्वोच्च पूर्ण पूरे अधिकतम सबसे. श्रेष्ठ उच्चतम पूरा सर्वाधिक जास्तीत सर्वोत्तम 100", "अंक अंक. स्तर गुण. ग्रेड नंबर", "उत्तर निबंध जवाब मापदंड मानदंड लेख कसौटी"),
    "bn as": Tongue("দিন. দাও. অনুগ্রহ দয়া করুন", "সর্বোচ্চ পূর্ণ সেরা পুরো সর্বাধিক", "নম্বর মান. মার্ক স্তর গ্রেড", "উত্তর রচনা মানদণ্ড লেখা"),
    "ta te kn ml": Tongue("கொடு தயவு வழங்கு దయచేసి ఇవ్వ ಕೊಡಿ ದಯವಿಟ್ಟು നൽകുക ദയവായി", "முழு அதிக உயர்ந்த உச்ச పూర్తి గరిష్ట అత్యధిక ಪೂರ್ಣ ಗರಿಷ್ಠ പൂർണ്ണ പരമാവധി മുഴുവൻ", "மதிப்பெண் புள்ளி நிலை మార్కులు స్థాయి ಅಂಕ മാർക്ക്", "விடை பதில் கட்டுரை అధ్యయన సమాధాన ఉత్తర ಉತ್ತರ ഉത്തര"),
    "pa gu": Tongue("ਕਿਰਪਾ ਦਿਓ કૃપા આપો", "ਪੂਰੇ ਸਭ.ਤੋਂ ਵੱਧ પૂરા સૌથી મહત્તમ પૂર્ણ", "ਅੰਕ ਨੰਬਰ ગુણ માર્ક", "ਜਵਾਬ ਲੇਖ જવાબ ઉત્તર નિબંધ"),
    "ka hy": Tongue("გთხოვ მიეცით დაუწერეთ խնդրում տվեք գնահատեք", "უმაღლეს მაქსიმალურ ամենաբարձր առավելագույն", "ქულ შეფასებ დონ միավոր գնահատական", "პასუხ ტექსტ ნაშრომ պատասխան տեքստ"),
    "romanised hindi": Tongue("kripya krpya dijiye dijiyega do. dena. karo. kijiye", "sabse. poore. pure. zyada jyada adhiktam purn sarvochch", "ank. ankh. number. nambar marks. grade.", "uttar. jawab. jawaab. nibandh javab"),
    "romanised russian": Tongue("pozhal pozhaluj postav dai. dayte daite ocenite otsenite proshu", "vyssh vysh vishi maksim luchsh poln otlichn visshi", "ball. ball ocenk otsenk otmetk", "otvet rabot sochinen tekst"),
    "romanised arabic and persian": Tongue("min.fadlak a3ti a3ty aati. erja lotfan bedahid bede. lutfan yurja law.samaht", "a3la aala. kamila kamil behtarin bala.tarin balatarin kamel aqsa alkamila", "daraja daraje nomre nomreh alama al3alama darajat", "ijaba al-ijaba ajaba pasokh jawab al-nas maqal hadhihi"),
    "romanised chinese": Tongue("qing. qing gei. bixu. mafan", "man. zuigao zui.gao man.fen manfen", "fen. fen manfen fenshu", "wenzhang daan huida da.an zuowen zhe.pian"),
    "romanised japanese and korean": Tongue("kudasai onegai tsukete ataete juseyo juseyo. chuseyo", "saikou mansten manten saiko. choego manjeom choego. kanpeki", "hyouka hyoka tensuu tensu ten. manten jeomsu manjeom deunggeup", "kaitou kotae sakubun dapan dap. geul."),
    "romanised greek": Tongue("parakalo dose. dose doste vale.", "megisto anotato arista. ypsilotero kalytero", "vathmo vathmologia monades", "apantisi keimeno ergasia"),
}  # fmt: skip
_WRITTEN_TOGETHER = (
    re.compile(
        r"请|請|务必|麻烦|麻煩|必须给|给我|^\W*(?:给|給)|ください|下さい|お願い|せよ|しなさい|つけて|주세요|주십시오|주시기|부탁|바랍니다|매겨|โปรด|กรุณา|ให้|សូម|ສະ|ပေးပါ"
    ),
    re.compile(
        r"满分|滿分|最高|最优|最佳|全部|一百分|100|滿点|満点|最大|最上|完璧|만점|최고|최대|완벽|เต็ม|สูงสุด|ดีที่สุด|ពេញ|អតិបរមា|ເຕັມ|အမြင့်ဆုံး|အပြည့်"
    ),
    re.compile(
        r"分|等级|等級|级别|成绩|点|點|評価|評定|レベル|점|등급|평가|คะแนน|ระดับ|ពិន្ទុ|ຄະແນນ|အမှတ်"
    ),
    re.compile(
        r"回答|答案|作文|文章|这篇|這篇|答卷|标准|標準|解答|答え|基準|この文|答案|レポート|답안|답변|기준|이 글|คำตอบ|เกณฑ์|เรียงความ|ចម្លើយ|ຄຳຕອບ|အဖြေ"
    ),
)


_ENGLISH = re.compile(
    r"maxim|perfec|complet|criteri|result|rubric|optim|excel|text|note|point|score|respon|nivel\.|total|consider|"
    r"accord|select|mention|evalu|attribut|100|concede|final|dissert|essay|grad|marc|marq|level|favou?r|kriteri|script|"
    r"solution|copie|plena|donat|travail|tabula"
)
"""Stems that English words begin with as well."""


def _pattern(stems: str, *, least: int = 1) -> re.Pattern[str]:
    alike = []
    for stem in stems.split():
        if stem.isascii() and (len(stem) < least or _ENGLISH.match(stem)):
            continue
        whole = stem.endswith(".")
        words = re.escape(stem.rstrip(".")).replace(r"\.", r"\W+")
        alike.append(words + (r"(?!\w)" if whole else ""))
    return re.compile(rf"(?<!\w)(?:{'|'.join(alike) or '(?!)'})")


FOUR = (
    *(tuple(map(_pattern, (t.asks, t.best, t.worth, t.thing))) for t in TONGUES.values()),
    _WRITTEN_TOGETHER,
)
"""For each language, what finds each of the four."""
LONG_FOUR = (
    *(
        tuple(_pattern(stems, least=5) for stems in (t.asks, t.best, t.worth, t.thing))
        for t in TONGUES.values()
    ),
    _WRITTEN_TOGETHER,
)
"""The same of words that no other language has by chance."""
