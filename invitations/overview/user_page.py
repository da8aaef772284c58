"""What the user page and the user list show about invitations (USR-19, T7, BET-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from guests.models import User
from guests.picker import Unknown
from identityproviders.discovery.queries import expected_methods_of
from invitations.delivery import send_invitation
from invitations.inviting import checks, internal_users
from invitations.lifecycle.actions import may_convert
from invitations.lifecycle.forms import outside_addresses
from invitations.models import Invitation
from invitations.overview import queries
from portal import permissions
from portal.outbox.models import NOT_ARRIVED, OutgoingMail
from portal.permissions import Capability
from portal.tenants.models import Tenant


def invitation_tile(request: HttpRequest, guest: User) -> str:
    """The B2B collaboration tile of a guest: state, method and why, mail, links."""
    if not guest.is_external:
        return _internal_tile(request, guest)
    invitation = queries.latest_invitation(guest)
    decision = expected_methods_of(guest.tenant, [guest]).get(guest.pk)
    context = {
        "guest": guest,
        "invitation": invitation,
        "state_kind": "ok" if guest.is_accepted else "warn",
        "state_label": guest.get_external_user_state_display(),
        "decision": decision,
        "summary": decision.summary(guest.display_name) if decision else "",
        "delivery": queries.delivery_state(invitation) if invitation else None,
        "may_send": _may_send(request, guest, invitation),
        "may_reset": isinstance(request.user, User)
        and permissions.may_act_on(request.user, Capability.INVITATIONS_RESET, guest),
        "may_convert": isinstance(request.user, User) and may_convert(request.user, guest),
    }
    return render_to_string("invitations/overview/_user_tile.html", context, request)


def _internal_tile(request: HttpRequest, user: User) -> str:
    """The offer to invite an internal user who has an address outside (INV-21)."""
    outside = outside_addresses(user)
    if not outside or not _may_invite_member(request, user):
        return ""
    context = {"guest": user, "address": outside[0]}
    return render_to_string("invitations/overview/_internal_tile.html", context, request)


def _may_invite_member(request: HttpRequest, user: User) -> bool:
    return isinstance(request.user, User) and internal_users.may_invite_member(request.user, user)


def invitation_commands(request: HttpRequest, guest: User) -> str:
    """Resend invitation for a pending guest, Invite to B2B collaboration for an internal user;
    each for who may (INV-15, INV-21)."""
    if _may_invite_member(request, guest):
        return render_to_string(
            "invitations/overview/_internal_command.html", {"guest": guest}, request
        )
    if not guest.is_pending or not _may_send(request, guest, queries.latest_invitation(guest)):
        return ""
    return render_to_string("invitations/overview/_user_commands.html", {"guest": guest}, request)


def new_user_entry(request: HttpRequest, tenant: Tenant) -> str:
    """*Invite external user* in the New user menu, for users that T15 lets invite."""
    user = request.user
    if not isinstance(user, User) or not checks.may_invite(user, tenant):
        return ""
    return render_to_string("invitations/inviting/_invite_entry.html", {}, request)


def invite_unknown(request: HttpRequest, unknown: Unknown) -> str:
    """The offer to invite an address that no user has, into the group it was typed for (INF-5)."""
    user, tenant = request.user, unknown.group.tenant
    if not isinstance(user, User) or not checks.may_invite(user, tenant):
        return ""
    if unknown.address.rpartition("@")[2].lower() in tenant.verified_domains:
        return ""
    query = urlencode({"email": unknown.address, "group": str(unknown.group.pk)})
    context = {"address": unknown.address, "url": f"{reverse('invitations:invite')}?{query}"}
    return render_to_string("invitations/overview/_invite_unknown.html", context, request)


def failed_deliveries(request: HttpRequest, users: Sequence[Any]) -> dict[Any, str]:
    """*Delivery failed* for the pending guests of one page whose last mail did not arrive."""
    pending = {user.pk: user for user in users if user.is_pending}
    if not pending:
        return {}
    tenant = next(iter(pending.values())).tenant
    guests_by_invitation = dict(
        Invitation.objects.of(tenant).open().filter(user__in=pending).values_list("pk", "user_id")
    )
    newest = (
        OutgoingMail.objects.of(tenant)
        .filter(
            subject_id__in=guests_by_invitation, kind=send_invitation.INVITATION_MAIL, is_copy=False
        )
        .order_by("created_at", "id")
        .values_list("subject_id", "state")
    )
    states = dict(newest)
    bad = format_html('<span class="badge bad">{}</span>', _("Delivery failed"))
    return {
        guests_by_invitation[subject]: bad
        for subject, state in states.items()
        if state in NOT_ARRIVED
    }


def _may_send(request: HttpRequest, guest: User, invitation: Invitation | None) -> bool:
    user = request.user
    is_open = invitation is not None and invitation.is_open and guest.is_pending
    return is_open and isinstance(user, User) and checks.may_invite(user, guest.tenant)
