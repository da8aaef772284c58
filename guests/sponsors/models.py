"""Model Sponsorship: a user or group that answers for a guest (DIR-25 to DIR-27)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guests.groups.models import Group
from guests.users.models import User
from portal.tenants.scoping import TenantModel

Sponsor = User | Group
"""Who may answer for a guest (DIR-25)."""


class Sponsorship(TenantModel):
    """One sponsor of one guest, a user or a group; at most five a guest, enforced where set."""

    guest = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sponsorships")
    sponsor = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="sponsored", null=True, blank=True
    )
    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, related_name="sponsored", null=True, blank=True
    )

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("sponsor")
        verbose_name_plural = _("sponsors")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["guest", "sponsor"], name="sponsor_once_per_guest"),
            models.UniqueConstraint(fields=["guest", "group"], name="group_once_per_guest"),
            models.CheckConstraint(
                condition=Q(sponsor__isnull=False, group__isnull=True)
                | Q(sponsor__isnull=True, group__isnull=False),
                name="sponsor_is_a_user_or_a_group",
            ),
        ]

    def __str__(self) -> str:
        return str(self.sponsor_id or self.group_id)

    @property
    def party(self) -> Sponsor:
        """The user or the group."""
        found = self.sponsor or self.group
        assert found is not None  # noqa: S101 - the check constraint has it so
        return found

    @property
    def name(self) -> str:
        """The display name of the sponsor."""
        return self.party.display_name

    @property
    def handle(self) -> str:
        """What a person types for the sponsor: the sign-in name, or the group's name."""
        return self.sponsor.user_principal_name if self.sponsor else self.party.display_name
