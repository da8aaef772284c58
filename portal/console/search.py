"""Search in the top bar: users, groups, invitations and pages, a few of each while one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.console import navigation
from portal.console.blades import TenantRequest
from portal.hooks import Hook

HITS_OF_EACH = 5
"""How many hits of each kind the list under the field shows."""
MAXIMUM_CHARACTERS = 320


@dataclass(frozen=True)
class Hit:
    """One thing that was found: its name, what else tells it apart, where it opens."""

    name: str | Promise
    url: str
    about: str | Promise = ""
    icon: str = ""
    badge: tuple[str, str | Promise] | None = None
    """The kind of a badge and its text."""


@dataclass(frozen=True)
class SearchSource:
    """A kind of things that the search finds.

    `find(request, text, count)` gives up to `count` hits that the user of the request may see;
    `all_url(request, text)` the list with all of them, or an empty string.
    """

    label: str | Promise
    find: Callable[[TenantRequest, str, int], Sequence[Hit]]
    all_url: Callable[[TenantRequest, str], str] = lambda _request, _text: ""


SEARCH_SOURCES: Hook[SearchSource] = Hook("search sources")


@dataclass(frozen=True)
class HitSection:
    """The hits of one kind; `has_more` says that the list was cut."""

    label: str | Promise
    hits: Sequence[Hit]
    has_more: bool
    all_url: str


def search_everything(request: TenantRequest, text: str) -> list[HitSection]:
    """What every source finds for `text`, without the empty ones; few queries for each."""
    text = " ".join(text.split())[:MAXIMUM_CHARACTERS]
    if not text:
        return []
    sections = []
    for source in SEARCH_SOURCES:
        hits = source.find(request, text, HITS_OF_EACH + 1)
        if hits:
            has_more = len(hits) > HITS_OF_EACH
            all_url = source.all_url(request, text)
            sections.append(HitSection(source.label, hits[:HITS_OF_EACH], has_more, all_url))
    return sections


def _find_pages(request: TenantRequest, text: str, count: int) -> list[Hit]:
    """The pages of the menus with a word that begins so."""
    beginning = text.casefold()
    hits = []
    for service, _first in navigation.services_for(request.user):
        for entry in navigation.entries_for(request.user, service.name):
            name = str(entry.label).casefold()
            if name.startswith(beginning) or f" {beginning}" in name:
                url = reverse(entry.url_name)
                hits.append(Hit(entry.label, url, about=service.label, icon=entry.icon))
    return hits[:count]


SEARCH_SOURCES.register("pages", SearchSource(_("Pages and settings"), _find_pages), order=900)
