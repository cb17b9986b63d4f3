"""People in the panel: found by a filter that is also a link, and one page each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from hera.api.errors import TooManyRequests
from hera.core import phone_numbers
from hera.core.ids import id_in
from hera.core.limits import LimitReached
from hera.core.ports import Action, audit_trail
from hera.health_center.selectors import center_of
from hera.people import accounts, masking, offers, person
from hera.people.admin import centre, printed_card, worklist
from hera.people.filter import filter_for
from hera.people.rights import may_correct, may_register
from hera.people.selectors import closed_accounts, page_of, too_few
from hera.people.summaries import summaries_of
from hera.user_profile.models import SetAsideAccount
from hera.user_profile.number_changes import NumberTaken

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import URLPattern


@admin.register(apps.get_model("custom_user", "CustomUser"))
class PeopleAdmin(ModelAdmin):  # type: ignore[misc]
    """The list and the page are HERA's own: Django's would count a million people on each."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.has_perm(masking.SEE) or request.user.has_perm(masking.SEE_MASKED)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A person signs up with her phone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """The list and a page: what Django has besides (history, deletion) is not masked, and nothing is done there."""
        wrap, name = self.admin_site.admin_view, "custom_user_customuser_{}".format
        return [
            path("", wrap(self.changelist_view), name=name("changelist")),
            path("<path:object_id>/account/", wrap(self.account_view), name=name("account")),
            path("<path:object_id>/centre/", wrap(centre.page), name=name("centre")),
            path("<path:object_id>/card/", wrap(printed_card.page), name=name("card")),
            path("<path:object_id>/change/", wrap(self.change_view), name=name("change")),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form, mask = filter_for(request.user, request.GET), masking.for_viewer(request.user)
        offered = [offer for offer in offers.shown_to(request) if offer.template]
        few = too_few(form) if form.is_valid() else ""
        found = page_of(form, after=request.GET.get("after", "")) if form.is_valid() and not few else None
        if few:
            audit_trail().record(request, Action.VIEW, about="people, list", criteria=form.criteria(), masked=True)
        if found:
            counts = {"found": found.count, "shown": len(found.users), "masked": mask.is_on}
            audit_trail().record(request, Action.VIEW, about="people, list", criteria=form.criteria(), **counts)
        context = {
            **self.admin_site.each_context(request),
            "title": _("People"),
            "form": form,
            "found": found,
            "too_few": few,
            "rows": summaries_of(found.users, mask) if found else [],
            "mask": mask,
            "criteria": urlencode(form.criteria()) if found else "",
            "chips": [(label, value, urlencode(others)) for label, value, others in form.shown()]
            if found or few
            else [],
            "closed": [(user.pk, _called(user)) for user in closed_accounts(form)] if found and not mask.is_on else [],
            "may_correct": may_correct(request),
            "may_register": may_register(request),
            "offers": offered,
            "ticks_for": next((offer.ticks_for for offer in offered if offer.ticks_for), ""),
        }
        return render(request, "people/list.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        mask = masking.for_viewer(request.user)
        shown = User.objects.filter(mask.was_told("date_joined"), is_staff=False)
        user = shown.select_related("profile").filter(pk=id_in(object_id)).first()
        if user is None:
            raise Http404
        record = person.record_of(user, mask)
        audit_trail().record(request, Action.VIEW, about="person", person=user.pk, masked=mask.is_on)
        aside = None if user.is_active or mask.is_on else SetAsideAccount.objects.filter(user=user).first()
        context = {
            **self.admin_site.each_context(request),
            "title": record.name if not mask.is_on else " ".join([_("Person"), str(user.pk)]),
            "record": record,
            "mask": mask,
            "may_change": may_correct(request),
            "may_change_account": _may_change(request) and not user.is_superuser,
            "set_aside": aside,
            "sees_codes": request.user.has_perm("delivery.view_message"),
            "has_its_number": accounts.has_its_number(user) if aside else None,
            "set_aside_from": [] if mask.is_on else accounts.set_aside_from(user),
            "offers": [offer.of_one for offer in offers.shown_to(request) if offer.of_one],
            "centre": centre.said(center_of(user)) if may_correct(request) else "",
            "contacts": worklist.contacts_of(user) if may_correct(request) else [],
            "contact_form": worklist.ContactForm() if may_correct(request) else None,
        }
        return render(request, "people/person.html", context)

    def account_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Closes her account, opens it again, or moves it to another number: each by one button, and written down."""
        if request.method != "POST" or not _may_change(request):
            raise PermissionDenied
        user = get_object_or_404(User, is_staff=False, is_superuser=False, pk=id_in(object_id))
        deed = request.POST.get("deed", "")
        if deed == "give_back":
            return self._give_back(request, user)
        if deed in ("close", "open") and not SetAsideAccount.objects.filter(user=user).exists():
            if accounts.set_open(user, is_open=deed == "open"):
                audit_trail().record(request, Action.CHANGE, about="account", person=user.pk, is_open=deed == "open")
            told = _("The account is open.") if deed == "open" else _("The account is closed. Nothing is sent to it.")
            messages.success(request, told)
        elif deed == "move":
            try:
                site = request.build_absolute_uri("/").rstrip("/")
                former = accounts.move_to(user, request.POST.get("number", ""), site=site)
            except (phone_numbers.InvalidPhoneNumber, NumberTaken) as problem:
                messages.error(request, str(problem))
            except LimitReached as reached:
                messages.error(request, str(TooManyRequests(reached.retry_after, reached.says).detail))
            else:
                values = {"number": (former, user.username)}
                audit_trail().record_change(request, about="account", person=user.pk, values=values)
                messages.success(request, _("The account has its new number. She signs in with that."))
        return redirect("admin:custom_user_customuser_change", user.pk)

    def _give_back(self, request: HttpRequest, user: User) -> HttpResponse:
        """What was set aside goes to whoever has its number now, where staff say that she is the same person."""
        former, holder = user.pk, user
        if request.POST.get("is_same"):
            try:
                holder = accounts.give_back(user)
            except SetAsideAccount.DoesNotExist:
                raise Http404 from None
            except accounts.NobodyHasTheNumber as problem:
                messages.error(request, str(problem))
            else:
                audit_trail().record(request, Action.CHANGE, about="account", person=holder.pk, given_back=former)
                messages.success(request, _("She has her former records again."))
        else:
            messages.error(request, _("Please say that it is the same person."))
        return redirect("admin:custom_user_customuser_change", holder.pk)


def _called(user: User) -> str:
    """The number or name of an account that was closed; of one that has neither its id."""
    name = user.profile.name if hasattr(user, "profile") else ""
    return phone_numbers.shown(user.username) or masking.OPEN.name(name) or str(user.pk)


def _may_change(request: HttpRequest) -> bool:
    """Whether this member of staff corrects records of people whom she sees."""
    return request.user.has_perms(["child_health.change_child", "user_profile.change_userprofile", masking.SEE])
