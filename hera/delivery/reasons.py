"""Why a message is in its state, and what was wrong with a try, in the reader's language.

Kept is one sentence in English, for logs, exports and whoever searches; where a page shows it, these are its words. A
sentence of a provider's, or of a release before this one, that is not known here is shown as it was kept, and named so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hera.scheduling.still_true import SENTENCES, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

WITHDRAWN: Mapping[Reason, Promise] = {
    Reason.GONE: gettext_lazy("the child or pregnancy that it is about was removed"),
    Reason.NO_BIRTH: gettext_lazy("the birth that it is about was taken back"),
    Reason.ENDED: gettext_lazy("reminders of this child or pregnancy have ended"),
    Reason.PAUSED: gettext_lazy("reminders of this child are paused"),
    Reason.OTHER_DAY: gettext_lazy("it is due on another day now"),
    Reason.GIVEN: gettext_lazy("the child has had these doses"),
    Reason.NOT_IN_PROGRAMME: gettext_lazy("what it is about is not in the programme any more"),
    Reason.SWITCHED_OFF: gettext_lazy("its type or schedule was switched off"),
    Reason.DAY_OVER: gettext_lazy("its text is about a day that is over"),
    Reason.INACTIVE: gettext_lazy("the person is inactive"),
    Reason.OPTED_OUT: gettext_lazy("the person wants nothing by this channel"),
    Reason.STOPPED: gettext_lazy("staff stopped it"),
}

_SAYS: dict[str, Promise] = {
    # of the queue and the worker
    r"its claim lapsed \d+ times: each time, the worker that held it was lost": gettext_lazy(
        "each worker that tried it was lost"
    ),
    r"her number or her browser is another by now": gettext_lazy(
        "her number or her browser changed while it was on its way"
    ),
    r"its window closed before it could be sent": gettext_lazy("its time was over before it could be sent"),
    r"this worker was too slow to begin within its claim": gettext_lazy("the worker was too slow to begin"),
    r"quiet hours": gettext_lazy("it waits until the night is over"),
    r"the provider is down; the channel is parked": gettext_lazy("it waits: the provider does not answer"),
    r"waiting for a probe of the provider": gettext_lazy("it waits until one message has got through"),
    r"internal error: (?P<what>\w+)": gettext_lazy("an error within HERA: tell the operator (%(what)s)"),
    # of the texts
    r"no template in (?P<what>\w+) nor in English": gettext_lazy("its type has no text in her language nor in English"),
    r"the (?P<what>\w+) template does not render: .*": gettext_lazy("its text cannot be filled in: mend the type"),
    r"other texts take long": gettext_lazy("it waits: other texts take long to fill in"),
    r"a dose of this event has no vaccine name": gettext_lazy("a vaccine that it names has no name"),
    r"the person has no profile": gettext_lazy("she has not registered to the end"),
    r"its text was sealed with another secret key": gettext_lazy("its text was sealed with another secret key"),
    # of money and numbers
    r"(?P<what>\d+) texts have gone to this person today": gettext_lazy(
        "she has had all the texts of a day (%(what)s)"
    ),
    r"waits for the next day: (?P<what>.+)": gettext_lazy("it waits for the next day: a limit is reached (%(what)s)"),
    r"waits for the next month: the budget is used up \((?P<what>.+)\)": gettext_lazy(
        "it waits for the next month: the budget is used up (%(what)s)"
    ),
    r"waits for the next month: (?P<what>.+)": gettext_lazy(
        "it waits for the next month: a limit is reached (%(what)s)"
    ),
    r"codes go to known numbers only \((?P<what>\w+)\)": gettext_lazy("codes go to known numbers only (%(what)s)"),
    r"its number is of a country that is not served \((?P<what>\w+)\)": gettext_lazy(
        "its number is of a country that is not served (%(what)s)"
    ),
    r"networks of \+1 numbers take no letters for a sender: .*": gettext_lazy(
        "networks of +1 numbers take no letters for a sender: tell the operator"
    ),
    # of the providers
    r"no phone with the app is registered under her numbers": gettext_lazy("no phone of hers has the app"),
    r"the answer has no id": gettext_lazy("the provider's answer was not understood"),
    r"no whole answer within (?P<what>\d+) seconds": gettext_lazy("the provider did not answer in time"),
    r"no answer from the provider \((?P<what>\w+)\)": gettext_lazy("the provider did not answer (%(what)s)"),
    r"the gateway does not take this number": gettext_lazy("the gateway does not take this number"),
    r"the gateway did not take it": gettext_lazy("the gateway did not take it"),
    r"none of her browsers takes push messages": gettext_lazy("none of her browsers takes reminders"),
    r"her browser takes no push messages any more": gettext_lazy("her browser takes no reminders any more"),
    r"the key of her browser is none": gettext_lazy("what her browser gave as its key is none"),
    r"[\w ]+ is used for [\w ]+ only": gettext_lazy("this provider does not send by this channel"),
    r"(?P<what>delivery_failed(?: \d+)?)": gettext_lazy("the network could not deliver it (%(what)s)"),
    r"(?P<what>expired(?: \d+)?)": gettext_lazy("the network could not deliver it in time (%(what)s)"),
}
_SAYS |= {re.escape(kept): WITHDRAWN[reason] for reason, kept in SENTENCES.items()}
# What a provider answered: its status, then what that means; its own code may follow.
_OF_STATUS = {
    400: gettext_lazy("the provider does not take this message"),
    401: gettext_lazy("the provider does not know our key"),
    402: gettext_lazy("our account at the provider has no credit"),
    403: gettext_lazy("the provider does not allow this with our key"),
    404: gettext_lazy("the provider does not know what was asked for"),
    408: gettext_lazy("the provider was too slow"),
    413: gettext_lazy("the message is too large for the provider"),
    422: gettext_lazy("the provider does not take this message"),
    425: gettext_lazy("the provider asks to come back later"),
    429: gettext_lazy("the provider asks to send more slowly"),
}
_KNOWN = [(re.compile(pattern), says) for pattern, says in _SAYS.items()]
_ANSWER = re.compile(r"(?P<what>HTTP (?P<status>\d{3}))(?:: [^(]*)?(?:\(its code (?P<code>[\d…]+)\))?")
_SERVER_ERRORS = 500


def said(kept: str) -> str:
    """What was kept, in words for who reads the page; blank where nothing was."""
    if not kept:
        return ""
    if found := _ANSWER.fullmatch(kept):
        return _of_answer(found)
    for pattern, says in _KNOWN:
        if found := pattern.fullmatch(kept):
            return str(says) % found.groupdict() if "%(" in str(says) else str(says)
    return _("not known to this release: %(kept)s") % {"kept": kept}


def withdrawn(because: str) -> str:
    """Why something was withdrawn, in words; as it is kept where there are none for it."""
    return str(WITHDRAWN[Reason(because)]) if because in set(Reason) else because


def _of_answer(found: re.Match[str]) -> str:
    status, code = int(found["status"]), found["code"]
    if status >= _SERVER_ERRORS:
        says = _("the provider has a problem of its own")
    else:
        says = str(_OF_STATUS.get(status) or _("the provider refuses this message"))
    return f"{says} ({found['what']}{f', {code}' if code else ''})"
