"""The panel: nothing of it opens before a password and a second factor were given."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.sites import UnfoldAdminSite

from hera.core.limits import LimitReached
from hera.core.typed_fields import TypedFields
from hera.panel import brought_pages, dead_ends, first_page, guesses, own_second_factor, sign_in, verbose_names
from hera.panel.addresses import Bounded, BoundedImports
from hera.panel.audited import Audited
from hera.panel.imports import ImportAdmin
from hera.panel.protected import Protected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse


class LabelledFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows of a table on a page: each field says its name to who cannot see the head of the table."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs.setdefault("aria-label", str(field.label))


class HeraAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """The admin site of Django and Unfold, with HERA's sign-in and first page."""

    index_template = "panel/first_page.html"
    index_title = gettext_lazy("Overview")
    site_url = None  # what stands at / is for phones

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """As Django's, with what every page of the panel has: so no room has to import the panel.

        Changes made through the class are in the audit trail, and its labels are translated. Its addresses ask what its
        pages ask. Rows of tables are labelled. Digits are taken in any script. A class with `resource_classes` takes
        tables.
        """
        wanted = admin_class or ModelAdmin
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        for model in [*models, *(inline.model for inline in wanted.inlines)]:
            verbose_names.translate(model)
        for inline in wanted.inlines:
            if issubclass(inline, TabularInline) and not issubclass(inline.formset, LabelledFormSet):
                inline.formset = type(inline.formset.__name__, (LabelledFormSet, inline.formset), {})
        parts: tuple[type, ...] = (Bounded, Audited, Protected, TypedFields, wanted)
        tables = [type(inline.__name__, (TypedFields, inline), {}) for inline in wanted.inlines]
        body = {"__doc__": wanted.__doc__, "inlines": tables}
        if resources := getattr(wanted, "resource_classes", None):
            parts, body = (
                (Bounded, Audited, Protected, TypedFields, BoundedImports, ImportAdmin, wanted),
                {**body, "resource_classes": resources},
            )
        super().register(model_or_iterable, type(wanted.__name__, parts, body), **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_permission(request) and request.user.is_verified())  # type: ignore[union-attr]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(dead_ends.says_what_it_takes(view), cacheable)

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("second_factor/", sign_in.second_factor, name="second_factor"),
            path("second_factor/enrol/", sign_in.enrol, name="enrol"),
            *(self._opened(page) for page in (*own_second_factor.panel_urlpatterns, *brought_pages.panel_urlpatterns)),
            *map(self._opened, _pages_of_rooms()),
        ]

    def _opened(self, page: URLPattern) -> URLPattern:
        """A room's page, for whoever has signed in."""
        return URLPattern(page.pattern, self.admin_view(page.callback), page.default_args, page.name)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        answer: TemplateResponse = super().index(request, {**(extra_context or {}), **first_page.context(request)})
        return answer

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The password; then the second factor, for whoever has given the password."""
        if request.method == "GET" and super().has_permission(request) and not self.has_permission(request):
            following = {REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))}
            return HttpResponseRedirect(f"{reverse('admin:second_factor')}?{urlencode(following)}")
        name = request.POST.get("username", "")
        if request.method == "POST":
            try:
                guesses.spend(request, name)
            except LimitReached as reached:
                return sign_in.too_many_guesses(request, reached)
        answer: HttpResponse = super().login(request, extra_context)
        # Signed in by this very request: an earlier session says nothing of the name that is tried now.
        if request.method == "POST" and isinstance(answer, HttpResponseRedirect):
            guesses.forget(request, name)
            return HttpResponseRedirect(sign_in.following(request))
        if isinstance(answer, TemplateResponse):
            answer.headers["Cache-Control"] = "no-store"
        return answer


def _pages_of_rooms() -> Iterator[URLPattern]:
    """The `panel_urlpatterns` in the `urls` of every app: a room with a page needs no line here."""
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "urls") and app.name.startswith("hera."):
            yield from getattr(import_module(f"{app.name}.urls"), "panel_urlpatterns", ())
