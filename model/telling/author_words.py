"""What stands beside the names of authors in headers, in the languages of many news pages. Data."""

from __future__ import annotations

import re

__all__ = [
    "GENRE",
    "IS_ROLE",
    "JOINED",
    "KOREAN",
    "LABEL",
    "LONG_OPENERS",
    "NO_PERSON",
    "RANK",
    "UNCASED_OPENER",
    "WRITTEN",
]

#: What a person is at an outlet; a word that is nothing else.
IS_ROLE = re.compile(
    r"(?:co-?)?(?:reporter|editor|writer|correspondent|journalist|columnist|contributor"
    r"|photographer|videographer|photojournalist|producer|illustrator|critic|blogger|essayist"
    r"|specialist|strategist|historian|director|officer|intern|editor-in-chief|analyst|fellow|publisher|professor|attorney"
    r"|\w*(?:redakteur|korrespondent|kolumnist|reporter|volontär|praktikant|leiter)(?:in|innen|e|en)?"
    r"|journalistin(?:nen)?|autor(?:in|en)|\w*redaktor(?:in|ka)?"
    r"|journalistes?|rédact(?:eur|rice)s?|correspondante?s?|chroniqueu(?:r|se)s?|pigiste"
    r"|periodistas?|redactor(?:a|es)?|corresponsal(?:es)?|reporter[oa]s?|columnistas?"
    r"|jornalistas?|repórter(?:es)?|redator(?:a|es)?|correspondentes?|colunistas?|estagiári[oa]"
    r"|giornalist[aei]|redattor[ei]|redattric[ei]|corrispondent[ei]|inviat[oai]"
    r"|redacteur|verslaggever|verslaggeefster|journaliste"
    r"|dziennikar(?:z|ka)|reporterka|korespondent(?:ka)?|zpravodaj(?:ka)?"
    r"|journalister|skribent|reportrar|redaktör|toimittaja|újságíró|szerkesztő"
    r"|muhabiri?|editörü?|yazarı?|wartawan|jurnalis|penulis"
    r"|корреспондент|журналист(?:ка)?|редактор|обозреватель|кореспондент(?:ка)?|журналіст(?:ка)?"
    r"|记者|記者|编辑|編輯|기자|특파원)s?",
    re.IGNORECASE,
)
#: What stands before a role: how high, and of which part of the paper.
RANK = re.compile(
    r"senior|junior|chief|deputy|assistant|associate|contributing|staff|managing|executive|general"
    r"|freelance|guest|special|lead|principal|digital|data|night|weekend|acting|former"
    r"|investigat\w+|politic\w*|national|international|foreign|local|regional|city|state|world|global"
    r"|news|sports?|football|business|econom\w+|financ\w+|money|markets?|tech|technology|science"
    r"|health|healthcare|medical|environment\w*|climate|education|crime|courts?|legal|travel"
    r"|lifestyle|features?|fashion|food|showbiz|tv|film|music|arts?|culture|books?|media|opinion"
    r"|entertainment|celebrity|royal|wellness|parliamentary|white|audience|content|social|video"
    r"|landespolitische\w*|politische\w*|freie[r]?|stellvertretende[r]?|ständige[r]?|leitende[r]?",
    re.IGNORECASE,
)
#: What kind of a piece it is: "Kommentar von Ana Brook", "Review by Ben Marsh".
GENRE = re.compile(
    r"(?:an?\s|eine?\s|un[ae]?\s|um(?:a)?\s)?"
    r"(?:review|news|opinion|analysis|column|commentary|comment|interview|report|reporting|essay"
    r"|feature|guest post|post|story|words|text|article|perspective|editorial"
    r"|kommentar|kolumne|analyse|gastbeitrag|gastkommentar|reportage|bericht|porträt|glosse|artikel"
    r"|beitrag|essay|leitartikel|rezension|text und fotos"
    r"|chronique|tribune|édito|reportaje|entrevista|análisis|opinión|columna|crónica|artículo"
    r"|análise|opinião|coluna|reportagem|crônica|artigo|commento|analisi|intervista|articolo)"
    r"\s+(?:by|von|par|por|de|di|da|door|van|av|af)\s+",
    re.IGNORECASE,
)
#: Korean writes the role behind names of two to four signs: "홍길동 기자", "홍길동·김철수 기자".
KOREAN = re.compile(
    r"((?:[가-힣]{2,4})(?:\s?[·,]\s?[가-힣]{2,4}){0,4})\s?(?:선임|인턴|수습)?(?:기자|특파원|논설위원)(?![가-힣])"
)
#: "文・佐藤健一", "取材・文＝佐藤健一", "文·周楠": who wrote, in Japanese and Chinese.
WRITTEN = re.compile(
    r"(?:取材[・･])?文(?:[・･](?:写真|撮影))?\s?[・･·=＝/]\s?"
    r"(?!写真|撮影|編集|構成|イラスト)([\u3400-\u9fff々]{2,5}(?:[ \u3000][\u3040-\u9fff々]{1,4})?)"
)
#: A name behind it is that of who wrote: "Text: Ana Brook"; editors and reporters are roles.
LABEL = re.compile(r"(?:te[xk]s?t[eio]?|reda[kc]tion|szöveg|skriven av|skrevet av)", re.IGNORECASE)
#: Open a byline as the words of `model.vocabulary.BYLINE_OPENERS` do, which lines are measured by.
LONG_OPENERS = (
    "escrito por", "publicado por", "rédigé par", "écrit par", "publié par", "geschrieben von",
    "veröffentlicht von", "scritto da", "pubblicato da", "geschreven door", "napisane przez",
    "contributed by", "submitted by", "ditulis oleh", "haber:", "haberi yazan",
    "लेखक:", "लेखिका:", "本报记者", "本報記者", "撰文",
)  # fmt: skip
#: Before a name, in scripts that know no capitals.
UNCASED_OPENER = re.compile(r"(?:โดย|글|लेखक|द्वारा)\s*[:：]?\s*")
#: Between the names of two people.
JOINED = re.compile(
    r"\s*[,;|/·•]\s*(?:(?:and|und|et|en|og|och|dan)\s+|[&y]\s+)?"
    r"|\s+(?:and|und|et|y|e|en|og|och|ja|i|and|dan|ve|и|та|&)\s+",
    re.IGNORECASE,
)
#: What systems write where they know nobody.
NO_PERSON = re.compile(
    r"(?:admin\w*|wp-?admin|wordpress\w*|webmaster|publisher|editor|author|autor|user\d*|root|test"
    r"|none|null|undefined|unknown|unbekannt|inconnu|desconocido|anonymous|default|escenic|n/?a)",
    re.IGNORECASE,
)
