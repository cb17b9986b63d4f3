"""Choosing people by where they go: a centre or a district, on the list, as chips, in segments and messages."""

from __future__ import annotations

import pytest

from hera.campaigns import segments
from hera.campaigns.models import Segment
from hera.core import clock
from hera.health_center.models import CenterOfPerson, HealthCenter
from hera.panel import roles
from hera.people.filter import PeopleFilter
from hera.people.selectors import chosen, page_of
from tests.families import make_user, of_an_earlier_month

pytestmark = pytest.mark.django_db
LIST = "/admin/custom_user/customuser/"


@pytest.fixture
def places():
    """Two centres of Fatih and one without a district, each with a person who goes there; and one who goes nowhere."""
    made = [
        HealthCenter.objects.create(name=name, address="x", geolocation="41,28", district=district)
        for name, district in (("Aksaray", "Fatih"), ("Balat", "Fatih"), ("Mobile team", ""))
    ]
    people = [make_user(name=center.name) for center in made]
    for person, center in zip(people, made, strict=True):
        CenterOfPerson.objects.create(user=person, center=center, set_at=clock.now())
    return made, people, make_user(name="Nowhere")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"district": "Fatih"}, [0, 1]),
        ({"center": 0}, [0]),
        ({"center": 2}, [2]),
        ({"district": "Fatih", "center": 1}, [1]),
        ({"district": "Fatih", "center": 2}, []),
        ({"district": "Gone"}, []),
    ],
)
def test_it_finds_who_goes_there(places, asked, found):
    centers, people, _nowhere = places
    criteria = {name: str(centers[value].pk) if name == "center" else value for name, value in asked.items()}
    assert list(chosen(criteria).order_by("pk")) == [people[number] for number in found]
    form = PeopleFilter(criteria)
    assert form.is_valid()
    assert sorted(user.pk for user in page_of(form).users) == sorted(people[number].pk for number in found)


def test_a_centre_that_is_gone_finds_nobody_and_a_kept_filter_stays_readable(places):
    segment = Segment.objects.create(title="A", criteria={"center": "987654"})
    assert segments.count(segment) == 0
    for odd in ("x", "9" * 40, "-1", "١"):
        form = PeopleFilter({"center": odd})
        assert form.is_valid()
        assert page_of(form).users == []


def test_the_list_offers_it_and_says_it_in_words(signed_in, places, django_assert_max_num_queries):
    centers, people, _nowhere = places
    client = signed_in(roles.CASE_WORKER)
    with django_assert_max_num_queries(18):
        page = client.get(LIST, {"center": centers[1].pk}).text
    assert '<optgroup label="Fatih">' in page
    assert "Health centre: <bdi>Balat</bdi>" in page
    assert f"{people[1].pk}/change/" in page
    assert f"{people[0].pk}/change/" not in page
    assert "District: <bdi>Fatih</bdi>" in client.get(LIST, {"district": "Fatih"}).text


def test_a_researcher_cannot_ask_for_the_few_of_a_place(signed_in, places):
    centers, people, _nowhere = places
    of_an_earlier_month()
    page = signed_in(roles.RESEARCHER).get(LIST, {"center": centers[0].pk}).text
    assert 'name="center"' not in page
    assert all(f"{person.pk}/change/" in page for person in people)


def test_a_segment_is_of_a_district(signed_in, places):
    client = signed_in(roles.PROGRAMME_ADMIN)
    client.post("/admin/campaigns/segment/add/", {"title": "Fatih", "district": "Fatih"})
    segment = Segment.objects.get()
    assert (segment.criteria, segment.sizes.get().people) == ({"district": "Fatih"}, 2)
    assert "District: Fatih" in client.get("/admin/campaigns/segment/").text
