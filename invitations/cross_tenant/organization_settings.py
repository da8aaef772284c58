"""Save the redemption order of one organization, or delete all its settings (CTA-1, CTA-3 ff.).

An order of None stands for the order of the tenant.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from guests.models import User
from identityproviders.discovery import resolvers
from identityproviders.discovery.redemption_order import (
    UPDATE_DEFAULT,
    OrderDraft,
    order_differences,
    require_fallback,
)
from identityproviders.impact import confirmation
from identityproviders.impact.effects import Consequences
from identityproviders.impact.preview import find_consequences
from identityproviders.impact.proposed_change import ProposedChange
from identityproviders.models import OrganizationOrder
from invitations.collaboration import access_impact
from invitations.collaboration.access_impact import AccessImpact
from invitations.cross_tenant import actions, queries
from invitations.cross_tenant.actions import require_may_edit_cross_tenant, target_of
from invitations.cross_tenant.queries import PartnerSettings, partner_domains
from invitations.inviting import checks
from invitations.models import OrganizationAccess
from portal.audit import log
from portal.audit.log import Activity, Change, Details
from portal.errors import ChangedMeanwhile, Conflict, NotConfirmed
from portal.tenant_settings import SettingChange


def stored_organization_order(row: OrganizationAccess) -> OrderDraft | None:
    """The order that the organization of `row` has of its own."""
    found = OrganizationOrder.objects.of(row.tenant).filter(domain=row.domain).first()
    return OrderDraft.of(found) if found else None


def proposed_order_change(row: OrganizationAccess, draft: OrderDraft | None) -> ProposedChange:
    """The change of settings that storing `draft` would be, for every domain of the organization.

    A domain that has an order under its own name keeps it.
    """
    domains = partner_domains(row)
    others = resolvers.orders_of(row.tenant, domains, without=row.domain)
    after = {domain: others.get(domain) for domain in domains}
    if draft is not None:
        after |= {d: draft.order for d in domains if d == row.domain or d not in others}
    return ProposedChange.with_orders(after)


def organization_order_impact(row: OrganizationAccess, draft: OrderDraft | None) -> Consequences:
    """What storing `draft` would do to the guests of the tenant (BET-2)."""
    return find_consequences(row.tenant, proposed_order_change(row, draft), timezone.now())


def save_organization_order(
    row: OrganizationAccess,
    draft: OrderDraft | None,
    *,
    by: User,
    version: int,
    acknowledged: int = -1,
) -> bool:
    """Store the order, or let the default hold; whether anything changed.

    Accepted guests keep their method (CTA-6). Takes the `version` of the organization's settings
    that was shown and the number of losing guests that was `acknowledged`.

    Raises: NotAllowed (CTA-8), ChangedMeanwhile, NoFallback (CTA-5), NotConfirmed (BET-2).
    """
    before = stored_organization_order(row)
    change = SettingChange(
        shown={"version": version},
        values={},
        changes=order_differences(before, draft) if draft != before else [],
        confirm=lambda: _require_confirmed(row, draft, acknowledged),
        write_rows=lambda: _store(row, draft),
        row=row,
        target=actions.target_of(row),
    )
    return actions.PARTNER.save(row.tenant, change, by=by)


def _require_confirmed(
    row: OrganizationAccess, draft: OrderDraft | None, acknowledged: int
) -> dict[str, object]:
    """How many guests lose their sign-in, for the log. Raises: NoFallback, NotConfirmed."""
    if draft is not None:
        require_fallback(row.tenant, draft)
    found = organization_order_impact(row, draft)
    confirmation.require_acknowledged(found, acknowledged)
    return {"GuestsLosingSignIn": found.lose}


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


DELETE_PARTNER = Activity(
    "Delete partner specific cross-tenant access setting",
    log.CORE,
    UPDATE_DEFAULT.category,
    "Delete",
)


class PartnerGone(Conflict):
    """Somebody else deleted the settings of this organization first."""

    message = gettext_lazy("The settings of this organization were deleted meanwhile.")


@dataclass(frozen=True)
class Deletion:
    """What it does to guests when the default holds for the organization again (BET-2).

    `access` by inbound access, `order` by the redemption order, None where it has none of its own.
    """

    access: AccessImpact
    order: Consequences | None

    @property
    def is_none(self) -> bool:
        """Whether no guest loses or gains a way in."""
        return self.access.is_none and not (self.order and (self.order.lose or self.order.gain))

    @property
    def confirmation(self) -> str:
        """What the confirming page sends back: the numbers it showed."""
        numbers = [self.access.lose, self.access.gain]
        if self.order is not None:
            numbers += [self.order.lose, self.order.gain]
        return "-".join(map(str, numbers))


def preview_partner_deletion(row: OrganizationAccess) -> Deletion:
    """Ask about every guest of the tenant, with the settings and without them."""
    before = checks.collaboration_rules(row.tenant)
    after = queries.rules_with(before, row, None)
    has_order = stored_organization_order(row) is not None
    return Deletion(
        access=access_impact.compare(row.tenant, before, after),
        order=organization_order_impact(row, None) if has_order else None,
    )


def delete_partner(row: OrganizationAccess, *, by: User, confirmed: str = "") -> None:
    """Let the default hold for the organization again.

    Takes the `confirmation` of the preview that was shown.

    Raises: NotAllowed (CTA-8), NotConfirmed, ChangedMeanwhile, PartnerGone.
    """
    require_may_edit_cross_tenant(by, DELETE_PARTNER)
    found = preview_partner_deletion(row)
    if not found.is_none and confirmed != found.confirmation:
        raise NotConfirmed(access_impact.CONFIRM, impact=found.access)
    changes = [Change(name, old, None) for name, old in asdict(PartnerSettings.of(row)).items()]
    order = stored_organization_order(row)
    if order is not None:
        changes += order_differences(order, None)
    with transaction.atomic():
        rows = OrganizationAccess.objects.of(row.tenant).filter(pk=row.pk)
        gone, _by_model = rows.filter(version=row.version).delete()
        if not gone:
            raise ChangedMeanwhile if rows.exists() else PartnerGone
        OrganizationOrder.objects.of(row.tenant).filter(domain=row.domain).delete()
        additional = {
            "GuestsLosing": found.access.lose,
            "GuestsGaining": found.access.gain,
            "GuestsLosingSignIn": found.order.lose if found.order else 0,
        }
        details = Details(changes=changes, additional=additional)
        log.record(DELETE_PARTNER, row.tenant, by=by, target=target_of(row), details=details)
