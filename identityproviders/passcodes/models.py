"""Models of passcode requests, wrong tries and locks (SEC-1 to SEC-10)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.scoping import TenantModel


class PasscodeRequest(TenantModel):
    """One *Send code* of one browser transaction.

    Unknown addresses get a row without a user: the same rows, the same limits, no mail
    (SEC-14). The code itself is derived from nonce, key id and request id by
    `identityproviders.passcodes.one_time_codes`; nothing here can be tested without the key
    ring (SEC-2).
    `user_epoch` notes how the user stood: a block or a revocation since then kills the code
    (SEC-6).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sign_in = models.ForeignKey(
        "identityproviders.SignInTransaction",
        on_delete=models.CASCADE,
        related_name="passcode_requests",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    user_epoch = models.CharField(max_length=64, blank=True)
    address_key = models.CharField(max_length=254)
    client_network = models.CharField(max_length=45, blank=True)
    nonce = models.BinaryField()
    key_id = models.CharField(max_length=32)
    attempts = models.PositiveSmallIntegerField(default=0)
    lifetime_minutes = models.PositiveSmallIntegerField(default=30)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    consumed_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("passcode request")
        verbose_name_plural = _("passcode requests")
        indexes: ClassVar = [
            models.Index(fields=["tenant", "address_key", "created_at"], name="code_by_address"),
            models.Index(fields=["client_network", "created_at"], name="code_by_network"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class WrongPasscode(TenantModel):
    """One paid try that did not sign in, for the rolling hour of OTP-9 and SEC-10."""

    address_key = models.CharField(max_length=254)
    client_network = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(fields=["tenant", "address_key", "at"], name="wrong_by_address"),
            models.Index(fields=["client_network", "at"], name="wrong_by_network"),
        ]

    def __str__(self) -> str:
        return str(self.at)


class PasscodeLock(TenantModel):
    """The lock of one identity, and the row that makes its tries queue up (SEC-10).

    A transaction that locks the row first sees every paid try when it counts afterwards.
    """

    address_key = models.CharField(max_length=254)
    locked_until = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "address_key"], name="passcode_lock_per_address"
            )
        ]

    def __str__(self) -> str:
        return self.address_key
