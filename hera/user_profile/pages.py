"""Where the text to a former number leads: take the change back, or say that it was right. No cookie, no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from hera.user_profile import number_changes

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@csrf_exempt  # the link is what proves who asks; the browser holds nothing that a page elsewhere could use
@never_cache
def my_number(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows, since programs that look at links before people do must change nothing; POST acts."""
    change = number_changes.find(token)
    if change is None:
        says = _("This link is not valid any more. Please ask your health team.")
        return render(request, "user_profile/my_number.html", {"says": says}, status=404)
    step, says = request.POST.get("step", "") if request.method == "POST" else "", ""
    if step == "take_back":
        try:
            number_changes.take_back(change)
        except number_changes.TooLate as reason:
            says = str(reason)
        else:
            says, change = _("Your account has its former number again. All phones are signed out."), None
    elif step == "confirm":
        number_changes.confirm(change)
        says, change = _("Thank you. Your account stays with the new number."), None
    context = {
        "says": says,
        "change": change,
        "can_be_taken_back": change is not None and number_changes.can_be_taken_back(change),
    }
    return render(request, "user_profile/my_number.html", context)
