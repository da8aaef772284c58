"""Model Notification: what a person was told in the console, kept for 30 days."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.scoping import TenantModel


class Notification(TenantModel):
    """One message to one person: something they did, or a job of theirs that ended."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, blank=True)
    """The class of the design: `ok`, `warn`, `bad`, or empty."""
    title = models.CharField(_("title"), max_length=300)
    text = models.TextField(_("text"), blank=True)
    links = models.JSONField(_("links"), default=list, blank=True)
    """Pairs of a label and an address of this portal."""
    created_at = models.DateTimeField(_("date"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes: ClassVar = [
            models.Index(fields=["tenant", "user", "-created_at"], name="notification_of_user"),
        ]

    def __str__(self) -> str:
        return self.title
