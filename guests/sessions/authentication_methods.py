"""Authentication methods and second factors of users, and their pages (USR-14, T6, SEC-71).

A second factor is a confirmed device of django-otp that counts as one. A code by e-mail is a first
factor (SEC-17), so its device says `is_second_factor = False`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django_otp.models import Device

from guests.access import visibility
from guests.models import User, UserType
from guests.users.page.views import user_of
from guests.users.queries import search_users
from portal import permissions
from portal.console.blades import TenantRequest, blade
from portal.console.grid import Column, Filter, Grid, grid_page, render_grid
from portal.permissions import Capability
from portal.tenants.models import Tenant


def has_second_factor(user: User) -> bool:
    """Whether `user` confirmed a device that counts as a second factor."""
    return any(
        model._default_manager.filter(user=user.pk, confirmed=True).exists()
        for model in _device_models()
    )


def with_second_factor(users: QuerySet[User]) -> QuerySet[User]:
    """The users with `has_mfa`, in the same query."""
    return users.annotate(has_mfa=_condition())


def having_second_factor() -> Q:
    """The condition of a filter."""
    return Q(_condition())


def _condition() -> Any:
    found: Any = Value(False, output_field=BooleanField())
    for model in _device_models():
        devices = model._default_manager.filter(user=OuterRef("pk"), confirmed=True)
        found = Exists(devices) if isinstance(found, Value) else found | Exists(devices)
    return found


def _device_models() -> list[type[Device]]:
    return [
        model
        for model in apps.get_models()
        if issubclass(model, Device) and getattr(model, "is_second_factor", True)
    ]


STATES = [("enabled", _("Enabled")), ("disabled", _("Disabled"))]


@require_safe
@blade(
    service="users",
    page="authentication_methods",
    title=_("Authentication methods"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def user_methods(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """How the user proves who they are; of others for administrators who help with it."""
    found = user_of(request, user_id)
    if found.pk != request.user.pk:
        permissions.require(request.user, Capability.METHODS_READ)
    context = {"subject": found, "has_mfa": has_second_factor(found)}
    return render(request, "guests/sessions/user_methods.html", context)


def _state(value: str) -> Q:
    condition = having_second_factor()
    return condition if value == "enabled" else ~condition


def _grid(tenant: Tenant) -> Grid:
    return Grid(
        caption=_("Multifactor authentication by user"),
        columns=[
            Column("name", _("Display name"), "display_name_key"),
            Column("upn", _("User principal name"), Lower("user_principal_name"), "opt"),
            Column("type", _("User type"), None, "opt-2"),
            Column("mfa", _("Multifactor authentication status")),
        ],
        rows_template="guests/sessions/_mfa_rows.html",
        found=lambda count: (
            ngettext("%(n)s user found", "%(n)s users found", count) % {"n": f"{count:,}"}
        ),
        default_sort="name",
        filters=[
            Filter(
                "state",
                _("Multifactor authentication status"),
                STATES,
                _state,
                is_quick=True,
                is_negatable=False,
            ),
            Filter(
                "userType",
                _("User type"),
                UserType.choices,
                lambda value: Q(user_type=value),
                is_quick=True,
            ),
        ],
        search=lambda rows, text: search_users(tenant, rows, text),
        search_label=_("Search by name or e-mail address"),
    )


@require_safe
@blade(
    service="users",
    page="all_users",
    title=_("Per-user multifactor authentication"),
    capability=Capability.METHODS_READ,
    icon="shield_person",
    parent="guests:users",
)
def per_user_mfa(request: TenantRequest) -> HttpResponse:
    """Who has a second factor, to be read (T6)."""
    rows = with_second_factor(visibility.listed_users(request.user))
    page = grid_page(request, rows, _grid(request.tenant))
    return render_grid(request, "guests/sessions/per_user_mfa.html", page)
