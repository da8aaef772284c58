"""Model Group with its members and owners (decision 9: assigned groups only)."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.users.models import User
from portal.tenants.scoping import TenantModel


class Group(TenantModel):
    """A group whose members somebody assigns. Several groups may have the same name."""

    id = models.UUIDField(_("object ID"), primary_key=True, default=uuid.uuid4, editable=False)
    display_name = models.CharField(_("group name"), max_length=256)
    display_name_key = models.CharField(max_length=256, editable=False)
    description = models.CharField(_("group description"), max_length=1024, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering: ClassVar = ["display_name_key", "id"]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "display_name_key", "id"], name="groups_by_name"),
            models.Index(fields=["tenant", "-created_at", "id"], name="groups_by_creation"),
        ]

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row with its case-insensitive sort key."""
        self.display_name_key = self.display_name.casefold()[:256]
        super().save(*args, **kwargs)


class GroupMembership(TenantModel):
    """One user in one group. A deleted user keeps it, for a restore (DIR-28, DEL-4)."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="group_memberships")
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("group membership")
        verbose_name_plural = _("group memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "user"], name="member_once_per_group")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"


class GroupOwnership(TenantModel):
    """One user who may change the members of one group."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="ownerships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="group_ownerships")
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("group ownership")
        verbose_name_plural = _("group ownerships")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "user"], name="owner_once_per_group")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} owns {self.group_id}"
