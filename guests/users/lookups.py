"""Find the user that an address belongs to, in one tenant or in all (RED-5, HRD-1, APP-2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from guests.models import Identity, Issuer, SearchTerm, User
from portal.tenants.models import PLATFORM_TENANT_ID, Tenant
from portal.values.email_address import (
    CanonicalAddress,
    EmailAddress,
    InvalidEmailAddress,
    canonical_address,
    parse_email_address,
)

NO_ADDRESS = CanonicalAddress("")
DEPLOYMENT_WIDE = frozenset({Issuer.PASSCODE, Issuer.EXTERNAL_TENANT, Issuer.PERSONAL})
"""Issuers whose subject means the same person in every tenant; a federation is one tenant's."""


def user_by_address(tenant: Tenant, address: CanonicalAddress) -> User | None:
    """The present user of `tenant` with this canonical address, or None (RED-5)."""
    return users_by_address(tenant, [address]).get(address)


def users_by_address(tenant: Tenant, addresses: Iterable[CanonicalAddress]) -> dict[str, User]:
    """The present users of `tenant` with these canonical addresses, in a fixed number of queries.

    Matches user principal name, mail, other mails, proxy and invited address (RED-5). Where
    two users share an address, the guest invited with it comes first, then the oldest.
    """
    wanted = set(addresses)
    found = _users_with(tenant, wanted).prefetch_related("role_assignments", "identities")
    return _holders(found, wanted)


def user_signing_in(tenant: Tenant, address: EmailAddress) -> User | None:
    """The present user of `tenant` who signs in with this address, or None (RED-5).

    Two queries, whether there is such a user or not (SEC-14): roles and identities are not read.
    """
    wanted = {address.canonical}
    return _holders(_users_with(tenant, wanted), wanted).get(address.canonical)


def _users_with(tenant: Tenant, wanted: set[CanonicalAddress]) -> QuerySet[User]:
    """Users with one of these canonical addresses, and others whose search terms are alike."""
    # Two questions, because together they would read every user of the tenant on PostgreSQL.
    named = SearchTerm.objects.of(tenant).filter(term__in=wanted).values_list("user", flat=True)
    users: QuerySet[User] = (
        User.objects.of(tenant)
        .present()
        .filter(Q(invited_address_key__in=wanted) | Q(pk__in=list(named)))
        .select_related("tenant")
        .order_by("created_at", "pk")
    )
    return users


def _holders(found: Iterable[User], wanted: set[CanonicalAddress]) -> dict[str, User]:
    holders: dict[str, User] = {}
    for user in found:
        for address in canonical_addresses(user) & wanted:
            holder = holders.setdefault(address, user)
            if user.invited_address_key == address != holder.invited_address_key:
                holders[address] = user
    return holders


def deleted_guest(tenant: Tenant, address: CanonicalAddress) -> User | None:
    """The guest among *Deleted users* who had this canonical address, the last one (INV-13).

    None when a present user has the address.
    """
    if user_by_address(tenant, address) is not None:
        return None
    named = SearchTerm.objects.of(tenant).filter(term=address).values_list("user", flat=True)
    found = (
        User.objects.of(tenant)
        .deleted()
        .exclude(external_user_state="")
        .filter(pk__in=list(named))
        .select_related("tenant")
        .prefetch_related("role_assignments")
        .order_by("-deleted_at", "-pk")
    )
    return next((user for user in found if address in canonical_addresses(user)), None)


def canonical_addresses(user: User) -> set[CanonicalAddress]:
    """Every address of the person in canonical form; the principal name of a member is one."""
    names = list(user.addresses)
    if user.signs_in_by_password:
        names.append(user.user_principal_name)
    return {c for c in map(_canonical, names) if c}


def guests_by_address(address: CanonicalAddress) -> list[User]:
    """The enabled guests of all organizations who prove themselves with this mailbox, oldest first.

    Invited under this canonical address, or bound to it by a passcode.
    """
    bound = Identity.unscoped.filter(issuer=Issuer.PASSCODE, subject=address).values("user")
    return list(
        User.unscoped.present()
        .external()
        .filter(Q(invited_address_key=address) | Q(pk__in=bound))
        .filter(account_enabled=True, tenant__is_suspended=False)
        .select_related("tenant")
        .order_by("created_at", "pk")
    )


