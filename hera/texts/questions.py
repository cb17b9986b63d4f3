"""A form that asks once more before it does something unusual."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.utils.translation import gettext as _


class QuestionedForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whoever saves it is asked what `questions` say, and saves again if she means it.

    The field `confirmed` has to be among the fields of the page. It holds what was asked, so that only that is
    confirmed: other values, or another effect than the one read, are asked about anew.
    """

    confirmed = forms.CharField(label="", required=False, widget=forms.HiddenInput)

    def questions(self) -> list[str]:
        """What staff should think of before this is saved; called for values that are right."""
        return []

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        asked = [] if self.errors else self.questions()
        if asked:
            token = hashlib.sha256("\n".join(asked).encode()).hexdigest()
            name = self.add_prefix("confirmed")
            if self.data.get(name) != token:
                data = self.data.copy()  # type: ignore[attr-defined]
                data[name] = token
                self.data = data
                self.add_error(None, forms.ValidationError([*asked, _("Save again if this is what you want.")]))
        return cleaned
