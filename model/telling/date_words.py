"""What stands beside dates in the headers of stories, in the languages of many news pages."""

from __future__ import annotations

import re

__all__ = ["PASSING", "PUBLISHED", "UPDATED"]

#: Opens, or follows, the date of an update.
UPDATED = re.compile(
    r"upp?dat|o[pd]p?dater|aktuali[sz]|actuali[sztț]|atualiz|modif|\bmise? à jour"
    r"|\brevis(?:ed|ad|é)|edited|stand:|aggiornat|bijgewerkt|güncel|diperbarui|diubah"
    r"|cập nhật|päivitet|frissít"
    r"|ажурир|обновл|изменено|оновл|ενημ[εέ]ρω|עודכן|تحديث|تم تعديل|به‌?روز|更新|수정|업데이트",
    re.IGNORECASE,
)
#: "2 hours ago", "Updated 5 mins ago", "Gestern, 18:05 Uhr", "4 min read": no date, and no text.
PASSING = re.compile(
    r"(?:(?:last )?(?:updated|published|posted)[:\s]+)?(?:about |an? |\d{1,3}\s?)"
    r"(?:m|h|d|mins?|minutes?|hrs?|hours?|days?|weeks?|months?|years?)\.? (?:ago|read)"
    r"|(?:reading time|lese(?:zeit|dauer)|temps de lecture|tempo di lettura|tempo de leitura"
    r"|tiempo de lectura|leestijd|lästid|okuma süresi)\s?[:\s]\s?\d{1,3}\s?\w+\.?"
    r"|\d{1,3}\s?min\.? de lect\w+"
    r"|(?:vor|il y a|hace|há|منذ)\s\d{1,3}\s\w+(?:\saktualisiert)?"
    r"|\d{1,3}\s\w+ (?:fa|önce|назад|temu|sedan|siden|पहले)"
    r"|(?:today|yesterday|heute|gestern|aujourd['’]hui|hier|hoy|ayer|hoje|ontem|oggi|ieri)"
    r"(?:,| at| um| à| a las| às| alle)?\s\d{1,2}[:.h]\d\d(?:\s?(?:[ap]\.?m\.?|uhr))?"
    r"|\d{1,3}\s?(?:分钟|分鐘|小时|小時|時間|分|天|日)前|\d{1,3}\s?(?:분|시간|일)\s?전",
    re.IGNORECASE,
)
#: Opens, or follows, the date of publication.
PUBLISHED = re.compile(
    r"pubb?li[sckéè]|post|created|erstellt|veröffentlicht|erschien|issued|udgivet|utgitt|julkais"
    r"|yayın|diterbitkan|đăng|опубл|δημοσ|פורסם|نُ?شر|公開|公开|发布|發布|発表|入力|입력|게재|등록",
    re.IGNORECASE,
)
