"""The redemption order for the people of one organisation (CTA-1, CTA-3 to CTA-6, T16).

None stands for the order of the tenant: the default settings.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from guests.models import User
from identityproviders import impact, resolvers
from identityproviders.actions import acknowledgement
from identityproviders.actions.redemption_order import OrderDraft, differences, require_fallback
from identityproviders.changes import Change
from identityproviders.consequences import Consequences
from identityproviders.models import OrganizationOrder
from invitations.actions import cross_tenant
from invitations.actions.settings import ChangedMeanwhile
from invitations.cross_tenant import domains_of
from invitations.models import OrganizationAccess
from portal.audit import log
from portal.audit.log import Details


def stored(row: OrganizationAccess) -> OrderDraft | None:
    """The order that the organisation of `row` has of its own."""
    found = OrganizationOrder.objects.of(row.tenant).filter(domain=row.domain).first()
    return OrderDraft.of(found) if found else None


def proposed(row: OrganizationAccess, draft: OrderDraft | None) -> Change:
    """The change of settings that storing `draft` would be, for every domain of the organisation.

    A domain that has an order under its own name keeps it.
    """
    domains = domains_of(row)
    others = resolvers.orders_of(row.tenant, domains, without=row.domain)
    after = {domain: others.get(domain) for domain in domains}
    if draft is not None:
        after |= {d: draft.order for d in domains if d == row.domain or d not in others}
    return Change.with_orders(after)


def consequences(row: OrganizationAccess, draft: OrderDraft | None) -> Consequences:
    """What storing `draft` would do to the guests of the tenant (BET-2)."""
    return impact.consequences(row.tenant, proposed(row, draft), timezone.now())


def save(
    row: OrganizationAccess,
    draft: OrderDraft | None,
    *,
    by: User,
    version: int,
    acknowledged: int = -1,
) -> bool:
    """Store the order, or let the default hold; whether anything changed.

    Accepted guests keep their method (CTA-6). Takes the `version` of the organisation's settings
    that was shown and the number of losing guests that was `acknowledged`.

    Raises: NotAllowed (CTA-8), ChangedMeanwhile, NoFallback (CTA-5), NotAcknowledged (BET-2).
    """
    cross_tenant.require_may_edit(by, cross_tenant.UPDATE_PARTNER)
    if row.version != version:
        raise ChangedMeanwhile
    before = stored(row)
    if draft == before:
        return False
    if draft is not None:
        require_fallback(row.tenant, draft)
    found = consequences(row, draft)
    acknowledgement.require(found, acknowledged)
    with transaction.atomic():
        shown = OrganizationAccess.objects.of(row.tenant).filter(pk=row.pk, version=version)
        if not shown.update(version=F("version") + 1):
            raise ChangedMeanwhile
        _store(row, draft)
        details = Details(
            changes=differences(before, draft), additional={"GuestsLosingSignIn": found.lose}
        )
        target = cross_tenant.target_of(row)
        log.record(cross_tenant.UPDATE_PARTNER, row.tenant, by=by, target=target, details=details)
    return True


def _store(row: OrganizationAccess, draft: OrderDraft | None) -> None:
    orders = OrganizationOrder.objects.of(row.tenant)
    if draft is None:
        orders.filter(domain=row.domain).delete()
        return
    orders.update_or_create(
        tenant=row.tenant,
        domain=row.domain,
        defaults={"organization": row.organization, **draft.columns},
    )
