"""Models RoundTrip and SeenAssertion: a browser sent to a provider (SEC-42, SEC-46, SEC-50)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from identityproviders.providers.models import Federation
from identityproviders.sign_in.models import SignInTransaction
from portal.security.keys import EncryptedTextField
from portal.tenants.scoping import TenantModel


class RoundTrip(TenantModel):
    """A request to a provider, open for ten minutes, answered once.

    `purpose` is a sign-in (then `sign_in` is its transaction) or a trial by an administrator
    (then `tester` is who runs it; nothing is created by it). `provider_key` is the id of the
    federation, or `google.com` / `facebook.com`. `request_id` is what the answer must name:
    the `state` of OpenID Connect as a SHA-256, the ID of a SAML request, the `wctx` of WS-Fed.
    After a verified answer `result` holds what the provider said; a cross-site POST is picked
    up by the browser under a one-time handle, of which `handle_hash` is the SHA-256.
    """

    class Purpose(models.TextChoices):
        """What the browser went for."""

        SIGN_IN = "sign_in", _("Sign-in")
        TRIAL = "trial", _("Test this provider")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.SIGN_IN)
    sign_in = models.ForeignKey(
        SignInTransaction, on_delete=models.CASCADE, null=True, related_name="passages"
    )
    tester = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    federation = models.ForeignKey(
        Federation, on_delete=models.CASCADE, null=True, related_name="+"
    )
    provider_key = models.CharField(max_length=36)
    request_id = models.CharField(max_length=128)
    nonce = EncryptedTextField(blank=True)
    code_verifier = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    handle_hash = models.CharField(max_length=64, blank=True)
    handle_expires_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("passage to a provider")
        verbose_name_plural = _("passages to providers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request_id"], name="passage_by_request"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="passage_by_expiry"),
            models.Index(fields=["handle_hash"], name="passage_by_handle"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SeenAssertion(TenantModel):
    """An assertion that was used, remembered until it could not be used anyway (SEC-48)."""

    provider_key = models.CharField(max_length=36)
    assertion_id = models.CharField(max_length=256)
    until = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "provider_key", "assertion_id"], name="assertion_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["until"], name="assertion_by_end")]

    def __str__(self) -> str:
        return self.assertion_id
