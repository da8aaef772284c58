"""Model UserFlow: self-service sign-up without an invitation (SSU-1)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.scoping import TenantModel

PREFIX = "B2X_1_"


class UserFlow(TenantModel):
    """What a sign-up page offers and asks. Accounts of organizations are always offered.

    `attributes` are names of user properties in the order they are asked; `applications` the
    ids of what the flow serves, empty for My Apps alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=70)
    offers_microsoft_account = models.BooleanField(_("Personal account"), default=False)
    offers_passcode = models.BooleanField(_("Email one-time passcode"), default=False)
    offers_google = models.BooleanField("Google", default=False)
    offers_facebook = models.BooleanField("Facebook", default=False)
    attributes = models.JSONField(_("attributes to collect"), default=list)
    applications = models.JSONField(_("applications"), default=list, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("user flow")
        verbose_name_plural = _("user flows")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="user_flow_once")
        ]

    def __str__(self) -> str:
        return self.name
