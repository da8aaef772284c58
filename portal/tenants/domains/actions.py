"""Add, verify, promote and remove the domains of a tenant (DIR-3 to DIR-5)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import log
from portal.audit.log import Activity, Change, Details, Target
from portal.errors import Conflict, InvalidInput
from portal.hooks import Hook
from portal.net import dns
from portal.principals import Principal
from portal.tenants.models import Domain, Tenant
from portal.tenants.properties.actions import require_may_edit
from portal.values.email_address import InvalidEmailAddress, parse_domain

PREFIX = "foyer-verification="
"""What the text record of a domain begins with; the token of the row follows."""

USER_COUNTS: Hook[Callable[[Tenant, str], int]] = Hook("users of a domain")
"""Each counts the users whose name needs a domain of the tenant."""


class NotProven(Conflict):
    """The domain has no such text record yet (DIR-4)."""

    message = _(
        "The record was not found. New records can take a while until every name server knows "
        "them; try again later."
    )


class TakenElsewhere(Conflict):
    """Another organization of the deployment has verified the domain (DIR-4)."""

    message = _("This domain is verified in another organization already.")


class StillNeeded(Conflict):
    """The domain cannot go."""


def record_of(domain: Domain) -> str:
    """The text record that proves the domain."""
    return f"{PREFIX}{domain.proof_token}"


def add_domain(tenant: Tenant, text: str, *, by: Principal) -> Domain:
    """Add an unverified domain with the record that will prove it.

    Raises: NotAllowed, InvalidInput at `name`.
    """
    require_may_edit(tenant, by)
    name = _name(text)
    domain = Domain(tenant=tenant, name=name, proof_token=secrets.token_hex(16))
    try:
        with transaction.atomic():
            domain.save(force_insert=True)
            _record(log.ADD_DOMAIN, domain, by=by)
    except IntegrityError as error:
        raise InvalidInput("name", _("Your organization has this domain already.")) from error
    return domain


def verify_domain(domain: Domain, *, by: Principal) -> None:
    """Look for the record, and take the domain as proven.

    Raises: NotAllowed, NotProven, TakenElsewhere, portal.net.dns.DnsFailed.
    """
    require_may_edit(domain.tenant, by)
    if domain.is_verified:
        return
    if record_of(domain) not in dns.text_records(domain.name):
        raise NotProven
    try:
        with transaction.atomic():
            rows = Domain.objects.filter(pk=domain.pk, is_verified=False)
            if rows.update(is_verified=True, verified_at=timezone.now()):
                _record(log.VERIFY_DOMAIN, domain, by=by)
    except IntegrityError as error:
        raise TakenElsewhere from error


def make_primary(domain: Domain, *, by: Principal) -> None:
    """Show this domain beside the organization's name from now on (DIR-5).

    Raises: NotAllowed, StillNeeded for a domain that is not proven.
    """
    require_may_edit(domain.tenant, by)
    if not domain.is_verified:
        raise StillNeeded(_("Verify the domain first."))
    if domain.is_primary:
        return
    before = domain.tenant.primary_domain
    with transaction.atomic():
        Domain.objects.filter(tenant=domain.tenant, is_primary=True).update(is_primary=False)
        Domain.objects.filter(pk=domain.pk, is_verified=True).update(is_primary=True)
        change = Change("primaryDomain", before, domain.name)
        _record(log.SET_COMPANY_INFORMATION, domain, by=by, changes=[change])


def remove_domain(domain: Domain, *, by: Principal) -> None:
    """Take a domain away.

    Raises: NotAllowed, StillNeeded for the initial and the primary one, and while somebody's
    principal name stands in it.
    """
    require_may_edit(domain.tenant, by)
    if domain.is_initial:
        raise StillNeeded(_("The initial domain stays for good."))
    if domain.is_primary:
        raise StillNeeded(_("Make another domain primary first."))
    count = sum(count_of(domain.tenant, domain.name) for count_of in USER_COUNTS)
    if count:
        text = _("%(count)d users have a principal name in this domain. Change their names first.")
        raise StillNeeded(text % {"count": count})
    activity = log.REMOVE_DOMAIN if domain.is_verified else log.REMOVE_UNVERIFIED_DOMAIN
    with transaction.atomic():
        rows = Domain.objects.filter(pk=domain.pk, is_initial=False, is_primary=False)
        _count, by_model = rows.delete()
        if by_model:
            _record(activity, domain, by=by)


def _name(text: str) -> str:
    """The domain as a lower-case A-label.

    Raises: InvalidInput at `name`.
    """
    try:
        name = parse_domain(text.strip())
    except InvalidEmailAddress as error:
        raise InvalidInput("name", str(error.reason)) from error
    suffix = str(settings.PORTAL_DOMAIN_SUFFIX)
    if name == suffix or name.endswith(f".{suffix}"):
        text = _("Domains under %(suffix)s are given once and for all.") % {"suffix": suffix}
        raise InvalidInput("name", text)
    return name


def _record(
    activity: Activity, domain: Domain, *, by: Principal, changes: list[Change] | None = None
) -> None:
    log.record(
        activity,
        domain.tenant,
        by=by,
        target=Target("Domain", str(domain.pk), domain.name),
        details=Details(changes=changes or []),
    )
