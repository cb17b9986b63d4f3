"""The cards of a person's children as a file to print, from her page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from hera.core.ids import id_in
from hera.core.ports import Action, audit_trail
from hera.people.printed_card import NoChildren, printed
from hera.people.rights import may_correct

if TYPE_CHECKING:
    from django.http import HttpRequest


def page(request: HttpRequest, object_id: str) -> HttpResponse:
    """The file; where there is nothing to print, her page says so."""
    if not may_correct(request):
        raise PermissionDenied
    person = get_object_or_404(User.objects.select_related("profile"), is_staff=False, pk=id_in(object_id))
    try:
        content = printed(person)
    except NoChildren as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:custom_user_customuser_change", args=[person.pk]))
    audit_trail().record(request, Action.EXPORT, about="card, printed", person=person.pk)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="card-{person.pk}.pdf"'
    return answer
