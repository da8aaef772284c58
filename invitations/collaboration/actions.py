"""Save the external collaboration settings and the domain restrictions (COL-3 to COL-13).

Each save takes the value that was shown: of two administrators who save at once the second one is
told, and everything acts at once (COL-4, BET-8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from guests.models import User
from guests.users import guards
from invitations.collaboration import access_impact
from invitations.collaboration.access_impact import AccessImpact
from invitations.collaboration.rules import CollaborationRules, Restriction
from invitations.inviting import checks
from invitations.models import CollaborationPolicy, ListedDomain
from portal.audit import log
from portal.audit.log import Activity, Change, Details, Target
from portal.errors import ChangedMeanwhile, Conflict, InvalidInput
from portal.permissions import Capability, InvitePolicy
from portal.tenants.models import Tenant

EDIT_INVITES, EDIT_SELF_SERVICE, EDIT_LEAVE = (
    Capability.INVITE_SETTINGS_EDIT,
    Capability.SELF_SERVICE_EDIT,
    Capability.EXTERNAL_LEAVE_EDIT,
)
UPDATE_AUTHENTICATION_FLOWS = Activity(
    "Update authentication flows policy", "B2C", "ResourceManagement", "Update"
)


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
    guards.require_logged(by, EDIT_INVITES, log.UPDATE_AUTHORIZATION_POLICY)
    _store_setting(
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
    guards.require_logged(by, EDIT_SELF_SERVICE, UPDATE_AUTHENTICATION_FLOWS)
    _store_setting(
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
    guards.require_logged(by, EDIT_LEAVE, log.UPDATE_AUTHORIZATION_POLICY)
    if not tenant.has_privacy_information:
        raise PrivacyMissing
    _store_setting(
        tenant,
        by,
        "may_guests_leave",
        Change("AllowExternalIdentitiesToLeave", shown, is_allowed),
        log.UPDATE_AUTHORIZATION_POLICY,
    )


def _store_setting(
    tenant: Tenant, by: User, column: str, change: Change, activity: Activity
) -> None:
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


ADD_POLICY = Activity("Add policy", log.CORE, "Policy", "Add")
UPDATE_POLICY = Activity("Update policy", log.CORE, "Policy", "Update")
DELETE_POLICY = Activity("Delete policy", log.CORE, "Policy", "Delete")
_NAMED_IN_LOG = 200
_IN_ONE_STATEMENT = 500


class NotConfirmed(Conflict):
    """Guests are affected, or a list goes, and this was not confirmed (COL-11, COL-13)."""

    message = _("Look at what this changes, then confirm it.")

    def __init__(self, impact: AccessImpact, discarded: int) -> None:
        """Take what to show: the guests, and how many domains the other list has."""
        super().__init__()
        self.impact = impact
        self.discarded = discarded


def require_may_restrict(by: User) -> None:
    """Require the right to change the restrictions; log a refusal. Raises: NotAllowed."""
    guards.require_logged(by, Capability.COLLABORATION_EDIT, UPDATE_POLICY)


def proposed_rules(
    tenant: Tenant, restriction: Restriction, names: Iterable[str]
) -> tuple[CollaborationRules, CollaborationRules]:
    """The rules as they are, and as they would be."""
    before = checks.collaboration_rules(tenant)
    listed = frozenset() if restriction is Restriction.ANY else frozenset(names)
    return before, replace(before, restriction=restriction, listed=listed)


def discarded(before: CollaborationRules, after: CollaborationRules) -> int:
    """How many domains the list has that switching the kind throws away (COL-11)."""
    return len(before.listed) if after.restriction is not before.restriction else 0


def save_restrictions(
    tenant: Tenant,
    restriction: Restriction,
    names: Iterable[str],
    *,
    by: User,
    version: int,
    confirmed: str = "",
) -> bool:
    """Store the kind and its one list; whether anything changed (COL-10, COL-11).

    Takes checked names, the `version` that was shown, and what was `confirmed`: the token of
    `confirmation` for the very numbers that were shown.

    Raises: NotAllowed (T17), InvalidInput for a list without domains, ChangedMeanwhile,
    NotConfirmed.
    """
    require_may_restrict(by)
    before, after = proposed_rules(tenant, restriction, names)
    if restriction is not Restriction.ANY and not after.listed:
        raise InvalidInput("domains", _("Enter at least one domain, such as example.com."))
    if checks.policy_of(tenant).restriction_version != version:
        raise ChangedMeanwhile
    if after == before:
        return False
    impact = access_impact.compare(tenant, before, after)
    thrown_away = discarded(before, after)
    is_asked = bool(impact.lose or impact.gain or thrown_away)
    if is_asked and confirmed != restriction_confirmation(impact, thrown_away):
        raise NotConfirmed(impact, thrown_away)
    _store_restrictions(tenant, before, after, by=by, version=version, impact=impact)
    return True


def restriction_confirmation(impact: AccessImpact, thrown_away: int) -> str:
    """What the confirming page sends back: the numbers it showed."""
    return f"{impact.lose}-{impact.gain}-{thrown_away}"


def _store_restrictions(
    tenant: Tenant,
    before: CollaborationRules,
    after: CollaborationRules,
    *,
    by: User,
    version: int,
    impact: AccessImpact,
) -> None:
    with transaction.atomic():
        CollaborationPolicy.objects.get_or_create(tenant=tenant)
        stored = CollaborationPolicy.objects.filter(tenant=tenant, restriction_version=version)
        moved = stored.update(
            restriction=after.restriction.value, restriction_version=F("restriction_version") + 1
        )
        if not moved:
            raise ChangedMeanwhile
        rows = ListedDomain.objects.of(tenant)
        gone, new = before.listed - after.listed, after.listed - before.listed
        for part in _parts(gone):
            rows.filter(name__in=part).delete()
        for part in _parts(new):
            rows.bulk_create(ListedDomain(tenant=tenant, name=name) for name in part)
        log.record(
            _activity(before, after),
            tenant,
            by=by,
            target=Target("Policy", str(tenant.pk), "B2BManagementPolicy"),
            details=Details(
                changes=[
                    Change("Kind", before.restriction.value, after.restriction.value),
                    Change("Domains", len(before.listed), len(after.listed)),
                    Change("RemovedDomains", _named(gone), None),
                    Change("AddedDomains", None, _named(new)),
                ],
                additional={
                    "PendingGuestsLosing": impact.lose,
                    "PendingGuestsGaining": impact.gain,
                },
            ),
        )


def _activity(before: CollaborationRules, after: CollaborationRules) -> Activity:
    if before.restriction is Restriction.ANY:
        return ADD_POLICY
    return DELETE_POLICY if after.restriction is Restriction.ANY else UPDATE_POLICY


def _parts(names: frozenset[str]) -> Iterator[list[str]]:
    """The names in portions that one statement takes."""
    ordered = sorted(names)
    for start in range(0, len(ordered), _IN_ONE_STATEMENT):
        yield ordered[start : start + _IN_ONE_STATEMENT]


def _named(names: frozenset[str]) -> list[str]:
    return sorted(names)[:_NAMED_IN_LOG]
