"""Save the passcode setting of a tenant (OTC-3 to OTC-11) and its passcode rules (BET-10)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import structlog
from django.conf import settings as deployment
from django.db import transaction
from django.db.models import DateField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.models import User
from identityproviders.discovery.decide import Rule
from identityproviders.discovery.queries import (
    needs_passcode,
    passcode_policy_of,
    passcode_settings,
)
from identityproviders.impact import confirmation, preview
from identityproviders.impact.effects import Consequences
from identityproviders.impact.proposed_change import ProposedChange
from identityproviders.models import PasscodePolicy, PasscodeRule
from identityproviders.passcodes import one_time_codes
from identityproviders.passcodes.policy import state
from identityproviders.passcodes.policy.models import StoredState
from identityproviders.passcodes.policy.state import PasscodeChoice, PasscodePhase, PasscodeSettings
from portal.audit import log, rights
from portal.audit.log import Change, Details, Target
from portal.errors import InvalidInput
from portal.permissions import Capability
from portal.principals import SYSTEM
from portal.tenant_settings import SettingChange, TenantSetting
from portal.tenants.models import PLATFORM_TENANT_ID, Tenant
from portal.tenants.row_failures import RowByRow
from portal.values.email_address import InvalidEmailAddress, parse_domain

logger = structlog.get_logger(__name__)


PASSCODE = TenantSetting(
    Capability.PASSCODE_POLICY_EDIT,
    log.METHODS_POLICY_UPDATE,
    PasscodePolicy,
    "Email one-time passcode",
    kind="AuthenticationMethodsPolicy",
    changed_meanwhile=_(
        "Somebody else changed this setting meanwhile. You see what holds now; choose again if it "
        "is not what you want."
    ),
)


def choose_passcode_setting(
    tenant: Tenant, choice: PasscodeChoice, *, by: User, version: int, acknowledged: int
) -> bool:
    """Save what an administrator chose in the pane; whether anything changed (OTC-5).

    Takes the `version` of the policy that the page showed, and the number of losing guests that
    was `acknowledged` (OTC-10).

    Raises: NotAllowed (OTC-12), ChangedMeanwhile, NotConfirmed, ChoiceNotOffered (OTC-4),
    LastFallback (OTC-11).
    """
    PASSCODE.require_may_edit(tenant, by)
    PASSCODE.require_as_shown(tenant, {"version": version})
    before = passcode_settings(tenant, passcode_policy_of(tenant))
    after = state.apply_choice(
        before,
        choice,
        timezone.now(),
        is_last_fallback=needs_passcode(tenant),
    )
    change = SettingChange(
        shown={"version": version},
        values={"stored": after.stored.value, "opted_into_preview": after.opted_into_preview},
        changes=_changes(before, after) if after != before else [],
        confirm=lambda: _require_confirmed(tenant, choice, acknowledged),
        write_rows=lambda: _end_codes_if_off(tenant, after),
    )
    return PASSCODE.save(tenant, change, by=by)


def _require_confirmed(
    tenant: Tenant, choice: PasscodeChoice, acknowledged: int
) -> dict[str, object]:
    """How many guests lose their sign-in, for the log. Raises: NotConfirmed."""
    found = preview.preview_choices(tenant, timezone.now()).of(choice)
    confirmation.require_acknowledged(found, acknowledged)
    return {"GuestsLosingSignIn": found.lose}


def _end_codes_if_off(tenant: Tenant, settings: PasscodeSettings) -> None:
    if not state.is_effective(settings, timezone.now()):
        one_time_codes.supersede_all(tenant)


def note_automatic_enablement() -> int:
    """Log once for each tenant that its date has switched codes on (OTC-8); how many.

    The state itself needs no job; it follows from the clock.
    """
    now = timezone.now()
    tenants = RowByRow("automatic enablement of codes")
    noted: list[Tenant] = []

    def note(tenant: Tenant) -> None:
        settings = passcode_settings(tenant, passcode_policy_of(tenant))
        is_automatic = state.passcode_state(settings, now).state is PasscodePhase.AUTOMATIC
        if is_automatic and _note_automatic(tenant, settings):
            noted.append(tenant)

    for tenant in tenants.select_due(_tenants_due_for_automatic_event(now)).iterator():
        tenants.attempt(tenant.pk, partial(note, tenant))
    return len(noted)


def _tenants_due_for_automatic_event(now: datetime) -> QuerySet[Tenant]:
    """Select the tenants that never chose, whose date has come and whose event is not written.

    A narrow selection only: `passcode_state` decides (OTC-8). It leaves out tenants that can never
    become automatic, so that the job does not ask about each of them every time.
    """
    never_touched = Q(passcode_policy__isnull=True)
    undecided = Q(
        passcode_policy__stored=StoredState.DEFAULT,
        passcode_policy__opted_into_preview=False,
        passcode_policy__default_means_off=False,
        passcode_policy__automatic_event_written=False,
    )
    default_date = Value(deployment.PORTAL_PASSCODE_AUTOMATIC_DATE, output_field=DateField())
    return (
        Tenant.objects.annotate(
            automatic_on=Coalesce("passcode_policy__automatic_on", default_date),
            created_on=TruncDate("created_at", tzinfo=UTC),
        )
        .filter(never_touched | undecided)
        .filter(automatic_on__lte=now.astimezone(UTC).date(), created_on__lt=F("automatic_on"))
        .exclude(pk=PLATFORM_TENANT_ID)
    )


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
                by=SYSTEM,
                target=PASSCODE.target_of(tenant),
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


NO_RULE = ""


def domain_of(text: str) -> str:
    """The domain that somebody typed, as a lower-case A-label.

    Raises: InvalidInput at `domain`.
    """
    try:
        return parse_domain(text.strip().removeprefix("@"))
    except InvalidEmailAddress as error:
        raise InvalidInput("domain", str(error.reason)) from error


def require_may_edit(by: User) -> None:
    """Require the right to change rules; log a refusal (AUD-1, OTC-12).

    Raises: NotAllowed.
    """
    rights.require_right(by, Capability.PASSCODE_POLICY_EDIT, log.METHODS_POLICY_UPDATE)


def consequences_for_domain(tenant: Tenant, domain: str, rule: Rule | None) -> Consequences:
    """What the rule, or its end, would do to the guests of `tenant` (BET-2)."""
    return preview.find_consequences(tenant, ProposedChange.with_rule(domain, rule), timezone.now())


def set_for_domain(
    tenant: Tenant, domain: str, rule: Rule | None, *, by: User, acknowledged: int
) -> None:
    """Store the rule about `domain`, a canonical one; None ends it.

    Takes the number of losing guests that was confirmed.

    Raises: NotAllowed (OTC-12), NotConfirmed.
    """
    require_may_edit(by)
    confirmation.require_acknowledged(consequences_for_domain(tenant, domain, rule), acknowledged)
    with transaction.atomic():
        rows = PasscodeRule.objects.of(tenant).filter(domain=domain)
        before = rows.values_list("effect", flat=True).first() or NO_RULE
        after = rule.value if rule else NO_RULE
        if before == after:
            return
        if rule is None:
            rows.delete()
        else:
            PasscodeRule.unscoped.update_or_create(
                tenant=tenant, domain=domain, defaults={"effect": after}
            )
        _record(tenant, Target("PasscodeRule", domain, domain), before, after, by=by)


def set_for_guest(guest: User, rule: Rule | None, *, by: User) -> bool:
    """Store the rule about one guest, which goes before that of their domain; None ends it.

    Gives whether anything changed.

    Raises: NotAllowed (OTC-12), InvalidInput at `rule` for somebody who is no external user.
    """
    rights.require_right_over(by, Capability.PASSCODE_POLICY_EDIT, guest, log.METHODS_POLICY_UPDATE)
    if not guest.is_external:
        raise InvalidInput("rule", _("Members sign in with a password, never with a passcode."))
    with transaction.atomic():
        rows = PasscodeRule.objects.of(guest.tenant).filter(user=guest)
        before = rows.values_list("effect", flat=True).first() or NO_RULE
        after = rule.value if rule else NO_RULE
        if before == after:
            return False
        if rule is None:
            rows.delete()
        else:
            PasscodeRule.unscoped.update_or_create(
                tenant=guest.tenant, user=guest, defaults={"effect": after}
            )
        _record(guest.tenant, Target.of_user(guest), before, after, by=by)
    return True


def _record(tenant: Tenant, target: Target, before: str, after: str, *, by: User) -> None:
    if after == Rule.FORBID:
        one_time_codes.supersede_all(tenant)
    log.record(
        log.METHODS_POLICY_UPDATE,
        tenant,
        by=by,
        target=target,
        details=Details(changes=[Change("passcodeRule", before, after)]),
    )
