"""The one way to save a setting of a tenant (BET-8, T17, AUD-1).

Each save asks for the right, compares the version that the form showed with the stored one, asks
what the change does to guests where a sign-in can be taken away, and then writes the setting and
its audit row in one transaction. A setting is a `TenantSetting`; what somebody wants to save is a
`SettingChange`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import F

from portal import permissions
from portal.audit import log
from portal.audit.log import Activity, Change, Details, Target
from portal.errors import ChangedMeanwhile, Text
from portal.permissions import Capability
from portal.principals import Principal
from portal.tenants.models import Tenant


@dataclass(frozen=True)
class TenantSetting:
    """A part of what a tenant has set, saved as a whole.

    `model` has one row a tenant, or is `Tenant` itself; `version` names the column that counts
    the saves, empty where the form shows the one stored value instead. `kind` and `name` are the
    target in the log; `changed_meanwhile` is what the second of two administrators reads.
    """

    capability: Capability
    activity: Activity
    model: type[models.Model]
    name: str
    version: str = "version"
    kind: str = "Policy"
    changed_meanwhile: Text = ChangedMeanwhile.message

    def require_may_edit(self, tenant: Tenant, by: Principal) -> None:
        """Pass if `by` may change the setting; a refusal is logged (AUD-1).

        Call it outside the transaction of the change. Raises: NotAllowed.
        """
        with log.refusals(self.activity, tenant, by=by, target=self.target_of(tenant)):
            permissions.require(by, self.capability)

    def save(self, tenant: Tenant, change: SettingChange, *, by: Principal) -> bool:
        """Store the change with its audit row; whether anything changed.

        Raises: NotAllowed (T17), ChangedMeanwhile where the setting is not as it was shown,
        NotConfirmed.
        """
        self.require_may_edit(tenant, by)
        self.require_as_shown(tenant, change.shown, row=change.row)
        if not change.changes:
            return False
        additional = change.confirm() if change.confirm else {}
        with transaction.atomic():
            self._write(tenant, change)
            log.record(
                change.activity or self.activity,
                tenant,
                by=by,
                target=change.target or self.target_of(tenant),
                details=Details(changes=change.changes, additional=additional),
            )
        return True

    def require_as_shown(
        self, tenant: Tenant, shown: Mapping[str, Any], *, row: models.Model | None = None
    ) -> None:
        """Refuse what was filled in from another state, before any guest is counted.

        Raises: ChangedMeanwhile.
        """
        stored = self._rows(tenant, row).first()
        if stored is None and row is None:
            stored = self.model(tenant=tenant)
        if stored is None or any(getattr(stored, name) != value for name, value in shown.items()):
            raise ChangedMeanwhile(self.changed_meanwhile)

    def _write(self, tenant: Tenant, change: SettingChange) -> None:
        """Write where the setting is still as it was shown: of two saves one is refused."""
        if self.model is not Tenant and change.row is None:
            self.model._default_manager.get_or_create(tenant=tenant)
        values = dict(change.values)
        if self.version:
            values[self.version] = F(self.version) + 1
        if not self._rows(tenant, change.row).filter(**change.shown).update(**values):
            raise ChangedMeanwhile(self.changed_meanwhile)
        if change.write_rows:
            change.write_rows()

    def _rows(self, tenant: Tenant, row: models.Model | None) -> models.QuerySet[Any]:
        key: dict[str, Any] = {"pk": tenant.pk} if self.model is Tenant else {"tenant": tenant}
        if row is not None:
            key["pk"] = row.pk
        return self.model._default_manager.filter(**key)

    def target_of(self, tenant: Tenant) -> Target:
        """How the log names the setting."""
        return Target(self.kind, str(tenant.pk), self.name or tenant.display_name)


@dataclass(frozen=True)
class SettingChange:
    """What somebody wants to save.

    `shown` has the columns that the form showed, the version or the value, and is the condition of
    the write. `values` are the new ones by column, `changes` what the log says; none means that
    nothing changes. `confirm` asks what the change does to guests, raises NotConfirmed unless
    that was confirmed, and gives what the log notes of it. `write_rows` writes further rows in the
    same transaction. `row` is the row to write and `target` its name in the log where a tenant has
    many such rows.
    """

    shown: Mapping[str, Any]
    values: Mapping[str, Any]
    changes: Sequence[Change]
    activity: Activity | None = None
    confirm: Callable[[], Mapping[str, object]] | None = None
    write_rows: Callable[[], None] | None = None
    row: models.Model | None = None
    target: Target | None = None


def changed_values(before: object, values: Mapping[str, object]) -> list[Change]:
    """The values that differ from those of the row `before`, by column, as the log takes them."""
    return [
        Change(name, getattr(before, name), value)
        for name, value in values.items()
        if getattr(before, name) != value
    ]
