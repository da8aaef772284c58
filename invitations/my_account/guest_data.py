"""Collect what an organization holds about one guest, for that guest (ORG-7).

Everything about the person, nothing about others: no names of sponsors or administrators, and of
groups no more than the tenant lets guests see (T14).
"""

from __future__ import annotations

import base64
from typing import Any

from guests.models import GroupMembership, Identity, User
from invitations.models import Invitation
from portal.audit.models import SignInEvent
from portal.tenants.models import GuestAccess

_LEFT_OUT = frozenset(
    {"password", "photo", "photo_version", "display_name_key", "invited_address_key", "manager"}
)
_MOST_SIGN_INS = 1000


def guest_data(guest: User) -> dict[str, Any]:
    """The data as plain values that become JSON; API names in camel case (T2)."""
    return {
        "organization": {"id": str(guest.tenant_id), "displayName": guest.tenant.display_name},
        "user": _profile(guest),
        "photo": base64.b64encode(bytes(guest.photo)).decode() if guest.photo else None,
        "identities": _identities(guest),
        "directoryRoles": sorted(guest.roles),
        "memberOf": _groups(guest),
        "sponsorCount": guest.sponsorships.count(),
        "invitations": _invitations(guest),
        "signIns": _sign_ins(guest),
    }


def _profile(guest: User) -> dict[str, Any]:
    """Every column about the person; what only the directory needs is left out."""
    names = [field.name for field in guest._meta.concrete_fields if field.name not in _LEFT_OUT]
    return {_camel(name): getattr(guest, name) for name in names if name != "tenant"}


def _identities(guest: User) -> list[dict[str, Any]]:
    rows = Identity.objects.of(guest.tenant).filter(user=guest).order_by("created_at")
    return [
        {
            "issuer": row.issuer,
            "signInType": row.sign_in_type,
            "issuerAssignedId": row.issuer_assigned_id,
            "createdDateTime": row.created_at,
        }
        for row in rows
    ]


def _groups(guest: User) -> list[dict[str, Any]]:
    rows = GroupMembership.objects.of(guest.tenant).filter(user=guest).select_related("group")
    is_restricted = guest.tenant.guest_access == GuestAccess.RESTRICTED
    return [
        {"id": str(row.group_id)}
        | ({} if is_restricted else {"displayName": row.group.display_name})
        for row in rows
    ]


def _invitations(guest: User) -> list[dict[str, Any]]:
    rows = Invitation.objects.of(guest.tenant).filter(user=guest).order_by("created_at")
    return [
        {
            "invitedUserEmailAddress": row.address,
            "inviteRedirectUrl": row.redirect_url,
            "customizedMessageBody": row.message,
            "status": row.status,
            "createdDateTime": row.created_at,
            "acceptedDateTime": row.accepted_at,
        }
        for row in rows
    ]


def _sign_ins(guest: User) -> list[dict[str, Any]]:
    rows = SignInEvent.objects.of(guest.tenant).filter(user=guest)
    return [
        {
            "createdDateTime": row.created_at,
            "status": row.status,
            "errorCode": row.error_code,
            "ipAddress": row.client_address,
            "userAgent": row.user_agent,
        }
        for row in rows.order_by("-created_at")[:_MOST_SIGN_INS]
    ]


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)
