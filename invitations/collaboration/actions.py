"""Save the external collaboration settings and the domain restrictions (COL-3 to COL-13).

Each save takes what was shown: of two administrators who save at once the second one is told, and
everything acts at once (COL-4, BET-8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from guests.models import User
from invitations.collaboration import access_impact
from invitations.collaboration.access_impact import AccessImpact
from invitations.collaboration.rules import CollaborationRules, Restriction
from invitations.inviting import checks
from invitations.models import CollaborationPolicy, ListedDomain
from portal.audit import log
from portal.audit.log import Activity, Change
from portal.errors import Conflict, InvalidInput, NotConfirmed
from portal.permissions import Capability, InvitePolicy
from portal.tenant_settings import SettingChange, TenantSetting
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


_NAME = "External collaboration settings"
INVITE_POLICY = TenantSetting(
    EDIT_INVITES, log.UPDATE_AUTHORIZATION_POLICY, CollaborationPolicy, _NAME, version=""
)
SELF_SERVICE = TenantSetting(
    EDIT_SELF_SERVICE, UPDATE_AUTHENTICATION_FLOWS, CollaborationPolicy, _NAME, version=""
)
LEAVE = TenantSetting(
    EDIT_LEAVE, log.UPDATE_AUTHORIZATION_POLICY, CollaborationPolicy, _NAME, version=""
)


def choose_invite_policy(
    tenant: Tenant, policy: InvitePolicy, *, by: User, shown: InvitePolicy
) -> None:
    """Say who may invite, from the next invitation on (COL-3, T15).

    Raises: NotAllowed (T17), ChangedMeanwhile.
    """
    change = Change("AllowInvitesFrom", shown.value, policy.value)
    INVITE_POLICY.save(tenant, _value_change("allow_invites_from", change), by=by)


def choose_self_service(tenant: Tenant, is_allowed: bool, *, by: User, shown: bool) -> None:
    """Allow self-service sign-up via user flows, or not (COL-6).

    Raises: NotAllowed (T17), ChangedMeanwhile.
    """
    change = Change("SelfServiceSignUp.IsEnabled", shown, is_allowed)
    SELF_SERVICE.save(tenant, _value_change("is_self_service_allowed", change), by=by)


def choose_leave(tenant: Tenant, is_allowed: bool, *, by: User, shown: bool) -> None:
    """Let guests remove themselves, or send them to the privacy contact (COL-7).

    Raises: NotAllowed (T17), PrivacyMissing (COL-9), ChangedMeanwhile.
    """
    LEAVE.require_may_edit(tenant, by)
    if not tenant.has_privacy_information:
        raise PrivacyMissing
    change = Change("AllowExternalIdentitiesToLeave", shown, is_allowed)
    LEAVE.save(tenant, _value_change("may_guests_leave", change), by=by)


def _value_change(column: str, change: Change) -> SettingChange:
    """The change of one column, whose old value the form showed."""
    changes = [change] if change.new != change.old else []
    return SettingChange({column: change.old}, {column: change.new}, changes)


ADD_POLICY = Activity("Add policy", log.CORE, "Policy", "Add")
UPDATE_POLICY = Activity("Update policy", log.CORE, "Policy", "Update")
DELETE_POLICY = Activity("Delete policy", log.CORE, "Policy", "Delete")
RESTRICTIONS = TenantSetting(
    Capability.COLLABORATION_EDIT,
    UPDATE_POLICY,
    CollaborationPolicy,
    "B2BManagementPolicy",
    version="restriction_version",
)
_NAMED_IN_LOG = 200
_IN_ONE_STATEMENT = 500


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
    RESTRICTIONS.require_may_edit(tenant, by)
    before, after = proposed_rules(tenant, restriction, names)
    if restriction is not Restriction.ANY and not after.listed:
        raise InvalidInput("domains", _("Enter at least one domain, such as example.com."))
    gone, new = before.listed - after.listed, after.listed - before.listed
    change = SettingChange(
        shown={"restriction_version": version},
        values={"restriction": after.restriction.value},
        changes=_restriction_changes(before, after, gone, new) if after != before else [],
        activity=_activity(before, after),
        confirm=lambda: _require_confirmed(tenant, before, after, confirmed),
        write_rows=lambda: _replace_domains(tenant, gone, new),
    )
    return RESTRICTIONS.save(tenant, change, by=by)


def _require_confirmed(
    tenant: Tenant, before: CollaborationRules, after: CollaborationRules, confirmed: str
) -> dict[str, object]:
    """How many guests the change concerns, for the log. Raises: NotConfirmed."""
    impact = access_impact.compare(tenant, before, after)
    thrown_away = discarded(before, after)
    is_asked = bool(impact.lose or impact.gain or thrown_away)
    if is_asked and confirmed != restriction_confirmation(impact, thrown_away):
        raise NotConfirmed(access_impact.CONFIRM, impact=impact, discarded=thrown_away)
    return {"PendingGuestsLosing": impact.lose, "PendingGuestsGaining": impact.gain}


def restriction_confirmation(impact: AccessImpact, thrown_away: int) -> str:
    """What the confirming page sends back: the numbers it showed."""
    return f"{impact.lose}-{impact.gain}-{thrown_away}"


def _restriction_changes(
    before: CollaborationRules,
    after: CollaborationRules,
    gone: frozenset[str],
    new: frozenset[str],
) -> list[Change]:
    return [
        Change("Kind", before.restriction.value, after.restriction.value),
        Change("Domains", len(before.listed), len(after.listed)),
        Change("RemovedDomains", _named(gone), None),
        Change("AddedDomains", None, _named(new)),
    ]


def _replace_domains(tenant: Tenant, gone: frozenset[str], new: frozenset[str]) -> None:
    rows = ListedDomain.objects.of(tenant)
    for part in _parts(gone):
        rows.filter(name__in=part).delete()
    for part in _parts(new):
        rows.bulk_create(ListedDomain(tenant=tenant, name=name) for name in part)


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
