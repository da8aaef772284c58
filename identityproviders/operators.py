"""Which addresses the operator’s providers claim, and who is bound to one (decisions 4 and 5).

An organization provider answers for resolver ORG, a consumer provider for MSA in place of our own
personal accounts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from guests.models import User
from identityproviders.models import OperatorProvider, OperatorProviderDomain
from portal.addresses import Address

Kind = OperatorProvider.Kind
Claims = dict[tuple[str, str], OperatorProvider]
"""Providers by kind and domain."""


def claims(domains: Collection[str]) -> Claims:
    """The enabled providers that claim one of `domains`; one query."""
    found = OperatorProviderDomain.objects.filter(name__in=domains, provider__is_enabled=True)
    return {(row.provider.kind, row.name): row.provider for row in found.select_related("provider")}


def key_for(kind: OperatorProvider.Kind, address: Address) -> str:
    """The key of the provider that claims `address`; empty if none does."""
    found = claims([address.domain]).get((kind.value, address.domain))
    return str(found.pk) if found else ""


def key_bound(user: User) -> str:
    """The key of the provider an accepted guest is bound to by their identity; empty if to none."""
    identity = user.identities.filter(issuer=user.identity_issuer).first()
    keys = enabled([identity.provider_key]) if identity else frozenset()
    return next(iter(keys), "")


def enabled(keys: Iterable[str]) -> frozenset[str]:
    """Those of `keys` that are enabled providers of the operator; one query, whatever the keys."""
    ids = OperatorProvider.objects.filter(is_enabled=True).values_list("pk", flat=True)
    return frozenset(map(str, ids)) & frozenset(keys)
