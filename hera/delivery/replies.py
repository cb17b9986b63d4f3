"""What people write back: a word that stops all texts but codes, and one that takes that back.

A word counts alone, in any of the languages whatever hers is, in whatever case, spaces, marks and letters a keyboard
has. All else, and what numbers write that nobody signs in with, changes nothing and is kept nowhere.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from hera.core import clock, languages
from hera.core.ports import outbox
from hera.delivery.models import OPT_OUT
from hera.user_profile import services as profiles
from hera.user_profile.models import ChannelOptOut

if TYPE_CHECKING:
    from hera.delivery.channels.base import Reply

_TOLD_WITHIN = dt.timedelta(hours=1)
_LONGEST = 60  # characters; a text with more than a word is none of these
_STOP = {
    "en": ["stop", "stop all", "stopall", "unsubscribe", "cancel", "end", "quit"],
    "tr": ["dur", "durdur", "iptal", "ret", "red", "çık"],
    "ar": ["توقف", "إيقاف", "أوقف", "أوقفوا", "قف", "إلغاء", "الغاء الاشتراك", "كفى", "بس"],
    "ps": ["ودرېږه", "ودرېږئ", "ودروه", "ودروئ", "بند کړه", "بند کړئ", "بس", "بس کړه", "بس کړئ", "لغوه"],
    "prs": ["توقف", "متوقف", "بس", "بس کن", "بس کنید", "قطع", "قطع کنید", "لغو", "نفرستید"],
}
_START = {
    "en": ["start", "unstop", "resume"],
    "tr": ["başla", "başlat", "devam"],
    "ar": ["ابدأ", "ابدؤوا", "بدء", "استئناف", "اشتراك"],
    "ps": ["پیل", "پیل کړه", "پیل کړئ", "شروع", "شروع کړه", "شروع کړئ"],
    "prs": ["شروع", "شروع کن", "شروع کنید", "آغاز", "ادامه"],
}
# Letters that keyboards of Arabic, Persian, Pashto and Turkish have for what is read as one.
_ALIKE = str.maketrans(
    {"ى": "ي", "ی": "ي", "ې": "ي", "ۍ": "ي", "ک": "ك", "ګ": "ك", "گ": "ك", "ة": "ه", "ہ": "ه", "ە": "ه", "ۀ": "ه"}
    | {"ı": "i", "ـ": ""}
)


def folded(text: str) -> str:
    """A text without case, marks, signs and spaces, its letters as those of one keyboard."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_ALIKE)
    return "".join(character for character in plain if unicodedata.category(character)[0] in "LN")


_STOPS, _STARTS = (frozenset(folded(word) for words in spoken.values() for word in words) for spoken in (_STOP, _START))


def take(reply: Reply) -> None:
    """Do what somebody asks for by a text of one word; the first time that she wants no more, one text says so."""
    word = folded(reply.text) if len(reply.text) <= _LONGEST else ""
    if word not in _STOPS | _STARTS:
        return
    with transaction.atomic():
        people = User.objects.filter(username=reply.number, is_active=True, is_staff=False, is_superuser=False)
        user = people.select_for_update(no_key=True).first()
        if user is None:
            return
        has_stopped = ChannelOptOut.objects.filter(user=user, channel="sms").exists()
        profiles.set_channels(user, {"sms": word in _STARTS})
        if word in _STOPS and not has_stopped:
            _confirm(user)


def _confirm(user: User) -> None:
    with translation.override(languages.of(user)):
        told = _("You get no more texts from HERA, except codes that you ask for. To get them again, reply START.")
    outbox().enqueue_texts(purpose=OPT_OUT, texts={user.username: told}, expires_at=clock.now() + _TOLD_WITHIN)
