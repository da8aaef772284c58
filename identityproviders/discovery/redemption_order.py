"""Read and save the redemption order of a tenant (T16, CTA-3 to CTA-6)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.models import User
from identityproviders.discovery import decide, queries
from identityproviders.discovery.decide import Primary
from identityproviders.impact import confirmation, preview
from identityproviders.impact.proposed_change import ProposedChange
from identityproviders.models import RedemptionOrder
from identityproviders.passcodes.policy import state
from identityproviders.passcodes.policy.models import OrderColumns
from portal.audit import log
from portal.audit.log import Activity, Change
from portal.errors import Conflict
from portal.permissions import Capability
from portal.tenant_settings import SettingChange, TenantSetting
from portal.tenants.models import Tenant

UPDATE_DEFAULT = Activity(
    "Update the cross-tenant access default setting",
    log.CORE,
    "CrossTenantAccessSettings",
    "Update",
)
RESET_DEFAULT = Activity(
    "Reset the cross-tenant access default setting",
    log.CORE,
    "CrossTenantAccessSettings",
    "Update",
)


ORDER = TenantSetting(
    Capability.CROSS_TENANT_EDIT,
    UPDATE_DEFAULT,
    RedemptionOrder,
    "Redemption order",
    changed_meanwhile=_("Somebody changed the redemption order meanwhile. You see what holds now."),
)


class NoFallback(Conflict):
    """Guests without any other way would be left (CTA-5)."""

    status = 400


@dataclass(frozen=True)
class OrderDraft:
    """The two lists of T16 as the tab shows them: every primary in its place, on or off."""

    primary: tuple[tuple[Primary, bool], ...] = tuple((primary, True) for primary in Primary)
    microsoft_account_fallback: bool = True
    passcode_fallback: bool = True

    @property
    def order(self) -> decide.RedemptionOrder:
        """What discovery goes by: the enabled ones."""
        return decide.RedemptionOrder(
            primary=tuple(name for name, is_enabled in self.primary if is_enabled),
            microsoft_account_fallback=self.microsoft_account_fallback,
            passcode_fallback=self.passcode_fallback,
        )

    @classmethod
    def of(cls, row: OrderColumns) -> OrderDraft:
        """As it is stored."""
        return cls(
            primary=tuple((Primary(item["name"]), bool(item["enabled"])) for item in row.primary),
            microsoft_account_fallback=row.microsoft_account_fallback,
            passcode_fallback=row.passcode_fallback,
        )

    @property
    def columns(self) -> dict[str, object]:
        """What a row holds that stores it."""
        return {
            "primary": [{"name": name.value, "enabled": is_on} for name, is_on in self.primary],
            "microsoft_account_fallback": self.microsoft_account_fallback,
            "passcode_fallback": self.passcode_fallback,
        }

    def moved(self, name: Primary, by: int) -> OrderDraft:
        """The draft with one primary a place further up (-1) or down (1), where there is one."""
        rows = list(self.primary)
        here = next(index for index, row in enumerate(rows) if row[0] is name)
        there = here + by
        if 0 <= there < len(rows):
            rows[here], rows[there] = rows[there], rows[here]
        return replace(self, primary=tuple(rows))


DEFAULT = OrderDraft()


def stored_order(tenant: Tenant) -> tuple[OrderDraft, int]:
    """The stored order with its version; the default for a tenant that set nothing."""
    row = RedemptionOrder.objects.filter(tenant=tenant).first()
    return (OrderDraft.of(row), row.version) if row else (DEFAULT, 0)


def require_fallback(tenant: Tenant, draft: OrderDraft) -> None:
    """Pass a draft that leaves a fallback which works (CTA-5). Raises: NoFallback."""
    if not (draft.microsoft_account_fallback or draft.passcode_fallback):
        raise NoFallback(_("At least one fallback identity provider must stay enabled."))
    if draft.microsoft_account_fallback:
        return
    policy = queries.passcode_policy_of(tenant)
    settings = queries.passcode_settings(tenant, policy)
    if not state.is_effective(settings, timezone.now()):
        raise NoFallback(
            _(
                "Personal accounts can be turned off only while Email one-time passcode is on for "
                "guests. Turn that on first."
            )
        )


def save_order(
    tenant: Tenant,
    draft: OrderDraft,
    *,
    by: User,
    version: int,
    acknowledged: int = -1,
    is_reset: bool = False,
) -> bool:
    """Store the order; whether anything changed. Accepted guests keep their method (CTA-6).

    Takes the `version` that was shown and the number of losing guests that was `acknowledged`;
    `is_reset` when the administrator pressed *Reset to default*.

    Raises: NotAllowed (CTA-8), ChangedMeanwhile, NoFallback (CTA-5), NotConfirmed (BET-2).
    """
    before, _version = stored_order(tenant)
    change = SettingChange(
        shown={"version": version},
        values=draft.columns,
        changes=order_differences(before, draft) if draft != before else [],
        activity=RESET_DEFAULT if is_reset else UPDATE_DEFAULT,
        confirm=lambda: _require_confirmed(tenant, draft, acknowledged),
    )
    return ORDER.save(tenant, change, by=by)


def _require_confirmed(tenant: Tenant, draft: OrderDraft, acknowledged: int) -> dict[str, object]:
    """How many guests lose their sign-in, for the log. Raises: NoFallback, NotConfirmed."""
    require_fallback(tenant, draft)
    proposed = ProposedChange.with_order(draft.order)
    found = preview.find_consequences(tenant, proposed, timezone.now())
    confirmation.require_acknowledged(found, acknowledged)
    return {"GuestsLosingSignIn": found.lose}


def order_differences(before: OrderDraft | None, after: OrderDraft | None) -> list[Change]:
    """The two lists of T16 before and after, for the log; None where the tenant’s own holds."""
    return [
        Change("PrimaryIdentityProviderPrecedenceOrder", _primary(before), _primary(after)),
        Change("FallbackIdentityProvider", _fallbacks(before), _fallbacks(after)),
    ]


def _primary(draft: OrderDraft | None) -> list[str] | None:
    return [name.value for name in draft.order.primary] if draft else None


def _fallbacks(draft: OrderDraft | None) -> list[str] | None:
    return [name.value for name in draft.order.fallbacks] if draft else None
