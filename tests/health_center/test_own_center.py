"""Where a mother goes, as her app asks for it."""

from __future__ import annotations

from hera.health_center.models import HealthCenter
from hera.health_center.services import set_center


def test_she_is_told_her_centre_and_nobody_else_is(mother, live_server):
    assert mother.get("/users/me/center/").expect(200) == {"center": None}
    center = HealthCenter.objects.create(name="Fatih", address="Kıztaşı 1", geolocation="41.0,28.9")
    set_center(mother.user, center)
    told = {"id": center.pk, "name": "Fatih", "address": "Kıztaşı 1", "geolocation": "41.0,28.9"}
    assert mother.get("/users/me/center/").expect(200) == {"center": told}
    mother.http.headers.pop("Authorization")
    assert mother.get("/users/me/center/").status == 401
