"""The base class of rows that belong to one tenant (SEC-80).

`Model.objects` answers only after `.of(tenant)`: a query that forgets the tenant fails at once
instead of leaking rows of another organization. `Model.unscoped` is the plain manager; related
managers use it implicitly (they are bound by their parent), and `tests/rules` pins the few modules
that may name it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.db import models

if TYPE_CHECKING:
    from portal.tenants.models import Tenant


class UnboundTenantQueryError(RuntimeError):
    """A tenant-scoped model was queried without naming the tenant (SEC-80)."""


Row = TypeVar("Row", bound=models.Model)


class TenantQuerySet(models.QuerySet[Row]):
    """Base of the query sets with domain names of tenant models."""


class TenantManager(models.Manager[Row]):
    """Manager that needs a tenant before it gives a query set."""

    queryset_class: type[models.QuerySet[Any]] = TenantQuerySet

    def __init__(self, queryset_class: type[models.QuerySet[Any]] = TenantQuerySet) -> None:
        super().__init__()
        self.queryset_class = queryset_class

    def get_queryset(self) -> models.QuerySet[Row]:
        """Refuse the unbound query.

        Raises: UnboundTenantQueryError always; use `of(tenant)`.
        """
        raise UnboundTenantQueryError(
            f"{self.model.__name__}.objects needs a tenant: use .of(tenant)"
        )

    def of(self, tenant: Tenant) -> Any:
        """Give the query set of the rows of `tenant`."""
        queryset = self.queryset_class(self.model, using=self._db)
        return cast("models.QuerySet[Row]", queryset.filter(tenant=tenant))

    def create(self, **values: Any) -> Row:
        """Insert one row; `tenant` is among the values.

        Raises: UnboundTenantQueryError when it is not.
        """
        if values.get("tenant") is None and values.get("tenant_id") is None:
            raise UnboundTenantQueryError(f"{self.model.__name__} needs a tenant")
        row = self.model(**values)
        row.save(force_insert=True, using=self._db)
        return row


class TenantModel(models.Model):
    """A row of one tenant. Subclasses set `objects = TenantManager(...)` to name a query set."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", editable=False
    )

    unscoped: ClassVar[Any] = models.Manager()
    objects: ClassVar[TenantManager[Any]] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
