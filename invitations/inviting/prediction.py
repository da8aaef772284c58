"""Predict how a guest will sign in, while the form is filled in (INF-1, BET-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from guests.models import User
from guests.users import lookups
from identityproviders.discovery.decide import Decision
from identityproviders.discovery.queries import (
    expected_method,
    expected_methods,
    expected_methods_of,
)
from invitations.blocking import actions as blocking_actions
from invitations.inviting import checks
from portal.errors import InvalidInput
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress


@dataclass(frozen=True)
class Prediction:
    """What stands beside the form: a decision, or why there is none yet."""

    decision: Decision | None = None
    name: str = ""
    existing: User | None = None
    hint: str = ""
    is_blocked: bool = False

    @property
    def icon(self) -> str:
        """The symbol of the method."""
        return self.decision.method.large_icon if self.decision else "key"

    @property
    def summary(self) -> str:
        """One sentence about the guest."""
        return self.decision.summary(self.name) if self.decision else ""


def predict_methods(tenant: Tenant, addresses: Sequence[EmailAddress | None]) -> list[str]:
    """The label of the method of each address, of known guests their own; blank for None.

    The number of queries does not depend on the number of addresses.
    """
    wanted = {address.canonical: address for address in addresses if address}
    holders = lookups.users_by_address(tenant, wanted)
    decisions = expected_methods_of(tenant, set(holders.values()))
    unknown = [address for key, address in wanted.items() if key not in holders]
    labels = {
        key: str(decision.label) for key, decision in expected_methods(tenant, unknown).items()
    }
    for key, holder in holders.items():
        labels[key] = str(decisions[holder.pk].label) if holder.pk in decisions else ""
    return [labels.get(address.canonical, "") if address else "" for address in addresses]


def predict_method(tenant: Tenant, email: str, display_name: str = "") -> Prediction:
    """The prediction for what was typed so far."""
    if not email.strip():
        return Prediction(hint=_("Enter an e-mail address to see how the guest will sign in."))
    try:
        address = checks.address_of(email)
        checks.require_other_organization(tenant, address)
        checks.require_allowed_domain(tenant, address)
    except InvalidInput as error:
        return Prediction(hint=str(error))
    name = display_name.strip()
    existing = lookups.user_by_address(tenant, address.canonical)
    if existing is not None and not existing.is_external:
        return Prediction(existing=existing, hint=_("An internal user has this address."))
    is_blocked = blocking_actions.is_blocked(tenant, address.canonical)
    if existing is not None:
        decision = expected_methods_of(tenant, [existing]).get(existing.pk)
        return Prediction(decision, existing.display_name, existing, is_blocked=is_blocked)
    decision = expected_method(tenant, address)
    return Prediction(decision, name, is_blocked=is_blocked)
