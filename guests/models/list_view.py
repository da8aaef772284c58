"""ListView: how one user wants to see one list (USR-4)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from guests.models.user import User
from portal.tenants.scoping import TenantModel


class ListView(TenantModel):
    """The columns that a user chose for a list, in their order; no row means the default ones."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="list_views")
    list_name = models.CharField(_("list"), max_length=32)
    columns = models.JSONField(_("columns"), default=list)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("view of a list")
        verbose_name_plural = _("views of lists")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "list_name"], name="list_view_once_per_user")
        ]

    def __str__(self) -> str:
        return self.list_name
