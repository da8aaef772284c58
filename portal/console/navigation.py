"""The service menu and the resource menus, filled by the rooms that own the pages.

A room registers its entries when the apps are ready; an entry without a page does not exist
(decision 12: no dead link).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal import permissions


@dataclass(frozen=True)
class Entry:
    """One page in a resource menu.

    `service` is the id of the service it belongs to, or the name of the menu that the pages of
    one object share (`user`). `url_name` is reversed without arguments, in a menu of one object
    with the arguments of the page; `capability` decides who sees it. `group` is a heading of
    the resource menu, empty for the entries on top; `order` sorts inside it.
    """

    service: str
    name: str
    label: str | Promise
    icon: str
    url_name: str
    capability: str
    group: str | Promise = ""
    order: int = 100


@dataclass(frozen=True)
class Service:
    """One entry of the service menu: a set of pages with a resource menu of their own.

    `section` is the heading in the service menu it stands under.
    """

    name: str
    label: str | Promise
    icon: str
    section: str | Promise
    order: int = 100


_services: dict[str, Service] = {}
_entries: dict[tuple[str, str], Entry] = {}


def register_service(service: Service) -> None:
    """Add a service; registering again replaces it."""
    _services[service.name] = service


def register(entry: Entry) -> None:
    """Add a page to a resource menu; registering again replaces it."""
    _entries[entry.service, entry.name] = entry


def service_named(name: str) -> Service:
    """The registered service.

    Raises: KeyError.
    """
    return _services[name]


def services_for(actor: permissions.Actor) -> list[tuple[Service, Entry]]:
    """The services `actor` may open, in order, each with the page it opens on."""
    found = []
    for service in sorted(_services.values(), key=lambda s: (s.order, s.name)):
        entries = entries_for(actor, service.name)
        if entries:
            found.append((service, entries[0]))
    return found


def entries_for(actor: permissions.Actor, service: str) -> list[Entry]:
    """The pages of `service` that `actor` may open, ungrouped ones first."""
    mine: Iterable[Entry] = (e for e in _entries.values() if e.service == service)
    allowed = [e for e in mine if permissions.may(actor, e.capability)]
    return sorted(allowed, key=lambda e: (bool(e.group), str(e.group), e.order, e.name))


def may_open(actor: permissions.Actor, url_name: str) -> bool:
    """Whether a page of a menu is open to `actor`; pages of no menu are."""
    entries = [e for e in _entries.values() if e.url_name == url_name]
    return all(permissions.may(actor, entry.capability) for entry in entries)


IDENTITY, MONITORING, SETTINGS = _("Identity"), _("Monitoring"), _("Tenant settings")
"""The sections of the service menu."""

_SECTION_ICONS = {IDENTITY: "people", MONITORING: "pulse", SETTINGS: "settings"}


def section_icon(section: str | Promise) -> str:
    """The icon of a section of the service menu."""
    icons = {str(label): icon for label, icon in _SECTION_ICONS.items()}
    return icons.get(str(section), "people")
