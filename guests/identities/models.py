"""Model Identity: an external account that proves who a user is (DIR-22 to DIR-24, T5)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.users.models import User
from portal.tenants.scoping import TenantModel


class Issuer(models.TextChoices):
    """Issuers with a fixed name (T5); a federation's issuer is its URI."""

    EXTERNAL_TENANT = "ExternalAzureAD", "ExternalAzureAD"
    PERSONAL = "MicrosoftAccount", _("Personal account")
    GOOGLE = "google.com", "google.com"
    FACEBOOK = "facebook.com", "facebook.com"
    PASSCODE = "mail", "mail"


class SignInType(models.TextChoices):
    """The signInType column of T5."""

    USER_PRINCIPAL_NAME = "userPrincipalName", "userPrincipalName"
    FEDERATED = "federated", "federated"


class Identity(TenantModel):
    """One external identity bound to a user by a redemption; sign-in goes by it (SEC-34).

    `provider_key` names the provider's row or home tenant, `subject` the person there: the
    object id at a home tenant, the canonical address for a passcode, the provider's subject
    otherwise. Together with the issuer they are unique in a tenant (RED-9).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(_("issuer"), max_length=255)
    sign_in_type = models.CharField(
        _("sign-in type"),
        max_length=20,
        choices=SignInType.choices,
        default=SignInType.FEDERATED,
    )
    issuer_assigned_id = models.CharField(_("issuer assigned ID"), max_length=320, blank=True)
    provider_key = models.CharField(max_length=255, blank=True, editable=False)
    subject = models.CharField(max_length=320, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "issuer", "provider_key", "subject"], name="identity_once"
            )
        ]

    def __str__(self) -> str:
        return self.issuer
