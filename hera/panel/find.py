"""The search on every page: people by permission, pages of the menu, and short help."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from hera.core.folding import folded
from hera.core.ports import Action
from hera.panel import audit, menu, topics
from hera.people import masking
from hera.people.filter import filter_for
from hera.people.selectors import page_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PEOPLE = 10
LONGEST = 100


@dataclass(frozen=True)
class Person:
    """Somebody who was found."""

    pk: int
    name: str
    number: str


@dataclass(frozen=True)
class Help:
    """A help text, with the address of the page that it is about; blank where there is none."""

    title: str
    text: str
    link: str


@dataclass
class Found:
    """What was found. `is_more`: more people than are shown. `people_are_masked`: nobody is looked for."""

    people: list[Person] = field(default_factory=list)
    pages: list[tuple[str, str]] = field(default_factory=list)
    topics: list[Help] = field(default_factory=list)
    is_more: bool = False
    people_are_masked: bool = False


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """What was asked for; nothing asked: all pages and all help."""
    asked = " ".join(request.GET.get("q", "")[:LONGEST].split())
    found = _found(request, asked)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Search"),
        "is_search_page": True,  # which has the field itself, and none in its header
        "asked": asked,
        "found": found,
        "query": urlencode({"find": asked}),
    }
    return render(request, "panel/find.html", context)


def _found(request: HttpRequest, asked: str) -> Found:
    entries = [(str(item["title"]), item["link"]) for group in menu.navigation(request) for item in group["items"]]
    links = {link for _title, link in entries}
    found = Found(people_are_masked=masking.for_viewer(request.user).is_on)
    words = folded(asked).split()
    found.pages = [(title, link) for title, link in entries if _has(title, words)]
    for topic in topics.TOPICS:
        link = reverse(topic.page) if topic.page else ""
        if (not link or link in links) and _has(f"{topic.title} {topic.text}", words):
            found.topics.append(Help(str(topic.title), str(topic.text), link))
    if asked and not found.people_are_masked:
        _find_people(request, asked, found)
    return found


def _find_people(request: HttpRequest, asked: str, found: Found) -> None:
    """The newest whom a number or a name finds, in bounded time; it is in the trail as their list is."""
    form = filter_for(request.user, {"find": asked})
    if not form.is_valid():
        return
    shown = page_of(form)
    mask = masking.OPEN
    found.people = [
        Person(user.pk, mask.name(user.profile.name), mask.number(user.username)) for user in shown.users[:PEOPLE]
    ]
    found.is_more = shown.count > len(found.people) or not shown.is_all
    counts = {"found": shown.count, "shown": len(found.people), "masked": False}
    audit.record(request, Action.VIEW, about="people, search", criteria=form.criteria(), **counts)


def _has(text: str, words: list[str]) -> bool:
    """Whether each word begins a word of the text."""
    begun = [word.strip("?.,:;()؟،") for word in folded(text).split()]
    return all(any(one.startswith(word) for one in begun) for word in words)
