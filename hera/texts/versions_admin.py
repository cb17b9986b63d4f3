"""The page of a record's earlier texts: who changed what, old and new side by side, and back to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from hera.core.ids import id_in
from hera.core.ports import Action, audit_trail
from hera.texts import versions

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from hera.texts.versions import Texts


class VersionedTexts:
    """Part of an admin class whose records have texts in five languages: each change of them is kept as a version."""

    def texts_of(self, record: Any) -> Texts:
        """The texts of a record as the database has them."""
        raise NotImplementedError

    def set_texts(self, record: Any, texts: Texts) -> None:
        """Write these texts; languages that are not among them stay.

        Raises:
            Refused: if they would not go out right any more.
        """
        raise NotImplementedError

    def label_of_text(self, name: str) -> str:
        """What a text is called."""
        raise NotImplementedError

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = self.texts_of(form.instance) if change else {}
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        versions.note(form.instance, before, self.texts_of(form.instance), request.user.get_username())

    @action(description=gettext_lazy("Earlier texts"), url_path="versions", permissions=["change"])  # type: ignore[untyped-decorator]
    def earlier_texts(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The versions; posted, one of them comes back, as a new one."""
        record = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if record is None or not self.has_change_permission(request, record):  # type: ignore[attr-defined]
            raise Http404
        if request.method == "POST":
            self._back(request, record)
            return redirect(request.path)
        audit_trail().record(request, Action.VIEW, about=f"{record._meta.label_lower} {record.pk}, versions")
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Earlier texts of %(code)s") % {"code": record},
            "record": record,
            "back": f"admin:{record._meta.app_label}_{record._meta.model_name}_change",
            "versions": versions.shown(record, self.texts_of(record), self.label_of_text),
        }
        return render(request, "texts/versions.html", context)

    def _back(self, request: HttpRequest, record: Any) -> None:
        number = id_in(request.POST.get("version", ""))
        wanted = versions.texts_of(record, number)
        if wanted is None:
            raise Http404
        try:
            with transaction.atomic():
                before = self.texts_of(record)
                self.set_texts(record, wanted)
                after = self.texts_of(record)
                versions.note(record, before, after, request.user.get_username())
        except versions.Refused as reason:
            messages.error(request, str(reason))
            return
        about = f"{record._meta.label_lower} {record.pk}"
        audit_trail().record(request, Action.CHANGE, about=about, back_to_version=number)
        messages.success(request, _("These texts are in use again."))
        if after.keys() - wanted.keys():
            messages.info(request, _("Languages of which this version has no text were left as they are."))
