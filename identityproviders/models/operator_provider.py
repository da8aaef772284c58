"""OperatorProvider: an OpenID provider for every tenant, set by the operator (decisions 4, 5)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.keys import EncryptedTextField


class OperatorProvider(models.Model):
    """Organisation accounts or personal accounts that live outside this deployment.

    An organisation provider claims the addresses of its domains for resolver ORG; a consumer
    provider takes the place of our own personal accounts for its domains (resolver MSA).
    """

    class Kind(models.TextChoices):
        """Whose accounts it keeps."""

        ORGANIZATION = "organization", _("Organization accounts")
        CONSUMER = "consumer", _("Personal accounts")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    display_name = models.CharField(_("display name"), max_length=256)
    issuer = models.CharField(_("issuer URI"), max_length=2048)
    well_known_url = models.CharField(_("well-known endpoint"), max_length=2048)
    client_id = models.CharField(_("client ID"), max_length=255)
    client_secret = EncryptedTextField(_("client secret"))
    is_enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("operator’s identity provider")
        verbose_name_plural = _("operator’s identity providers")
        ordering: ClassVar = ["display_name", "id"]

    def __str__(self) -> str:
        return self.display_name


class OperatorProviderDomain(models.Model):
    """A domain whose addresses such a provider claims; one provider a domain."""

    provider = models.ForeignKey(OperatorProvider, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(_("domain"), max_length=253, unique=True)

    class Meta:
        verbose_name = _("claimed domain")
        verbose_name_plural = _("claimed domains")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
