"""The service menu and the resource menus, filled by the apps that own the pages.

An app registers its services and entries when the apps are ready; an entry without a
page does not exist (decision 12: no dead link).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal import permissions
from portal.hooks import Hook
from portal.permissions import Capability


@dataclass(frozen=True)
class Entry:
    """One page in a resource menu.

    `service` is the id of the service it belongs to, or the name of the menu that the pages of
    one object share (`user`). `url_name` is reversed without arguments, in a menu of one object
    with the arguments of the page; `capability` decides who sees it. `group` is a heading of
    the resource menu, empty for the entries on top.
    """

    service: str
    name: str
    label: str | Promise
    icon: str
    url_name: str
    capability: Capability
    group: str | Promise = ""


@dataclass(frozen=True)
class Service:
    """One entry of the service menu: a set of pages with a resource menu of their own.

    `section` is the heading in the service menu it stands under.
    """

    name: str
    label: str | Promise
    icon: str
    section: str | Promise


SERVICES: Hook[Service] = Hook("services")
ENTRIES: Hook[Entry] = Hook("entries of resource menus")


HOME = Service("home", _("Home"), "home", "")
"""Home and the search: pages of no menu."""
SERVICES.register(HOME.name, HOME, order=0)


def register_service(service: Service, *, order: int) -> None:
    """Add a service to the service menu."""
    SERVICES.register(service.name, service, order=order)


def register_entry(entry: Entry, *, order: int = 100) -> None:
    """Add a page to a resource menu; `order` sorts inside its group."""
    ENTRIES.register(f"{entry.service}.{entry.name}", entry, order=order)


def services_for(actor: permissions.Actor) -> list[tuple[Service, Entry]]:
    """The services `actor` may open, in order, each with the page it opens on."""
    found = []
    for service in SERVICES:
        entries = entries_for(actor, service.name)
        if entries:
            found.append((service, entries[0]))
    return found


def entries_for(actor: permissions.Actor, service: str) -> list[Entry]:
    """The pages of `service` that `actor` may open, ungrouped ones first."""
    mine: Iterable[Entry] = (e for e in ENTRIES if e.service == service)
    allowed = [e for e in mine if permissions.may(actor, e.capability)]
    return sorted(allowed, key=lambda e: (bool(e.group), str(e.group)))


def may_open(actor: permissions.Actor, url_name: str) -> bool:
    """Whether a page of a menu is open to `actor`; pages of no menu are."""
    entries = [e for e in ENTRIES if e.url_name == url_name]
    return all(permissions.may(actor, entry.capability) for entry in entries)


IDENTITY, MONITORING, SETTINGS = _("Identity"), _("Monitoring"), _("Tenant settings")
"""The sections of the service menu."""

_SECTION_ICONS = {IDENTITY: "people", MONITORING: "pulse", SETTINGS: "settings"}


def section_icon(section: str | Promise) -> str:
    """The icon of a section of the service menu."""
    icons = {str(label): icon for label, icon in _SECTION_ICONS.items()}
    return icons.get(str(section), "people")
