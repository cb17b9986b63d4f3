"""What a row of a table would change, as its preview shows it: letter by letter, as long as there is time for that."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.utils.encoding import force_str
from django.utils.safestring import SafeString
from import_export.resources import Diff, ModelResource, diff_match_patch

if TYPE_CHECKING:
    from django.db.models import Model

SECONDS = 3.0  # for all rows of a table; two addresses that have nothing in common take some hundredths of one
_OUT, _IN = diff_match_patch.DIFF_DELETE, diff_match_patch.DIFF_INSERT


class Changes(Diff):  # type: ignore[misc]
    """A row before and after; once the time of its table is spent, cells that changed are shown whole, old and new."""

    def __init__(self, resource: PreviewedResource, instance: Model, new: bool) -> None:
        super().__init__(resource, instance, new)
        self._resource = resource

    def as_html(self) -> list[SafeString]:
        pairs = zip(self.left, self.right, strict=True)
        return [self._shown("" if self.new and before != after else before, after) for before, after in pairs]

    def _shown(self, before: Any, after: Any) -> SafeString:
        compares, old, new = diff_match_patch(), force_str(before), force_str(after)
        compares.Diff_Timeout = self._resource.seconds_left
        if old == new or self._resource.seconds_left > 0:
            began = time.monotonic()
            found = compares.diff_main(old, new)
            compares.diff_cleanupSemantic(found)
            self._resource.seconds_left -= time.monotonic() - began
        else:
            found = [(kind, text) for kind, text in ((_OUT, old), (_IN, new)) if text]
        return SafeString(compares.diff_prettyHtml(found))


class PreviewedResource(ModelResource):  # type: ignore[misc]
    """Part of a resource whose rows may change long texts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seconds_left = SECONDS

    def get_diff_class(self) -> type[Changes]:
        return Changes
