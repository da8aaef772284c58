"""Set Email one-time passcode for guests (T13, OTC-3 to OTC-11)."""

from __future__ import annotations

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.models import User
from identityproviders import impact, passcode_policy, passcodes, queries
from identityproviders.actions import acknowledgement
from identityproviders.models import PasscodePolicy
from identityproviders.passcode_policy import Choice, PasscodeSettings, State
from portal import permissions
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import Conflict
from portal.tenants.models import Tenant

logger = structlog.get_logger(__name__)


class ChangedMeanwhile(Conflict):
    """Somebody else saved the policy since this page was opened."""

    message = _(
        "Somebody else changed this setting meanwhile. You see what holds now; choose again if it "
        "is not what you want."
    )


def choose(tenant: Tenant, choice: Choice, *, by: User, version: int, acknowledged: int) -> bool:
    """Save what an administrator chose in the pane; whether anything changed (OTC-5).

    Takes the `version` of the policy that the page showed, and the number of losing guests that
    was `acknowledged` (OTC-10).

    Raises: NotAllowed (OTC-12), ChangedMeanwhile, NotAcknowledged, ChoiceNotOffered (OTC-4),
    LastFallback (OTC-11).
    """
    require_may_choose(tenant, by)
    policy = queries.passcode_policy_of(tenant)
    before = queries.passcode_settings(tenant, policy)
    if policy.version != version:
        raise ChangedMeanwhile
    after = passcode_policy.apply(
        before,
        choice,
        timezone.now(),
        is_last_fallback=queries.needs_passcode(tenant),
    )
    if after == before:
        return False
    found = impact.preview(tenant, timezone.now()).of(choice)
    acknowledgement.require(found, acknowledged)
    _store(tenant, before, after, by=by, version=version, lose=found.lose)
    return True


def require_may_choose(tenant: Tenant, by: User) -> None:
    """Pass whoever may change the policy; a refusal is logged (AUD-1, OTC-12).

    Raises: NotAllowed.
    """
    with log.refusals(log.METHODS_POLICY_UPDATE, tenant, by=by, target=_target(tenant)):
        permissions.require(by, "passcode_policy.edit")


def _store(
    tenant: Tenant,
    before: PasscodeSettings,
    after: PasscodeSettings,
    *,
    by: User,
    version: int,
    lose: int,
) -> None:
    """One conditional UPDATE on the version, its audit row, and the end of pending codes."""
    with transaction.atomic():
        PasscodePolicy.objects.get_or_create(tenant=tenant)
        moved = PasscodePolicy.objects.filter(tenant=tenant, version=version).update(
            stored=after.stored.value,
            opted_into_preview=after.opted_into_preview,
            version=F("version") + 1,
        )
        if not moved:
            raise ChangedMeanwhile
        if not passcode_policy.is_effective(after, timezone.now()):
            passcodes.supersede_all(tenant)
        log.record(
            log.METHODS_POLICY_UPDATE,
            tenant,
            by=by,
            target=_target(tenant),
            details=Details(
                changes=_changes(before, after), additional={"GuestsLosingSignIn": lose}
            ),
        )


def note_automatic_enablement() -> int:
    """Log once for each tenant that its date has switched codes on (OTC-8); how many.

    The state itself needs no job; it follows from the clock.
    """
    noted = 0
    done = PasscodePolicy.objects.filter(automatic_event_written=True).values("tenant")
    for tenant in Tenant.objects.exclude(pk__in=done).iterator():
        if tenant.is_platform:
            continue
        policy = queries.passcode_policy_of(tenant)
        settings = queries.passcode_settings(tenant, policy)
        if passcode_policy.compute(settings, timezone.now()).state is State.AUTOMATIC:
            noted += _note_automatic(tenant, settings)
    return noted


def _note_automatic(tenant: Tenant, settings: PasscodeSettings) -> bool:
    with transaction.atomic():
        PasscodePolicy.objects.get_or_create(tenant=tenant)
        is_mine = PasscodePolicy.objects.filter(
            tenant=tenant, automatic_event_written=False
        ).update(automatic_event_written=True)
        if is_mine:
            log.record(
                log.METHODS_POLICY_UPDATE,
                tenant,
                by=None,
                target=_target(tenant),
                details=Details(
                    changes=[Change("emailOneTimePasscode", "scheduled", "enabled")],
                    additional={"AutomaticOn": settings.automatic_on.isoformat()},
                ),
            )
    return bool(is_mine)


def _changes(before: PasscodeSettings, after: PasscodeSettings) -> list[Change]:
    changes = [
        Change("allowExternalIdToUseEmailOtp", before.stored.value, after.stored.value),
        Change("optedIntoPreview", before.opted_into_preview, after.opted_into_preview),
    ]
    return [change for change in changes if change.old != change.new]


def _target(tenant: Tenant) -> Target:
    return Target("AuthenticationMethodsPolicy", str(tenant.pk), "Email one-time passcode")
