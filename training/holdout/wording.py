"""What stands around stories on evaluation pages: bylines, dates, share lines, menus, comments.

All invented here, apart from the training pages' own wording, so that a model cannot have learnt
these lines by heart. In languages without a table of their own English stands in, as it does on
many real sites.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Wording"]

# One phrase a line would make this table 200 lines.
# fmt: off
_FIRST = (
    "Amara", "Jonas", "Leila", "Petra", "Tobias", "Ngozi", "Hamid", "Ingrid", "Marco", "Yuki",
    "Siobhan", "Desmond", "Farah",
)
_LAST = (
    "Oyelaran", "Whitlock", "Brandvold", "Castellan", "Dujardin", "Moreno-Pike", "Achterberg",
    "Tanaka", "Quill",
)
_NAMES: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "ru": (("Вера", "Глеб", "Тимур", "Лидия", "Ярослав"),
           ("Зимина", "Корш", "Белов", "Арсеньева", "Лунев")),
    "zh": (("伟民", "晓雯", "志远", "雅琴"), ("林", "贺", "沈", "魏", "陶")),
    "ar": (("سامي", "ليلى", "نزار", "هالة"), ("الزيات", "بن", "يونس", "الكعبي", "مراد")),
    "vi": (("Minh", "Hoa", "Quang", "Thu"), ("Trần", "Lưu", "Đặng", "Phan")),
}
_MONTHS = {
    "en": "January February March April May June July August September October November"
          " December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
          " diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro"
          " dezembro",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
}
# fmt: on


@dataclass(frozen=True)
class _Phrases:
    """Furniture of one language."""

    by: Sequence[str]
    share: Sequence[str]
    related: Sequence[str]
    sections: Sequence[str]
    promo: Sequence[str]
    footer: Sequence[str]
    remarks: Sequence[str]
    biography: Sequence[str]


# fmt: off
_ENGLISH = _Phrases(
    by=("By {n}", "{n}", "Words: {n}", "{n}, Staff Correspondent", "Reported by {n} and {m}",
        "by {n} |", "{n} for the weekend desk", "Story by {n}", "{n} • Contributor",),
    share=("Send to a friend", "Share: Facebook / X / WhatsApp", "Copy link", "Listen 4 min",
           "{k} shares", "Save for later", "Print this page", "Gift article", "Text size A A A",
           "Jump to comments ({k})", "Share via e-mail LinkedIn Reddit", "🔗 Link 💬 {k}",),
    related=("Other readers liked", "Also in today's edition", "Editor's selection",
             "In this series", "Don't miss", "Trending this hour", "Stories for you", "Elsewhere",
             "What to read next",),
    sections=("Front", "Region", "Courts", "Farm & Field", "Money", "Football", "Rugby",
              "Screens", "Weather", "Obituaries", "Classifieds", "Puzzles", "Letters", "Podcasts",
              "Schools", "Health", "Transport", "World", "Books", "Food", "Motors", "Jobs",
              "Property", "My page", "Log in", "Help", "Today's paper", "Archive", "Events",
              "Radio", "Contact the desk",),
    promo=(("Our morning briefing arrives before your coffee. Enter your address and "
            "press join."),
           "You have {k} free reads left this month. Members read without limits.",
           "Paid content: see how {n} halved a heating bill in a week.",
           ("This site stores small files on your device so that you stay logged in, "
            "so that pages load faster and so that the firms which pay for this "
            "service can count how often their notices were shown. You may accept all "
            "of them, or choose which you allow under Settings. If you refuse, parts "
            "of the page may not appear. You can change your mind at any time through "
            "the link at the foot of every page, where our full statement on personal "
            "data is also found."),
           "Sponsored", "- ad -", "ADVERT", "Ad closes in 5s",
           "Article continues after this message", "Turn on alerts for breaking stories",
           "Download the app for iPhone and Android",
           ("The {s} desk is funded by readers. A gift of any size keeps its reporters"
            " on the road."),),
    footer=("Terms of use", "Privacy choices", "How we work", "Report a mistake", "Site map",
            "Advertise with us", "RSS", "Part of the Northlight Media group", "Accessibility",),
    remarks=(("{n}, could not agree more with the first part, but the figures look odd"
              " to me."),
             "Who pays for it in the end? We do, as usual.",
             "Typical!! They knew this {k} months ago.",
             "I was there that day and it was nothing like this.", "Well said {m}.",
             ("My brother-in-law worked for them for {k} years and has a lot to tell "
              "about how decisions were made behind closed doors, none of which ever "
              "reached the papers. Somebody ought to look into that before they write "
              "the next piece."),
             "Removed by a moderator.", "+1", "Can we please have one thread without politics",),
    biography=("{n} covers {s} and lives by the sea with two cats.",
               ("{n} is a senior writer on the {s} desk. She joined in 2011 from a "
                "weekly and has won three regional awards for her reporting. Write to "
                "her via the contact page."),
               "About the author: {n} has been reporting on {s} for {k} years.",),
)
_OTHERS = {
    "es": _Phrases(
        by=("Por {n}", "{n} / Corresponsal", "Texto: {n}",),
        share=("Compartir", "Guardar para luego", "{k} comentarios", "Enviar por correo",),
        related=("Lea también", "Más historias", "Te puede gustar",),
        sections=("Inicio", "Región", "Dinero", "Fútbol", "Cine", "Clima", "Cartas", "Salud",
                  "Mundo",),
        promo=("Reciba cada mañana nuestro resumen en su correo.", "Publicidad",
               "Hazte socio por {k} pesos.",),
        footer=("Aviso legal", "Quiénes somos", "Privacidad",),
        remarks=("Como siempre, pagamos los mismos.", "Muy bien dicho, {n}.",
                 "Eso no fue así, yo estuve.",),
        biography=("{n} escribe sobre la vida de los barrios desde hace {k} años.",),
    ),
    "fr": _Phrases(
        by=("Par {n}", "{n}, envoyée spéciale", "Texte : {n}",),
        share=("Partager", "Imprimer", "{k} réactions", "Écouter l'article",),
        related=("À lire aussi", "Sur le même sujet", "Les plus lus",),
        sections=("Accueil", "Région", "Argent", "Rugby", "Écrans", "Météo", "Courrier", "Santé",
                  "Monde",),
        promo=("Recevez chaque matin notre lettre.", "Publicité",
               "Il vous reste {k} articles gratuits.",),
        footer=("Mentions légales", "Qui sommes-nous", "Confidentialité",),
        remarks=("C'est toujours pareil.", "Bien dit {n} !", "J'y étais, ce n'était pas ainsi.",),
        biography=("{n} suit la vie des quartiers depuis {k} ans.",),
    ),
    "pt": _Phrases(
        by=("Por {n}", "{n}, da redação",),
        share=("Compartilhe", "Salvar", "{k} comentários", "Ouvir",),
        related=("Leia mais", "Mais lidas", "Veja também",),
        sections=("Início", "Cidades", "Dinheiro", "Futebol", "Telas", "Tempo", "Cartas", "Saúde",),
        promo=("Receba o resumo do dia no seu e-mail.", "Publicidade",
               "Assine por R$ {k} ao mês.",),
        footer=("Termos de uso", "Fale conosco", "Privacidade",),
        remarks=("Quem paga a conta somos nós.", "Concordo, {n}.",
                 "Eu estava lá e não foi assim.",),
        biography=("{n} escreve sobre a cidade há {k} anos.",),
    ),
    "de": _Phrases(
        by=("Von {n}", "{n}, Redaktion",),
        share=("Teilen", "Drucken", "{k} Kommentare", "Merken",),
        related=("Auch interessant", "Mehr zum Thema", "Meistgelesen",),
        sections=("Start", "Region", "Geld", "Fußball", "Kino", "Wetter", "Leserbriefe",
                  "Gesundheit",),
        promo=("Jeden Morgen das Wichtigste in Ihr Postfach.", "Anzeige", "Noch {k} Texte frei.",),
        footer=("Impressum", "Datenschutz", "Über uns",),
        remarks=("Und wer zahlt es? Wir.", "Genau so, {n}.", "Ich war dabei, es war ganz anders.",),
        biography=("{n} schreibt seit {k} Jahren über das Leben in den Vierteln.",),
    ),
    "ru": _Phrases(
        by=("Автор: {n}", "{n}, собкор",),
        share=("Поделиться", "Печать", "Комментарии: {k}", "Сохранить",),
        related=("Читайте далее", "Другие материалы", "Популярное",),
        sections=("Главная", "Город", "Деньги", "Футбол", "Кино", "Погода", "Письма", "Здоровье",),
        promo=("Подпишитесь на утреннюю рассылку.", "Реклама", "Осталось {k} бесплатных статей.",),
        footer=("Правила", "О нас", "Контакты",),
        remarks=("А платить снова нам.", "Согласен, {n}.", "Я там был, всё было не так.",),
        biography=("{n} пишет о жизни города {k} лет.",),
    ),
    "zh": _Phrases(
        by=("记者 {n}", "责任编辑：{n}",),
        share=("分享到微博", "打印本页", "{k}条评论",),
        related=("相关阅读", "热门推荐", "延伸阅读",),
        sections=("首页", "要闻", "财经", "足球", "影视", "天气",),
        promo=("订阅每日早报", "广告", "本月还可免费阅读{k}篇",),
        footer=("关于我们", "隐私政策",),
        remarks=("说得好。", "最后还不是我们买单。",),
        biography=("{n}，资深记者，从业{k}年。",),
    ),
    "ar": _Phrases(
        by=("بقلم {n}", "{n} - مراسل",),
        share=("مشاركة", "طباعة", "{k} تعليقات",),
        related=("اقرأ أيضا", "الأكثر قراءة",),
        sections=("الرئيسية", "محليات", "اقتصاد", "رياضة", "طقس",),
        promo=("اشترك في نشرتنا الصباحية.", "إعلان",),
        footer=("من نحن", "سياسة الخصوصية",),
        remarks=("أحسنت يا {n}.", "ومن سيدفع الثمن؟ نحن.",),
        biography=("{n} يكتب عن المدينة منذ {k} سنوات.",),
    ),
    "id": _Phrases(
        by=("Oleh {n}", "Penulis: {n}",),
        share=("Bagikan", "Simpan", "{k} komentar",),
        related=("Baca juga", "Terpopuler",),
        sections=("Beranda", "Kota", "Uang", "Bola", "Film", "Cuaca",),
        promo=("Dapatkan ringkasan pagi lewat surel.", "Iklan",),
        footer=("Tentang kami", "Privasi",),
        remarks=("Setuju, {n}.", "Ujungnya kita juga yang bayar.",),
        biography=("{n} menulis tentang kota {k} tahun.",),
    ),
    "vi": _Phrases(
        by=("Theo {n}", "{n} thực hiện",),
        share=("Chia sẻ", "Lưu bài", "{k} bình luận",),
        related=("Đọc thêm", "Xem nhiều",),
        sections=("Trang chủ", "Thành phố", "Tiền", "Bóng đá", "Phim",),
        promo=("Nhận bản tin sáng qua thư.", "Quảng cáo",),
        footer=("Giới thiệu", "Bảo mật",),
        remarks=("Đồng ý với {n}.", "Cuối cùng dân trả tiền.",),
        biography=("{n} viết về đời sống {k} năm nay.",),
    ),
}
# fmt: on


class Wording:
    """Lines of furniture in one language, drawn with one random source."""

    def __init__(self, rng: random.Random, lang: str) -> None:
        self.rng = rng
        self.lang = lang
        self.phrases = _OTHERS.get(lang, _ENGLISH)
        self.date_style = rng.randrange(6)

    def _fill(self, templates: Sequence[str]) -> str:
        values = {"n": self.name(), "m": self.name(), "k": self.rng.randint(2, 60)}
        section = self.rng.choice(self.phrases.sections).lower()
        return self.rng.choice(templates).format(s=section, **values)

    def name(self) -> str:
        first, last = _NAMES.get(self.lang, (_FIRST, _LAST))
        one, two = self.rng.choice(first), self.rng.choice(last)
        return two + one if self.lang == "zh" else f"{one} {two}"

    def byline(self, known: str = "") -> str:
        """With the article's own author where one is known."""
        template = self.rng.choice(self.phrases.by)
        return template.format(n=known or self.name(), m=self.name())

    def date(self) -> str:
        """One of the page's own style, so that all its stories are dated alike."""
        rng = self.rng
        year, month, day = rng.randint(2009, 2026), rng.randint(1, 12), rng.randint(1, 28)
        clock = f"{rng.randrange(24):02}:{rng.randrange(60):02}"
        if self.lang == "zh":
            return f"{year}年{month}月{day}日 {clock}"
        name = _MONTHS.get(self.lang, "").split()
        if not name or self.date_style == 0:
            return f"{day:02}/{month:02}/{year} {clock}"
        word = name[month - 1]
        return (
            f"{day} {word} {year}",
            f"{word} {day}, {year} · {clock}",
            f"{year}-{month:02}-{day:02}",
            f"{clock} | {day} {word[:3]} {year}",
            f"{day}. {word} {year}, {clock}",
        )[self.date_style - 1]

    def share(self) -> str:
        return self._fill(self.phrases.share)

    def related(self) -> str:
        return self._fill(self.phrases.related)

    def promo(self) -> str:
        return self._fill(self.phrases.promo)

    def biography(self) -> str:
        return self._fill(self.phrases.biography)

    def menu(self, count: int) -> list[str]:
        """Short lines as of a menu, with a few oddments that menus hold."""
        lines = [self.rng.choice(self.phrases.sections) for _ in range(count)]
        for _ in range(count // 9):
            odd = (f"{self.rng.randint(-5, 38)}°", self.date(), "|", "☰", "EN ▾", self.share())
            lines[self.rng.randrange(count)] = self.rng.choice(odd)
        return lines

    def footer(self) -> list[str]:
        count = min(len(self.phrases.footer), self.rng.randint(2, 7))
        lines = self.rng.sample(self.phrases.footer, count)
        return [*lines, f"© {self.rng.randint(2010, 2026)} {self.name().split()[-1]} Media"]

    def comments(self) -> list[str]:
        """Readers' comments: a name and a date, then what they wrote."""
        lines: list[str] = []
        for _ in range(self.rng.randint(2, 6)):
            lines += [f"{self.name()} · {self.date()}", self._fill(self.phrases.remarks)]
        return lines

    def scores(self) -> list[str]:
        """A box score or a table of results."""
        rng = self.rng
        teams = [
            f"{rng.choice(_LAST)} {rng.choice(('Town', 'FC', 'Rovers', 'B'))}" for _ in range(4)
        ]
        return [
            f"{a} {rng.randrange(5)}-{rng.randrange(5)} {b}" for a in teams for b in teams if a < b
        ]
