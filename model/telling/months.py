"""The names of the months in the languages of news pages, with their usual short forms.

Twelve words a language, forms of one month joined by "|", full stops left out; in languages that
decline, the form that stands in a date and the nominative. Written from the CLDR month names
(https://cldr.unicode.org, wide and abbreviated, format and stand-alone).
"""

from __future__ import annotations

__all__ = ["MONTH", "MONTH_LANGUAGES"]

_NAMES = {
    "en": "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug "
    "september|sept|sep october|oct november|nov december|dec",
    "de": "januar|jän|jänner|jan februar|feber|feb märz|maerz|mrz|mär april|apr mai juni|jun "
    "juli|jul august|aug september|sept|sep oktober|okt november|nov dezember|dez",
    "fr": "janvier|janv février|fevrier|févr|fevr|fév mars avril|avr mai juin juillet|juil "
    "août|aout septembre|sept octobre|oct novembre|nov décembre|decembre|déc",
    "es": "enero|ene febrero|feb marzo|mar abril|abr mayo|may junio|jun julio|jul agosto|ago "
    "septiembre|setiembre|sept|set octubre|oct noviembre|nov diciembre|dic",
    "pt": "janeiro|jan fevereiro|fev março|marco|mar abril|abr maio|mai junho|jun julho|jul "
    "agosto|ago setembro|set outubro|out novembro|nov dezembro|dez",
    "it": "gennaio|gen febbraio|feb marzo|mar aprile|apr maggio|mag giugno|giu luglio|lug "
    "agosto|ago settembre|set ottobre|ott novembre|nov dicembre|dic",
    "ca": "gener|gen febrer|febr març abril maig juny juliol|jul agost|ag setembre|set octubre|oct "
    "novembre|nov desembre|des",
    "nl": "januari|jan februari|feb maart|mrt april|apr mei juni|jun juli|jul augustus|aug "
    "september|sep oktober|okt november|nov december|dec",
    "sv": "januari|jan februari|feb mars|mar april|apr maj juni|jun juli|jul augusti|aug "
    "september|sep oktober|okt november|nov december|dec",
    "da": "januar|jan februar|feb marts|mars|mar april|apr maj|mai juni|jun juli|jul august|aug "
    "september|sep oktober|okt november|nov december|desember|dec|des",
    "fi": "tammikuuta|tammikuu helmikuuta|helmikuu maaliskuuta|maaliskuu huhtikuuta|huhtikuu "
    "toukokuuta|toukokuu kesäkuuta|kesäkuu heinäkuuta|heinäkuu elokuuta|elokuu syyskuuta|syyskuu "
    "lokakuuta|lokakuu marraskuuta|marraskuu joulukuuta|joulukuu",
    "et": "jaanuar|jaan veebruar|veebr märts aprill mai juuni juuli august september|sept "
    "oktoober|okt november detsember|dets",
    "lv": "janvāris|janvārī|janv februāris|februārī|febr marts|martā aprīlis|aprīlī maijs|maijā "
    "jūnijs|jūnijā|jūn jūlijs|jūlijā|jūl augusts|augustā septembris|septembrī oktobris|oktobrī "
    "novembris|novembrī decembris|decembrī",
    "lt": "sausio|sausis vasario|vasaris kovo|kovas balandžio|balandis gegužės|gegužė "
    "birželio|birželis liepos|liepa rugpjūčio|rugpjūtis rugsėjo|rugsėjis spalio|spalis "
    "lapkričio|lapkritis gruodžio|gruodis",
    "pl": "stycznia|styczeń|sty lutego|luty|lut marca|marzec|mar kwietnia|kwiecień|kwi maja|maj "
    "czerwca|czerwiec|cze lipca|lipiec|lip sierpnia|sierpień|sie września|wrzesień|wrz "
    "października|październik|paź listopada|listopad|lis grudnia|grudzień|gru",
    "cs": "ledna|leden|led února|únor|úno března|březen|bře dubna|duben|dub května|květen|kvě "
    "června|červen|čvn července|červenec|čvc srpna|srpen|srp září|zář října|říjen|říj "
    "listopadu|listopad prosince|prosinec",
    "sk": "januára|január februára|február marca|marec apríla|apríl mája|máj júna|jún júla|júl "
    "augusta|august septembra|september októbra|október novembra|november decembra|december",
    "hr": "siječnja|siječanj veljače|veljača ožujka|ožujak travnja|travanj svibnja|svibanj "
    "lipnja|lipanj srpnja|srpanj kolovoza|kolovoz rujna|rujan listopada|listopad "
    "studenoga|studenog|studeni prosinca|prosinac",
    "sl": "januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra "
    "decembra",
    "sr": "januar|јануар|јануара februar|фебруар|фебруара mart|март|марта april|април|априла "
    "maj|мај|маја jun|јун|јуна jul|јул|јула avgust|август|августа septembar|септембар|септембра "
    "oktobar|октобар|октобра novembar|новембар|новембра decembar|децембар|децембра",
    "hu": "január|jan február|febr március|márc április|ápr május|máj június|jún július|júl "
    "augusztus|aug szeptember|szept október|okt november|nov december|dec",
    "ro": "ianuarie|ian februarie|febr martie|mart aprilie|apr mai iunie|iun iulie|iul august|aug "
    "septembrie|sept octombrie|oct noiembrie|noi|nov decembrie|dec",
    "ru": "января|январь|янв февраля|февраль|фев марта|март|мар апреля|апрель|апр мая|май "
    "июня|июнь|июн июля|июль|июл августа|август|авг сентября|сентябрь|сент|сен "
    "октября|октябрь|окт ноября|ноябрь|ноя|нояб декабря|декабрь|дек",
    "uk": "січня|січень|січ лютого|лютий|лют березня|березень|бер квітня|квітень|квіт "
    "травня|травень|трав червня|червень|черв липня|липень|лип серпня|серпень|серп "
    "вересня|вересень|вер жовтня|жовтень|жовт листопада|листопад|лист грудня|грудень|груд",
    "bg": "януари|ян февруари март април май юни юли август септември октомври ноември декември",
    "el": "ιανουαρίου|ιανουάριος|ιαν φεβρουαρίου|φεβρουάριος|φεβ μαρτίου|μάρτιος|μαρ "
    "απριλίου|απρίλιος|απρ μαΐου|μάιος|μαΐ ιουνίου|ιούνιος|ιουν ιουλίου|ιούλιος|ιουλ "
    "αυγούστου|αύγουστος|αυγ σεπτεμβρίου|σεπτέμβριος|σεπ οκτωβρίου|οκτώβριος|οκτ "
    "νοεμβρίου|νοέμβριος|νοε δεκεμβρίου|δεκέμβριος|δεκ",
    "tr": "ocak|oca şubat|şub mart|mar nisan|nis mayıs|may haziran|haz temmuz|tem ağustos|ağu "
    "eylül|eyl ekim|eki kasım|kas aralık|ara",
    "id": "januari|jan februari|pebruari|feb maret|mar april|apr mei juni|jun juli|julai|jul "
    "agustus|ogos|agt|agu september|sep oktober|okt november|nov desember|disember|des|dis",
    "sw": "januari|jan februari|feb machi aprili|apr mei juni|jun julai|jul agosti|ago "
    "septemba|sep oktoba|okt novemba|nov desemba|des",
    "ha": "janairu fabrairu maris afirilu mayu yuni yuli agusta satumba oktoba nuwamba disamba",
    "so": "janaayo febraayo maarso abriil maajo juun luulyo agoosto sebtembar oktoobar nofembar "
    "diseembar",
    "ar": "يناير|جانفي فبراير|فيفري مارس أبريل|ابريل|إبريل|أفريل مايو|ماي يونيو|يونيه|جوان "
    "يوليو|يوليوز|يوليه|جويلية أغسطس|اغسطس|غشت|أوت سبتمبر|شتنبر أكتوبر|اكتوبر نوفمبر|نونبر "
    "ديسمبر|دجنبر",
    # The months of the Levant; a line stands for a space.
    "ar-levant": "كانون_الثاني شباط آذار|اذار نيسان أيار|ايار|أيّار حزيران تموز|تمّوز آب أيلول|ايلول "
    "تشرين_الأول|تشرين_الاول تشرين_الثاني كانون_الأول|كانون_الاول",
    "he": "בינואר|ינואר בפברואר|פברואר במרץ|מרץ באפריל|אפריל במאי|מאי ביוני|יוני ביולי|יולי "
    "באוגוסט|אוגוסט בספטמבר|ספטמבר באוקטובר|אוקטובר בנובמבר|נובמבר בדצמבר|דצמבר",
    "hi": "जनवरी|जन फरवरी|फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर|सितम्बर अक्टूबर|अक्तूबर "
    "नवंबर|नवम्बर दिसंबर|दिसम्बर",
}

MONTH: dict[str, int] = {}
for _months in _NAMES.values():
    for _number, _forms in enumerate(_months.split(), start=1):
        for _form in _forms.split("|"):
            # A few short forms mean two months in two languages: the language named first wins.
            MONTH.setdefault(_form.casefold().replace("_", " "), _number)

# What dateparser is asked for: languages of news pages that are not in the table. A short list
# keeps the time of a look-up that finds nothing at a few milliseconds.
MONTH_LANGUAGES = ["bn", "fa", "ur", "th", "ta", "te", "mr", "ka", "hy"]
