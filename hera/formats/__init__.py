"""How the panel writes dates in lists and forms, one module a language: as `texts.written_dates` does."""

from __future__ import annotations

from django.utils.translation import gettext_noop

# By these Django looks for names of months in lists and forms; it has none in Pashto and Dari.
OF_DJANGO = (
    gettext_noop("January"),
    gettext_noop("February"),
    gettext_noop("March"),
    gettext_noop("April"),
    gettext_noop("May"),
    gettext_noop("June"),
    gettext_noop("July"),
    gettext_noop("August"),
    gettext_noop("September"),
    gettext_noop("October"),
    gettext_noop("November"),
    gettext_noop("December"),
)
