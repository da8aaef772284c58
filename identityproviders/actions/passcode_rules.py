"""Force or forbid the passcode for a domain or one guest (BET-10, BET-11)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.actions import protections
from guests.models import User
from identityproviders import impact, passcodes
from identityproviders.actions import acknowledgement
from identityproviders.changes import Change as SettingsChange
from identityproviders.consequences import Consequences
from identityproviders.discovery import Rule
from identityproviders.models import PasscodeRule
from portal.addresses import BadAddress, parse_domain
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import InvalidInput
from portal.tenants.models import Tenant

EDIT = "passcode_policy.edit"
NO_RULE = ""


def domain_of(text: str) -> str:
    """The domain that somebody typed, as a lower-case A-label.

    Raises: InvalidInput at `domain`.
    """
    try:
        return parse_domain(text.strip().removeprefix("@"))
    except BadAddress as error:
        raise InvalidInput("domain", str(error.reason)) from error


def require_may_edit(by: User) -> None:
    """Pass whoever may change rules; a refusal is logged (AUD-1, OTC-12).

    Raises: NotAllowed.
    """
    protections.require(by, EDIT, log.METHODS_POLICY_UPDATE)


def consequences_for_domain(tenant: Tenant, domain: str, rule: Rule | None) -> Consequences:
    """What the rule, or its end, would do to the guests of `tenant` (BET-2)."""
    return impact.consequences(tenant, SettingsChange.with_rule(domain, rule), timezone.now())


def set_for_domain(
    tenant: Tenant, domain: str, rule: Rule | None, *, by: User, acknowledged: int
) -> None:
    """Store the rule about `domain`, a canonical one; None ends it.

    Takes the number of losing guests that was confirmed.

    Raises: NotAllowed (OTC-12), NotAcknowledged.
    """
    require_may_edit(by)
    acknowledgement.require(consequences_for_domain(tenant, domain, rule), acknowledged)
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
    protections.require_on(by, EDIT, guest, log.METHODS_POLICY_UPDATE)
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
        passcodes.supersede_all(tenant)
    log.record(
        log.METHODS_POLICY_UPDATE,
        tenant,
        by=by,
        target=target,
        details=Details(changes=[Change("passcodeRule", before, after)]),
    )
