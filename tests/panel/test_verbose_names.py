"""The panel in the language of whoever works with it: also what Django takes from names in the code."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.utils import translation

from hera.child_health.models import Vaccine
from hera.config import LANGUAGES
from hera.panel import verbose_names
from tests.staff import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel(client):
    sign_in(client, User.objects.create_superuser("root@example.org"))

    def read(address, language):
        answer = client.get(address, headers={"Accept-Language": language})
        assert answer.status_code == 200
        return answer.content.decode()

    return read


@pytest.mark.parametrize(
    ("language", "words", "menu"),
    [
        ("en", ["Applicable for male", "Vaccine doses", "Week age"], "Vaccines"),
        ("tr", ["Erkek çocuklara yapılır", "Aşı dozları", "Kaçıncı haftada"], "Aşılar"),
        ("ar", ["يُعطى للذكور", "جرعات اللقاح", "العمر بالأسابيع"], "اللقاحات"),
        ("ps", ["هلکانو ته ورکول کېږي", "د واکسین ډوزونه"], "واکسینونه"),
        ("prs", ["برای پسران", "دوزهای واکسین"], "واکسین‌ها"),
    ],
)
def test_forms_and_menus_speak_the_reader_s_language(panel, programme, language, words, menu):
    page = panel(f"/admin/child_health/vaccine/{Vaccine.objects.first().pk}/change/", language)
    for word in words:
        assert word in page
    assert menu in panel("/admin/", language)
    if language != "en":
        assert "Applicable for male" not in page
        assert "Week age" not in page


def test_every_model_of_ours_in_the_panel_has_its_labels_translated():
    shown = {model for model in admin.site._registry if model.__module__.startswith("hera.")}
    assert shown <= set(verbose_names.translated)
    for language in set(LANGUAGES) - {"en"}:
        with translation.override(language):
            catalogue = translation.trans_real.catalog()
            for model in verbose_names.translated:
                with translation.override("en"):
                    texts = list(verbose_names.labels_of(model))
                assert [text for text in texts if text not in catalogue._catalog] == [], (language, model)
