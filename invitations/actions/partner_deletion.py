"""Delete the settings of one organisation, its redemption order with them (CTA-1)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy

from guests.models import User
from identityproviders.actions.redemption_order import UPDATE_DEFAULT, differences
from identityproviders.consequences import Consequences
from identityproviders.models import OrganizationOrder
from invitations import access_impact, checks, cross_tenant
from invitations.access_impact import AccessImpact
from invitations.actions import organization_order
from invitations.actions.cross_tenant import NotConfirmed, require_may_edit, target_of
from invitations.actions.settings import ChangedMeanwhile
from invitations.cross_tenant import PartnerSettings
from invitations.models import OrganizationAccess
from portal.audit import log
from portal.audit.log import Activity, Change, Details
from portal.errors import Conflict

DELETE_PARTNER = Activity(
    "Delete partner specific cross-tenant access setting",
    log.CORE,
    UPDATE_DEFAULT.category,
    "Delete",
)


class PartnerGone(Conflict):
    """Somebody else deleted the settings of this organisation first."""

    message = gettext_lazy("The settings of this organization were deleted meanwhile.")


@dataclass(frozen=True)
class Deletion:
    """What it does to guests when the default holds for the organisation again (BET-2).

    `access` by inbound access, `order` by the redemption order, None where it has none of its own.
    """

    access: AccessImpact
    order: Consequences | None

    @property
    def is_none(self) -> bool:
        """Whether nobody loses or gains a way in."""
        return self.access.is_none and not (self.order and (self.order.lose or self.order.gain))

    @property
    def confirmation(self) -> str:
        """What the confirming page sends back: the numbers it showed."""
        numbers = [len(self.access.lose), len(self.access.gain)]
        if self.order is not None:
            numbers += [self.order.lose, self.order.gain]
        return "-".join(map(str, numbers))


def preview(row: OrganizationAccess) -> Deletion:
    """Ask about every guest of the tenant, with the settings and without them."""
    before = checks.collaboration_rules(row.tenant)
    after = cross_tenant.rules_with(before, row, None)
    has_order = organization_order.stored(row) is not None
    return Deletion(
        access=access_impact.compare(row.tenant, before, after),
        order=organization_order.consequences(row, None) if has_order else None,
    )


def delete_partner(row: OrganizationAccess, *, by: User, confirmed: str = "") -> None:
    """Let the default hold for the organisation again.

    Takes the `confirmation` of the preview that was shown.

    Raises: NotAllowed (CTA-8), NotConfirmed, ChangedMeanwhile, PartnerGone.
    """
    require_may_edit(by, DELETE_PARTNER)
    found = preview(row)
    if not found.is_none and confirmed != found.confirmation:
        raise NotConfirmed(found.access)
    changes = [Change(name, old, None) for name, old in asdict(PartnerSettings.of(row)).items()]
    order = organization_order.stored(row)
    if order is not None:
        changes += differences(order, None)
    with transaction.atomic():
        rows = OrganizationAccess.objects.of(row.tenant).filter(pk=row.pk)
        gone, _by_model = rows.filter(version=row.version).delete()
        if not gone:
            raise ChangedMeanwhile if rows.exists() else PartnerGone
        OrganizationOrder.objects.of(row.tenant).filter(domain=row.domain).delete()
        additional = {
            "GuestsLosing": len(found.access.lose),
            "GuestsGaining": len(found.access.gain),
            "GuestsLosingSignIn": found.order.lose if found.order else 0,
        }
        details = Details(changes=changes, additional=additional)
        log.record(DELETE_PARTNER, row.tenant, by=by, target=target_of(row), details=details)
