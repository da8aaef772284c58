"""Models of configured identity providers: social, federations, operator providers (T11, IDP-1)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.security.keys import EncryptedTextField
from portal.tenants.scoping import TenantModel


class SocialProvider(TenantModel):
    """Google (or Facebook, for user flows) with the tenant's own client (IDP-5, IDP-8).

    `version` counts the changes, so that two editors notice each other.
    """

    class Kind(models.TextChoices):
        """Which provider."""

        GOOGLE = "google.com", "Google"
        FACEBOOK = "facebook.com", "Facebook"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    client_id = models.CharField(_("client ID"), max_length=255)
    client_secret = EncryptedTextField(_("client secret"), editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("social identity provider")
        verbose_name_plural = _("social identity providers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "kind"], name="social_once_per_tenant")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def edition(self) -> str:
        """What a form names that shows this row; a provider set up anew has other ones."""
        return f"{self.pk}.{self.version}"


class Federation(TenantModel):
    """A SAML, WS-Fed or OpenID Connect provider of a partner (IDP-9, IDP-18).

    `endpoint`, `certificates` and `metadata_url` belong to SAML and WS-Fed; what only OpenID
    Connect needs stands in its `OpenIDClient`. `certificates` are those of the signing keys,
    PEM, one after another; `version` counts the changes, so that two editors notice each other.
    """

    class Protocol(models.TextChoices):
        """How the partner speaks."""

        SAML = "saml", "SAML"
        WS_FED = "wsfed", "WS-Fed"
        OIDC = "oidc", "OpenID Connect"

    class Binding(models.TextChoices):
        """How a SAML request travels to the partner; answers always come by POST."""

        REDIRECT = "redirect", "HTTP-Redirect"
        POST = "post", "HTTP-POST"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    display_name = models.CharField(_("display name"), max_length=256)
    protocol = models.CharField(_("protocol"), max_length=8, choices=Protocol.choices)
    issuer = models.CharField(_("issuer URI"), max_length=2048)
    endpoint = models.CharField(_("passive authentication endpoint"), max_length=2048, blank=True)
    binding = models.CharField(
        _("request binding"), max_length=8, choices=Binding.choices, default=Binding.REDIRECT
    )
    certificates = models.TextField(_("certificates"), blank=True)
    certificate_expires_at = models.DateTimeField(_("certificate expires"), null=True, blank=True)
    metadata_url = models.CharField(_("metadata URL"), max_length=2048, blank=True)
    metadata_checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    metadata_problem = models.CharField(max_length=200, blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("federated identity provider")
        verbose_name_plural = _("federated identity providers")
        ordering: ClassVar = ["display_name", "id"]

    def __str__(self) -> str:
        return self.display_name


class OpenIDClient(TenantModel):
    """How this tenant is a client of a custom OpenID Connect provider (IDP-18, IDP-19).

    `private_key` is the PEM of our own key where the client proves itself with
    `private_key_jwt`; `claims` maps our names (`sub`, `name`, `email`, ...) to the provider's.
    """

    class Authentication(models.TextChoices):
        """How the client proves itself; `client_secret_basic` is not offered."""

        SECRET_POST = "client_secret_post", "client_secret_post"
        SECRET_JWT = "client_secret_jwt", "client_secret_jwt"
        PRIVATE_KEY_JWT = "private_key_jwt", "private_key_jwt"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    federation = models.OneToOneField(
        Federation, on_delete=models.CASCADE, related_name="openid_client"
    )
    well_known_url = models.CharField(_("well-known endpoint"), max_length=2048)
    client_id = models.CharField(_("client ID"), max_length=255)
    authentication = models.CharField(
        _("client authentication"),
        max_length=20,
        choices=Authentication.choices,
        default=Authentication.SECRET_POST,
    )
    client_secret = EncryptedTextField(_("client secret"), blank=True, editable=False)
    private_key = EncryptedTextField(_("private key"), blank=True, editable=False)
    scope = models.CharField(_("scope"), max_length=512, default="openid profile email")
    claims = models.JSONField(_("claims mapping"), default=dict)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("OpenID Connect client")
        verbose_name_plural = _("OpenID Connect clients")

    def __str__(self) -> str:
        return self.client_id


class FederationDomain(TenantModel):
    """A domain whose people sign in with a federation; one provider a tenant (IDP-11)."""

    federation = models.ForeignKey(Federation, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(_("domain"), max_length=253)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

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


class OperatorProvider(models.Model):
    """Organization accounts or personal accounts that live outside this deployment.

    An organization provider claims the addresses of its domains for resolver ORG; a consumer
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
