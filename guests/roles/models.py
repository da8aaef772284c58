"""Model RoleAssignment: a directory role that a user holds (ROL-1)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.users.models import User
from portal.permissions import Role
from portal.tenants.scoping import TenantModel


class RoleAssignment(TenantModel):
    """One role of T17 held by one user."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_assignments")
    role = models.CharField(_("role"), max_length=40, choices=[(r.value, r.label) for r in Role])
    created_at = models.DateTimeField(_("assigned"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("role assignment")
        verbose_name_plural = _("role assignments")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "role"], name="role_once_per_user")
        ]

    def __str__(self) -> str:
        return str(Role(self.role).label)