def invited_key(user: User) -> CanonicalAddress:
    """The canonical address that a pending guest must prove (RED-8): the invited one, of an
    internal user their mail; empty if there is none."""
    return CanonicalAddress(user.invited_address_key) or _canonical(user.mail) or NO_ADDRESS


def members_by_address(
    addresses: Iterable[CanonicalAddress], *, outside: Tenant
) -> dict[str, User]:
    """Enabled members of other organizations by canonical address, their UPN (HRD-1, ORG).

    One query, whatever the number of addresses.
    """
    wanted = set(addresses)
    if not wanted:
        return {}
    members = (
        home_accounts(outside=outside)
        .filter(upn_key__in=wanted)
        .select_related("tenant")
        .order_by("created_at", "pk")
    )
    found: dict[str, User] = {}
    for member in members:
        found.setdefault(member.user_principal_name.lower(), member)
    return found


def home_accounts(*, outside: Tenant) -> QuerySet[Any]:
    """Enabled members of other organizations, with their lower-case UPN as `upn_key` (HRD-1, ORG).

    The UPN stands in a domain that its tenant proved. A mail proves nothing: an administrator who
    sets it could take over guests of others (SEC-36); it counts only where a home tenant allows
    sign-in by mail, which none can yet.
    """
    rows: QuerySet[Any] = (
        User.unscoped.present()
        .filter(external_user_state="", account_enabled=True, tenant__is_suspended=False)
        .exclude(tenant=outside)
        .exclude(tenant_id=PLATFORM_TENANT_ID)
        .annotate(upn_key=Lower("user_principal_name"))
    )
    return rows


def address_at(tenant: Tenant, user: User) -> EmailAddress | None:
    """The address that the person behind `user` signs in with at `tenant`; None if unknown there.

    That of the account that proved the same identity, else one of their own that an account has.
    """
    accounts = (one for one in accounts_of_same_person(user) if one.tenant_id == tenant.pk)
    account = next(accounts, None)
    if account is not None and account.own_address:
        return account.own_address
    for address in sorted(canonical_addresses(user)):
        if user_by_address(tenant, address) is not None:
            return parse_email_address(address)
    return None


def accounts_of_same_person(user: User, *, with_disabled: bool = False) -> list[User]:
    """The accounts of one person in all tenants, the given one first (APP-2).

    Disabled ones are left out unless asked for (ORG-6).

    The same person is who proved the same identity: the same mailbox by passcode, the same
    account at a home tenant, the same subject at the same provider. An address alone proves
    nothing (SEC-36).
    """
    keys = _proofs_of(user)
    if not keys:
        return [user]
    question = Q()
    for issuer, provider_key, subject in keys:
        question |= Q(issuer=issuer, provider_key=provider_key, subject=subject)
    ids = set(Identity.unscoped.filter(question).values_list("user_id", flat=True))
    person = Q(pk__in=ids)
    for issuer, tenant_id, subject in keys:
        # A subject of an outside provider may look like an id without being one of ours.
        if issuer == Issuer.EXTERNAL_TENANT and _is_id(tenant_id) and _is_id(subject):
            person |= Q(pk=subject, tenant_id=tenant_id)
    others = (
        User.unscoped.present()
        .filter(person, tenant__is_suspended=False)
        .filter(account_enabled__in=[True, False] if with_disabled else [True])
        .exclude(pk=user.pk)
        .exclude(external_user_state="PendingAcceptance")
        .select_related("tenant")
        .order_by("tenant__display_name", "pk")
    )
    return [user, *others]


def _proofs_of(user: User) -> set[tuple[str, str, str]]:
    """The identity keys that stand for this person; a member is one for the others' tenants."""
    if not user.is_external:
        return {(Issuer.EXTERNAL_TENANT, str(user.tenant_id), str(user.pk))}
    return {
        (identity.issuer, identity.provider_key, identity.subject)
        for identity in user.identities.all()
        if identity.issuer in DEPLOYMENT_WIDE
    }


def _canonical(text: str) -> CanonicalAddress | None:
    try:
        return canonical_address(text)
    except InvalidEmailAddress:
        return None


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
