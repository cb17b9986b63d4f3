"""S6: a person has so many children and pregnancies at most, however she asks."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.conf import settings

from hera.api import sessions
from hera.child_health import services
from hera.child_health.models import Child, Pregnancy
from hera.core import clock
from tests.families import make_child, make_pregnancy, make_user
from tests.threads import at_once

CHILD = {"name": "Leyla", "date_of_birth": "2026-01-01", "gender": "FEMALE"}
PREGNANCY = {"declared_pregnancy_week": 12, "declared_number_of_prenatal_visits": 0}


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(
        settings, "HERA", dataclasses.replace(settings.HERA, children_per_person=3, pregnancies_per_person=2)
    )


def test_s6_the_defaults():
    assert (settings.HERA.children_per_person, settings.HERA.pregnancies_per_person) == (20, 10)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The number of children of one person in HERA is limited to 3. Please ask your health team."),
        ("tr", "HERA'da bir kişinin çocuk sayısı en çok 3 olabilir. Lütfen sağlık ekibinize sorun."),
        ("ar", "لا يزيد عدد أطفال الشخص الواحد في HERA على 3. يرجى سؤال فريقك الصحي."),
        ("ps", "په HERA کې د یوه کس د ماشومانو شمېر تر 3 پورې دی. مهرباني وکړئ له خپلې روغتیایي ډلې وپوښتئ."),
        ("prs", "شمار کودکان یک نفر در HERA حداکثر 3 است. لطفاً از تیم صحی خود بپرسید."),
    ],
)
def test_s6_one_child_too_many_is_refused_with_a_sentence(client, few, language, sentence):
    user = make_user()
    for _ in range(3):
        make_child(user, clock.now().date())
    headers = {"Authorization": f"Token {sessions.begin(user)}", "Accept-Language": language}
    answer = client.post("/children/", CHILD, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (400, sentence)
    child = Child.objects.filter(user=user).first()
    edited = client.patch(f"/children/{child.pk}/", {"name": "Amina"}, content_type="application/json", headers=headers)
    assert edited.status_code == 200, "what she has can be corrected"


@pytest.mark.django_db
def test_s6_one_pregnancy_too_many_is_refused_with_a_sentence(client, monkeypatch):
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, pregnancies_per_person=1))
    user = make_user()
    headers = {"Authorization": f"Token {sessions.begin(user)}"}
    make_pregnancy(user, clock.now().date() - dt.timedelta(days=600), clock.now().date())
    answer = client.post("/pregnancies/", PREGNANCY, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "The number of pregnancies of one person in HERA is limited to 1. Please ask your health team."
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Child, Pregnancy])
def test_s6_sixteen_phones_at_once_do_not_exceed_it(few, model):
    user = make_user()

    def is_refused(_place):
        try:
            if model is Child:
                services.save_child(
                    Child(user=user, name="Leyla", date_of_birth=clock.now().date(), gender="FEMALE"), []
                )
            else:
                services.declare_pregnancy(user, services.Declaration(12, None, 0))
        except services.TooMany:
            return True
        return False

    refused = sum(at_once(16, is_refused))
    # Of pregnancies one runs: whoever comes later corrects it.
    assert (model.objects.count(), refused) == ((3, 13) if model is Child else (1, 0))
