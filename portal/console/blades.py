"""The decorators of pages: `@blade` for the console, `@guest_page` for guests (SEC-77, USR-12).

`@blade` checks the capability, knows the place in the menus and turns domain errors into responses;
the templates in `templates/console/` draw the rest.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _

from portal import languages, permissions
from portal.console import error_pages, navigation
from portal.errors import DomainError, NotAllowed, NotFound
from portal.hooks import Hook
from portal.permissions import Capability
from portal.tenants.models import Tenant

if TYPE_CHECKING:
    from guests.models import User


P = ParamSpec("P")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
Text = str | Promise


class TenantRequest(HttpRequest):
    """A request of somebody signed in to the console, as `@blade` passes it on."""

    user: User
    tenant: Tenant
    blade: Blade


CHANGE_REFUSED: Hook[Callable[[TenantRequest, Text, str], object]] = Hook("change refused")
"""What is called when somebody posts a change that they have no right to, whichever layer refuses;
takes the request, the title of the page and the reason."""


@dataclass(frozen=True)
class Link:
    """A link of a menu or of the breadcrumb; without an address it is plain text."""

    label: Text
    url: str = ""
    icon: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class Group:
    """Links under one heading; the heading is empty for those on top."""

    label: Text
    links: list[Link]
    icon: str = ""


@dataclass(frozen=True)
class _Place:
    """Where a view stands, as its decorator says."""

    service: str
    page: str
    title: Text
    capability: Capability
    icon: str
    is_wizard: bool
    parent: str
    menu: str


class Blade:
    """The frame of a page: titles, menus, the way back.

    Menus and links ask for many permissions, so each is built when a template first draws it. A
    view may replace them.
    """

    def __init__(self, request: TenantRequest, place: _Place) -> None:
        self._request, self._place = request, place
        self.service = navigation.SERVICES[place.service]
        self.title = place.title
        self.icon = place.icon or self.service.icon
        self.is_home = (place.service, place.page) == ("home", "home")
        self.menu_label = place.title if place.menu else self.service.label

    @cached_property
    def menu(self) -> list[Group]:
        """The resource menu; a wizard has none."""
        return [] if self._place.is_wizard else _resource_menu(self._request, self._place)

    @cached_property
    def services(self) -> list[Group]:
        """The service menu."""
        return _service_menu(self._request.user, self._place.service)

    @cached_property
    def breadcrumb(self) -> list[Link]:
        """The links to the pages above this one."""
        home = Link(_("Home"), reverse("console:home"))
        if self._parent_url:
            return [home, Link(self.service.label, self._parent_url)]
        return [home, Link(self._request.tenant.display_name)]

    @cached_property
    def close_url(self) -> str:
        """Where the cross leads."""
        return self._parent_url or reverse("console:home")

    @cached_property
    def has_search(self) -> bool:
        """Whether the bar on top finds users, which guests may not everywhere (T14)."""
        return permissions.may(self._request.user, Capability.USERS_LIST)

    @cached_property
    def _parent_url(self) -> str:
        """The page behind this one; empty where there is none, or the user may not open it."""
        parent = self._place.parent
        if parent and navigation.may_open(self._request.user, parent):
            return reverse(parent)
        return ""


def blade(
    *,
    service: str,
    page: str,
    title: Text,
    capability: Capability,
    icon: str = "",
    is_wizard: bool = False,
    parent: str = "",
    menu: str = "",
) -> Callable[
    [Callable[Concatenate[TenantRequest, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """Make a view a blade of `service` that needs `capability` (SEC-77, USR-12).

    Takes `page`, the entry of the resource menu that is marked; `parent`, the URL name of the
    page behind it, whose title stands last in the breadcrumb and to which the cross leads;
    `menu`, a resource menu of its own for the pages of one object (`user`); `is_wizard` for a
    task without a resource menu.

    Anonymous visitors go to the sign-in page and come back (SES-3). Refusals and domain errors
    are answered with their status.
    """
    place = _Place(service, page, title, capability, icon, is_wizard, parent, menu)

    def decorate(
        view: Callable[Concatenate[TenantRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @functools.wraps(view)
        def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            inside = cast(TenantRequest, request)
            try:
                inside.blade = Blade(inside, place)
                _require(inside, place)
                return view(inside, *args, **kwargs)
            except DomainError as error:
                _log_refused_change(inside, place, error)
                return error_pages.error_response(request, error)
            except Http404:
                if menu:
                    inside.blade.menu = []  # the object that its pages are about does not exist
                return error_pages.error_response(request, NotFound())

        return shown

    return decorate


def _require(request: TenantRequest, place: _Place) -> None:
    """Pass if the page is open to the user. Raises: NotAllowed."""
    if request.user.is_operator:
        raise NotAllowed(_("Operators work in the operations pages, not in the console."))
    permissions.require(request.user, Capability.CONSOLE_OPEN)
    permissions.require(request.user, place.capability)


def _log_refused_change(request: TenantRequest, place: _Place, error: DomainError) -> None:
    """Tell the log about a refused change, unless the action that refused it did (AUD-1)."""
    if not isinstance(error, NotAllowed) or error.is_logged or request.method in SAFE_METHODS:
        return
    for note_refusal in CHANGE_REFUSED:
        note_refusal(request, place.title, str(error))
    error.is_logged = True


def guest_page(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Make a view a page for guests: a domain error is shown on the card, with its status.

    It speaks the language of its visitor.
    """

    @functools.wraps(view)
    def shown(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except DomainError as error:
            return error_pages.error_response(cast(HttpRequest, args[0]), error)

    return languages.speaks_languages(shown)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, and from there back to what was wanted (SES-3)."""
    wanted = request.get_full_path() if request.method == "GET" else ""
    url = resolve_url(settings.LOGIN_URL)
    if getattr(request, "htmx", False):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = url
        return response
    return redirect(f"{url}?{urlencode({'next': wanted})}" if wanted else url)


def _resource_menu(request: TenantRequest, place: _Place) -> list[Group]:
    arguments: dict[str, Any] = {}
    if place.menu and request.resolver_match is not None:
        arguments = request.resolver_match.kwargs
    entries = navigation.entries_for(request.user, place.menu or place.service)
    return [
        Group(
            label,
            [
                Link(
                    entry.label,
                    reverse(entry.url_name, kwargs=arguments),
                    entry.icon,
                    is_current=entry.name == place.page,
                )
                for entry in group
            ],
        )
        for label, group in groupby(entries, key=lambda entry: entry.group)
    ]


def _service_menu(actor: permissions.Actor, current: str) -> list[Group]:
    services = navigation.services_for(actor)
    return [
        Group(
            section,
            [
                Link(service.label, reverse(entry.url_name), is_current=service.name == current)
                for service, entry in group
            ],
            icon=navigation.section_icon(section),
        )
        for section, group in groupby(services, key=lambda pair: pair[0].section)
    ]
