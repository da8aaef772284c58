"""CountedTry: one try at something guessable, for limits that survive a restart (SEC-75)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CountedTry(models.Model):
    """A try that was paid for; it belongs to no tenant, because client addresses do not."""

    class Kind(models.TextChoices):
        """What was tried."""

        PASSWORD = "password", _("Password")
        ADDRESS = "address", _("Address")
        ORGANIZATION = "organization", _("Organization")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=320, blank=True)
    client_network = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "key", "at"], name="try_by_key"),
            models.Index(fields=["kind", "client_network", "at"], name="try_by_network"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"
