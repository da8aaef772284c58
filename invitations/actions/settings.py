"""External collaboration settings that are one value each (COL-3 to COL-9).

Each takes the value that was shown: of two administrators who save at once the second one is
told, and everything acts at once (COL-4, BET-8).
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from guests.actions import protections
from guests.models import User
from invitations.models import CollaborationPolicy
from portal.audit import log
from portal.audit.log import Activity, Change, Details, Target
from portal.errors import Conflict
from portal.permissions import InvitePolicy
from portal.tenants.models import Tenant

EDIT_INVITES, EDIT_SELF_SERVICE, EDIT_LEAVE = (
    "invite_settings.edit",
    "self_service.edit",
    "external_leave.edit",
)
UPDATE_AUTHENTICATION_FLOWS = Activity(
    "Update authentication flows policy", "B2C", "ResourceManagement", "Update"
)


class ChangedMeanwhile(Conflict):
    """Another administrator saved between showing and saving."""

    message = _("Somebody changed this setting meanwhile. Nothing was saved. Look at it again.")


class PrivacyMissing(Conflict):
    """External user leave needs privacy information (COL-9, DIR-7)."""

    message = _(
        "Add the privacy statement URL and the global privacy contact to the properties of your "
        "organization first."
    )


def choose_invite_policy(
    tenant: Tenant, policy: InvitePolicy, *, by: User, shown: InvitePolicy
) -> None:
    """Say who may invite, from the next invitation on (COL-3, T15).

    Raises: NotAllowed (T17), ChangedMeanwhile.
    """
    protections.require(by, EDIT_INVITES, log.UPDATE_AUTHORIZATION_POLICY)
    _store(
        tenant,
        by,
        "allow_invites_from",
        Change("AllowInvitesFrom", shown.value, policy.value),
        log.UPDATE_AUTHORIZATION_POLICY,
    )


def choose_self_service(tenant: Tenant, is_allowed: bool, *, by: User, shown: bool) -> None:
    """Allow self-service sign-up via user flows, or not (COL-6).

    Raises: NotAllowed (T17), ChangedMeanwhile.
    """
    protections.require(by, EDIT_SELF_SERVICE, UPDATE_AUTHENTICATION_FLOWS)
    _store(
        tenant,
        by,
        "is_self_service_allowed",
        Change("SelfServiceSignUp.IsEnabled", shown, is_allowed),
        UPDATE_AUTHENTICATION_FLOWS,
    )


def choose_leave(tenant: Tenant, is_allowed: bool, *, by: User, shown: bool) -> None:
    """Let guests remove themselves, or send them to the privacy contact (COL-7).

    Raises: NotAllowed (T17), PrivacyMissing (COL-9), ChangedMeanwhile.
    """
    protections.require(by, EDIT_LEAVE, log.UPDATE_AUTHORIZATION_POLICY)
    if not tenant.has_privacy_information:
        raise PrivacyMissing
    _store(
        tenant,
        by,
        "may_guests_leave",
        Change("AllowExternalIdentitiesToLeave", shown, is_allowed),
        log.UPDATE_AUTHORIZATION_POLICY,
    )


def _store(tenant: Tenant, by: User, column: str, change: Change, activity: Activity) -> None:
    """One conditional UPDATE on the shown value, and its audit row.

    Raises: ChangedMeanwhile.
    """
    with transaction.atomic():
        CollaborationPolicy.objects.get_or_create(tenant=tenant)
        shown: dict[str, Any] = {column: change.old}
        stored = CollaborationPolicy.objects.filter(tenant=tenant, **shown)
        if not stored.update(**{column: change.new}):
            raise ChangedMeanwhile
        if change.new == change.old:
            return
        log.record(
            activity,
            tenant,
            by=by,
            target=Target("Policy", str(tenant.pk), "External collaboration settings"),
            details=Details(changes=[change]),
        )
