"""Who lives in the demo country, and what happens to whom: made up, the same for the same number of families."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

FAMILIES = 300  # of a new local database
DAYS = 730  # that the country has been there: day 0 is the first, DAYS is today
_WEEKS_OF_A_PREGNANCY = 40
_SEED = "the demo country"


class Story(StrEnum):
    """What becomes of a family; each comes in turn, so that twelve families have them all."""

    PREGNANT = "pregnant"
    PREGNANT_AGAIN = "pregnant again, with a child"
    BORN = "born, as she told"
    LOST = "lost"
    OVER = "moved, mistaken, or she did not say"
    ASKED = "overdue, and asked"
    CARD = "doses read off a card"
    TOLD = "doses told by the mother"
    TICKED = "vaccines ticked"
    PAUSED = "a child is paused"
    ENDED = "a child is ended"
    TWINS = "two children, and no pushes wanted"


@dataclass(frozen=True)
class Place:
    """Where people live and what they read: the numbers there (E.164 but for the last digits), and names."""

    language: str
    zone: str
    numbers: str
    digits: int
    mothers: tuple[str, ...]
    girls: tuple[str, ...]
    boys: tuple[str, ...]


_ARABIC = (("أمل", "هدى", "رنا", "سلمى", "نور"), ("ليلى", "مريم", "جنى"), ("يوسف", "عمر", "كريم"))
_DARI = (("پروین", "فرشته", "شکیلا", "ناهید"), ("زهرا", "مینا", "لیدا"), ("فرهاد", "جاوید", "نوید"))
PLACES = (
    Place(
        "tr", "Europe/Istanbul", "+905302", 6,
        ("Aylin", "Zeynep", "Elif", "Işıl", "Gülcan"), ("Defne", "Ece", "Duru"), ("Kerem", "Mert", "Ali"),
    ),
    Place("ar", "Europe/Istanbul", "+905303", 6, *_ARABIC),
    Place("ar", "Asia/Beirut", "+96171", 6, *_ARABIC),
    Place(
        "ps", "Asia/Kabul", "+93702", 6,
        ("زرغونه", "پلوشه", "سپوږمۍ", "ګلالۍ"), ("هیله", "وږمه"), ("توریالی", "زلمی"),
    ),
    Place("prs", "Asia/Kabul", "+93703", 6, *_DARI),
    Place("prs", "Asia/Tehran", "+98912", 7, *_DARI),
    Place(
        "en", "Europe/Berlin", "+49151", 8,
        ("Grace", "Amina", "Ruth", "Hodan"), ("Faith", "Sahra"), ("Samuel", "Daniel"),
    ),
)  # fmt: skip

# Name, district, coordinates.
HEALTH_CENTRES = (
    ("Demo Health Centre Fatih", "Fatih, İstanbul", "41.0186,28.9397"),
    ("Demo Health Centre Esenyurt", "Esenyurt, İstanbul", "41.0343,28.6801"),
    ("Demo Health Centre Şahinbey", "Şahinbey, Gaziantep", "37.0594,37.3825"),
    ("Demo Health Centre Seyhan", "Seyhan, Adana", "36.9914,35.3308"),
    ("Demo Health Centre Eyyübiye", "Eyyübiye, Şanlıurfa", "37.1400,38.7900"),
    ("Demo Health Centre Bourj Hammoud", "Bourj Hammoud, Beirut", "33.8937,35.5403"),
    ("Demo Health Centre Dasht-e Barchi", "District 13, Kabul", "34.4936,69.0833"),
    ("Demo Health Centre Injil", "Injil, Herat", "34.3529,62.2040"),
    ("Demo Health Centre Neukölln", "Neukölln, Berlin", "52.4811,13.4354"),
)


@dataclass(frozen=True)
class MadeUpChild:
    name: str
    gender: str
    age_when_joined: int  # days


@dataclass(frozen=True)
class Family:
    """A mother, what she says when she joins, and how she behaves."""

    place: Place
    number: str
    name: str
    born: dt.date
    story: Story
    joins: int  # the day, from 0 to DAYS
    week: int | None  # of her pregnancy when she joins
    ends: int | None  # the day on which its end is told
    children: tuple[MadeUpChild, ...]
    newborn: MadeUpChild | None
    reads: float  # how often she reads a notification, from 0 to 1
    answers: float  # how often she answers what she is asked
    turn: int  # how many families of this story came before
    centre: str  # where her children are vaccinated


def families(count: int) -> Iterator[Family]:
    """The first `count` families."""
    stories = list(Story)
    for number in range(count):
        chance = random.Random(f"{_SEED} {number}")  # noqa: S311  (names and ages, no secrets)
        turn, place_in_turn = divmod(number, len(stories))
        yield _family(number, stories[place_in_turn], turn, chance)


def _family(number: int, story: Story, turn: int, chance: random.Random) -> Family:
    place = PLACES[number % len(PLACES)]
    week, joins, ends = _pregnancy(story, chance)
    ages = _ages(story, chance)
    return Family(
        place=place,
        number=f"{place.numbers}{number + 100:0{place.digits}d}",
        name=chance.choice(place.mothers),
        born=dt.date(1984, 1, 1) + dt.timedelta(days=chance.randrange(7300)),
        story=story,
        joins=joins,
        week=week,
        ends=ends,
        children=tuple(_child(place, age, chance) for age in ages),
        newborn=_child(place, 0, chance) if story == Story.BORN else None,
        reads=chance.choice((0.0, 0.15, 0.4)),
        answers=1.0 if story == Story.ASKED else chance.choice((0.0, 0.3, 0.6)),
        turn=turn,
        centre=HEALTH_CENTRES[number % len(HEALTH_CENTRES)][0],
    )


def _pregnancy(story: Story, chance: random.Random) -> tuple[int | None, int, int | None]:
    """The week in which she joins, the day on which she does, and that on which the end is told."""
    week = chance.randrange(6, 19)
    ahead = 7 * (_WEEKS_OF_A_PREGNANCY - week)
    if story in {Story.PREGNANT, Story.PREGNANT_AGAIN}:
        return week, DAYS - chance.randrange(1, ahead - 30), None
    if story in {Story.BORN, Story.ASKED}:
        joins = chance.randrange(DAYS - ahead - 60)
        return week, joins, joins + ahead + chance.randrange(-14, 10) if story == Story.BORN else None
    if story in {Story.LOST, Story.OVER}:
        joins = chance.randrange(DAYS - 100)
        return week, joins, joins + chance.randrange(20, 70)
    return None, chance.randrange(DAYS - 120), None


def _ages(story: Story, chance: random.Random) -> list[int]:
    if story in {Story.PREGNANT, Story.LOST, Story.BORN, Story.OVER, Story.ASKED}:
        return []
    if story == Story.TICKED:
        return [chance.randrange(100, 420)]
    if story == Story.PREGNANT_AGAIN:
        return [chance.randrange(400, 700)]
    age = chance.randrange(3, 50)
    return [age, age] if story == Story.TWINS else [age]


def _child(place: Place, age: int, chance: random.Random) -> MadeUpChild:
    gender = chance.choice(("FEMALE", "MALE"))
    return MadeUpChild(chance.choice(place.girls if gender == "FEMALE" else place.boys), gender, age)
