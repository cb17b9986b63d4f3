"""Accounts of staff, their roles, and what other packages put into the panel by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework.authtoken.models import TokenProxy
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm

from hera.core.ports import Action, audit_trail
from hera.panel import accounts, audit_admin, names, sign_in, verbose_names
from hera.panel import second_factor as factors
from hera.panel.models import Authenticator, Passkey, RecoveryCodes

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

__all__ = ["RoleAdmin", "StaffAdmin", "audit_admin"]

# Keys to other people's phones and accounts (tokens, seeds of second factors) are for nobody to read; a task is a
# list of message ids, and messages have a page of their own.
for model in (TokenProxy, StaticDevice, TOTPDevice, ProcrastinateJob, User, Group):
    admin.site.unregister(model)


class NewAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Somebody new: who she is and what she may do. She chooses her password herself."""

    class Meta:
        model = User
        fields = ("username", "email", "first_name", "last_name", "groups")

    def clean_username(self) -> str:
        """One spelling: two accounts whose names look alike are one too many."""
        return _free_name(self.cleaned_data["username"])


class AccountForm(UserChangeForm):  # type: ignore[misc]
    """An account that is there. Its name may stay as it was typed once."""

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        return name if name == self.initial.get("username") else _free_name(name, self.instance.pk)


class TickBoxes:
    """Part of an admin class: several are chosen by ticking, which a keyboard and a screen reader can do."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


verbose_names.call(Authenticator, gettext_lazy("authenticator"), gettext_lazy("authenticators"))
verbose_names.call(RecoveryCodes, gettext_lazy("set of recovery codes"), gettext_lazy("sets of recovery codes"))
verbose_names.call(Passkey, gettext_lazy("passkey"), gettext_lazy("passkeys"))


@admin.register(User)
class StaffAdmin(TickBoxes, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    """Accounts that may open the panel. Mothers are accounts too, and are not listed here."""

    form = AccountForm
    add_form = NewAccountForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "is_active", "is_superuser"]
    list_filter = ["is_active", "groups"]
    add_fieldsets = ((None, {"fields": ("username", "email", "first_name", "last_name", "groups")}),)
    actions_detail = ["invite", "reset_second_factor"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Who is no superuser neither sees nor changes those who are."""
        staff: QuerySet[User] = super().get_queryset(request).filter(is_staff=True)
        return staff if _is_superuser(request) else staff.filter(is_superuser=False)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        may = ("is_active", "is_superuser", "groups") if _is_superuser(request) else ("is_active", "groups")
        return (
            (None, {"fields": ("username",)}),  # a password is set by its owner, by a link
            (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email")}),
            (gettext_lazy("Roles"), {"fields": may}),
        )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Django's page on which one account sets another's password, or her own without the old one: there is none."""
        raise Http404

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> User:
        user: User = super().save_form(request, form, change)
        return user if change else accounts.as_new(user)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        self._show_link(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def audit_detail(self, obj: User) -> dict[str, Any]:
        return {"roles": _roles(obj), "is_active": obj.is_active}

    @action(description=gettext_lazy("New link to set a password"), permissions=["change"])  # type: ignore[untyped-decorator]
    def invite(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = self._chosen(request, object_id)
        if not sign_in.is_fresh(request):
            return _ask_second_factor(request)
        if request.method != "POST":
            says = _("She gets a new link with which she sets a password. Her present password opens until then.")
            return self._ask(request, user, _("New link to set a password"), says)
        audit_trail().record(request, Action.CHANGE, about=f"auth.user {user.pk}", link=True)
        self._show_link(request, user)
        return redirect("admin:auth_user_change", user.pk)

    @action(description=gettext_lazy("Reset the second factor"), permissions=["reset"])  # type: ignore[untyped-decorator]
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """For who has lost her phone and her recovery codes. She and the administrator are told."""
        user, me = self._chosen(request, object_id), cast("User", request.user)
        if not factors.may_reset(me, user):
            raise PermissionDenied
        if not sign_in.is_fresh(request):
            return _ask_second_factor(request)
        if request.method != "POST":
            says = _(
                "Make sure that it is she who asks: call her, or see her. Her authenticator, passkeys and recovery"
                " codes open nothing any more, and at her next sign-in she sets up new ones. She is told that you"
                " did it."
            )
            return self._ask(request, user, _("Reset the second factor"), says)
        factors.reset(user, by=me)
        audit_trail().record(request, Action.CHANGE, about=f"auth.user {user.pk}", second_factor="reset")
        done = _("You reset the second factor of %(name)s. It is in the audit trail, and she is told at her sign-in.")
        messages.warning(request, done % {"name": user.get_username()})
        return redirect("admin:auth_user_change", user.pk)

    def has_invite_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.has_change_permission(request)

    def has_reset_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.has_change_permission(request) and str(request.user.pk) != str(object_id)

    def _chosen(self, request: HttpRequest, object_id: str) -> User:
        user: User | None = self.get_object(request, object_id)
        if user is None or not self.has_change_permission(request, user):
            raise Http404
        return user

    def _ask(self, request: HttpRequest, user: User, title: str, says: str) -> HttpResponse:
        """Nothing is done by opening an address: it is asked first."""
        context = {**self.admin_site.each_context(request), "title": title, "says": says, "account": user}
        return render(request, "panel/confirm.html", context)

    def _show_link(self, request: HttpRequest, user: User) -> None:
        link = request.build_absolute_uri(accounts.set_up_path(user))
        told = _("Give her this link; it opens once, within three hours: %(link)s") % {"link": link}
        messages.warning(request, told)


@admin.register(Group)
class RoleAdmin(TickBoxes, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    pass


def _free_name(typed: str, but: int | None = None) -> str:
    if names.is_a_number(typed):
        raise forms.ValidationError(_("A phone number is no name of an account: take an e-mail address."))
    if names.is_taken(typed, but):
        raise forms.ValidationError(_("There is an account with this name already."))
    return names.canonical(typed)


def _ask_second_factor(request: HttpRequest) -> HttpResponse:
    """For ways into an account: who finds an open browser does not make herself one."""
    return redirect(f"{reverse('admin:second_factor')}?{urlencode({'next': request.path})}")


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_superuser)


def _roles(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))
