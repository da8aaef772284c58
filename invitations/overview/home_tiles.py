"""The command and the tiles that this app adds to Home (EXT-2)."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from identityproviders.providers import provider_list
from invitations.inviting import checks
from invitations.overview import figures
from invitations.overview.attention import list_notices
from portal import permissions
from portal.console.blades import TenantRequest
from portal.permissions import Capability


def attention_tiles(request: HttpRequest, _subject: Any) -> str:
    """The tile *Needs attention* of Home, for those who may open the Overview."""
    inside = cast(TenantRequest, request)
    if not permissions.may(inside.user, Capability.EXTERNAL_IDENTITIES_OPEN):
        return ""
    tenant, now = inside.tenant, timezone.now()
    notices = list_notices(
        figures.guest_figures(tenant, now),
        figures.mail_figures(tenant, now),
        provider_list.custom_providers(tenant, now=now),
    )
    context = {"notices": notices, "open": [one for one in notices if not one.is_good]}
    return render_to_string("invitations/overview/_attention_tile.html", context, request)


def guests_tile(request: HttpRequest, _subject: Any) -> str:
    """The tile *Guests* of Home: how many, and by which method they sign in."""
    inside = cast(TenantRequest, request)
    if not permissions.may(inside.user, Capability.EXTERNAL_IDENTITIES_OPEN):
        return ""
    tenant, now = inside.tenant, timezone.now()
    guests = figures.guest_figures(tenant, now)
    context = {"guests": guests, "methods": figures.method_shares(tenant, guests.pending)}
    return render_to_string("invitations/overview/_guests_tile.html", context, request)


def invite_command(request: HttpRequest, _subject: Any) -> str:
    """The command *Invite external user* of Home, for those who may."""
    inside = cast(TenantRequest, request)
    if not checks.may_invite(inside.user, inside.tenant):
        return ""
    return render_to_string("invitations/overview/_invite_command.html", {}, request)
