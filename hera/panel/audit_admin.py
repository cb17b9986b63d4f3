"""The audit trail's pages: entries, what each changed, and the way back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action

from hera.panel import abouts, audit_values, undo
from hera.panel.models import AuditEntry
from hera.people import masking

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@admin.register(AuditEntry)
class AuditAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["at", "actor_name", "action", "what_about", "person", "address"]
    list_filter = ["action"]
    search_fields = ["actor_name", "=person"]
    date_hierarchy = None
    ordering = ["-id"]
    show_full_result_count = False
    fields = ("at", "actor_name", "action", "what_about", "person", "as_kept", "address")
    readonly_fields = ("what_about", "as_kept")
    actions_detail = ["take_back"]
    change_form_before_template = "panel/what_changed.html"

    @admin.display(description=gettext_lazy("About"), ordering="about")
    def what_about(self, entry: AuditEntry) -> str:
        return abouts.said(entry.about) or "-"

    @admin.display(description=gettext_lazy("detail"))
    def as_kept(self, entry: AuditEntry) -> str:
        """What else was noted, with the program's own words: it is what the chain vouches for."""
        kept = json.dumps(entry.detail, ensure_ascii=False, indent=1, sort_keys=True) if entry.detail else "–"
        return format_html('<code lang="en" dir="ltr" class="whitespace-pre-wrap">{}</code>', kept)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        entry = self._entry(request, object_id)
        found = undo.of(request, entry) if entry else None
        if found:
            changes = found.changes() + undo.as_written(found.rows)
        else:
            seen = entry is not None and request.user.has_perm(masking.SEE)
            changes = undo.as_written(audit_values.of(entry)) if entry and seen else []
        changed_since = found is not None and found.is_changed_since()
        shown = {**(extra_context or {}), "changes": changes, "is_changed_since": changed_since}
        answer: HttpResponse = super().change_view(request, object_id, form_url, shown)
        return answer

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """What was undone, or changed again, is not offered: the page says so."""
        entry = self._entry(request, object_id)
        found = undo.of(request, entry) if entry else None
        return [] if found and found.is_changed_since() else super().get_actions_detail(request, object_id)

    def has_undo_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whoever may see the trail and change the record, as long as what it was is kept."""
        entry = self._entry(request, object_id)
        return entry is not None and self.has_view_permission(request, entry) and undo.of(request, entry) is not None

    @action(description=gettext_lazy("Undo"), url_path="undo", permissions=["undo"])  # type: ignore[untyped-decorator]
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """First what becomes what; then, when that is confirmed, the deed."""
        entry = self._entry(request, object_id)
        found = undo.of(request, entry) if entry else None
        if entry is None or found is None:
            raise Http404
        if request.method == "POST":
            try:
                undo.take_back(request, entry)
            except undo.Refused as reason:
                messages.error(request, str(reason))
            else:
                messages.success(request, _("Undone. The record is again as it was before."))
            return redirect("admin:custom_user_auditentry_change", entry.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Undo this change?"),
            "entry": entry,
            "about": abouts.said(entry.about),
            "changes": found.changes(),
            "is_changed_since": found.is_changed_since(),
        }
        return render(request, "panel/undo.html", context)

    def _entry(self, request: HttpRequest, object_id: str | None) -> AuditEntry | None:
        entry: AuditEntry | None = self.get_object(request, object_id) if object_id else None
        return entry
