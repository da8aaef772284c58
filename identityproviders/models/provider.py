"""Configured identity providers: Google, and federations with their domains (T11, IDP-1)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.keys import EncryptedTextField
from portal.tenants.scoping import TenantModel


class SocialProvider(TenantModel):
    """Google (or Facebook, for user flows) with the tenant's own client (IDP-5, IDP-8)."""

    class Kind(models.TextChoices):
        """Which provider."""

        GOOGLE = "google.com", "Google"
        FACEBOOK = "facebook.com", "Facebook"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    client_id = models.CharField(_("client ID"), max_length=255)
    client_secret = EncryptedTextField(_("client secret"), editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("social identity provider")
        verbose_name_plural = _("social identity providers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "kind"], name="social_once_per_tenant")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Federation(TenantModel):
    """A SAML, WS-Fed or OpenID Connect provider of a partner (IDP-9, IDP-18)."""

    class Protocol(models.TextChoices):
        """How the partner speaks."""

        SAML = "saml", "SAML"
        WS_FED = "wsfed", "WS-Fed"
        OIDC = "oidc", "OpenID Connect"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    display_name = models.CharField(_("display name"), max_length=256)
    protocol = models.CharField(_("protocol"), max_length=8, choices=Protocol.choices)
    issuer = models.CharField(_("issuer URI"), max_length=2048)
    certificate_expires_at = models.DateTimeField(_("certificate expires"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("federated identity provider")
        verbose_name_plural = _("federated identity providers")
        ordering: ClassVar = ["display_name", "id"]

    def __str__(self) -> str:
        return self.display_name


class FederationDomain(TenantModel):
    """A domain whose people sign in with a federation; one provider a tenant (IDP-11)."""

    federation = models.ForeignKey(Federation, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(_("domain"), max_length=253)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "name"], name="federation_domain_once_per_tenant"
            )
        ]

    def __str__(self) -> str:
        return self.name
