"""The panel: nothing of it opens before a password and a second factor were given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from hera.core.throttles import LimitReached, client_address, forget, spend
from hera.custom_user import home, labels, sign_in
from hera.custom_user.audit import Audited
from hera.custom_user.dashboard import views as dashboard
from hera.custom_user.limits import GUESSES_AT_A_NAME, GUESSES_FROM_AN_ADDRESS

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


class HeraAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """The admin site of Django and Unfold, with HERA's sign-in and first page."""

    index_template = "custom_user/home.html"
    index_title = gettext_lazy("Overview")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """As Django's; changes made through the class are in the audit trail, and its labels are translated."""
        wanted = admin_class or ModelAdmin
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        for model in [*models, *(inline.model for inline in wanted.inlines)]:
            labels.translate(model)
        audited = type(wanted.__name__, (Audited, wanted), {"__doc__": wanted.__doc__})
        super().register(model_or_iterable, audited, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_permission(request) and request.user.is_verified())  # type: ignore[union-attr]

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("second_factor/", sign_in.second_factor, name="second_factor"),
            path("second_factor/enrol/", sign_in.enrol, name="enrol"),
            path("send_test/<int:pk>/", self.admin_view(self._send_test), name="send_test"),
            path("figures/", self.admin_view(dashboard.page), name="figures"),
        ]

    @staticmethod
    def _send_test(request: HttpRequest, pk: int) -> HttpResponse:
        # Imported when it is wanted: the module is of the admin classes, which need this site.
        from hera.custom_user.admin import own_phone_view  # noqa: PLC0415

        return own_phone_view.send_test(request, pk)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        answer: TemplateResponse = super().index(request, {**(extra_context or {}), **home.context(request)})
        return answer

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The password; then the second factor, for whoever has given the password."""
        if request.method == "GET" and super().has_permission(request) and not self.has_permission(request):
            following = {REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))}
            return HttpResponseRedirect(f"{reverse('admin:second_factor')}?{urlencode(following)}")
        name = request.POST.get("username", "").strip().lower()
        if request.method == "POST":
            try:
                spend(GUESSES_AT_A_NAME, name)
                spend(GUESSES_FROM_AN_ADDRESS, client_address(request))
            except LimitReached as reached:
                return sign_in.too_many_guesses(request, reached)
        answer: HttpResponse = super().login(request, extra_context)
        if request.method == "POST" and request.user.is_authenticated:
            forget(GUESSES_AT_A_NAME, name)
        if isinstance(answer, TemplateResponse):
            answer.headers["Cache-Control"] = "no-store"
        return answer
