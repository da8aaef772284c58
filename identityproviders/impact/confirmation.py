"""Refuse a change that takes sign-ins away until its number is confirmed (OTC-10, BET-2)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from identityproviders.impact import preview
from identityproviders.impact.effects import Consequences
from identityproviders.impact.proposed_change import ProposedChange
from identityproviders.models import Federation, SocialProvider
from portal.errors import NotConfirmed
from portal.tenants.models import Tenant


def require_acknowledged(consequences: Consequences, acknowledged: int) -> None:
    """Pass a change that takes no sign-in away, or whose number of losing guests was confirmed.

    Raises: NotConfirmed.
    """
    if consequences.lose and acknowledged != consequences.lose:
        raise NotConfirmed(_("Confirm that these guests lose their sign-in, then save again."))


@dataclass(frozen=True)
class Removal:
    """Something that goes, and what that does to the guests."""

    change: ProposedChange
    consequences: Consequences

    @property
    def lose(self) -> int:
        """How many guests lose their sign-in; this number is confirmed."""
        return self.consequences.lose


def without_provider(provider: Federation | SocialProvider) -> Removal:
    """What happens without this provider (IDP-7, IDP-16)."""
    if isinstance(provider, Federation):
        return _removal(provider.tenant, ProposedChange.without_provider(str(provider.pk)))
    return _removal(provider.tenant, ProposedChange.without_provider(provider.kind))


def without_domain(federation: Federation, domain: str) -> Removal:
    """What happens when the provider serves `domain` no longer (IDP-14, IDP-16).

    A guest of an OpenID provider who accepted goes by the subject, whatever the address (SEC-37).
    """
    is_openid = federation.protocol == Federation.Protocol.OIDC
    change = ProposedChange.without_domain(domain, keeps_accepted=is_openid)
    return _removal(federation.tenant, change)


def require_confirmed_number(removal: Removal, acknowledged: int) -> int:
    """Pass if the number that was confirmed is the one that is true; that number.

    Raises: NotConfirmed.
    """
    if removal.lose != acknowledged:
        raise NotConfirmed(
            _("Look at the number of guests who lose their sign-in, then confirm again.")
        )
    return removal.lose


def _removal(tenant: Tenant, change: ProposedChange) -> Removal:
    return Removal(change, preview.find_consequences(tenant, change, timezone.now()))
