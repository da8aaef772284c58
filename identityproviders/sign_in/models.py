"""Models SignInTransaction (SEC-41) and CountedTry, a try that rate limits count (SEC-75)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.scoping import TenantModel
from portal.values.email_address import EmailAddress, stored_address


class SignInStep(models.TextChoices):
    """The states of a sign-in and the only order they come in."""

    ADDRESS = "address", _("Address")
    METHOD = "method", _("Proof")
    CONSENT = "consent", _("Consent")
    DONE = "done", _("Signed in")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Canceled")


class CodePurpose(models.TextChoices):
    """What a passcode of a sign-in is for besides signing in with it."""

    SIGN_IN = "", _("Sign in")
    ALIAS = "alias", _("Prove the invited address")
    CREATE = "create", _("Create a personal account")
    RESET = "reset", _("Reset the password of a personal account")
    INBOX = "inbox", _("Prove an address, at no organization")


class SignInTransaction(TenantModel):
    """Who is signing in where, with what, and how far they got.

    The browser holds only the id, inside its session; steps move by conditional UPDATE.
    `invitation_id` is set when the person came with a ticket (RED-1), `sign_up_id` when they
    came through a user flow (SSU-1); `proven_*` once an
    identity was authenticated; `alias_*` an identity that was authenticated but does not say
    the invited address, while a passcode to that address is still missing (RED-8). `user` is
    the user of this tenant, if there is one; `home_user` the account at `home_tenant`, and
    `personal_account` the personal account whose password proves it (T19 D2,
    D5); `provider_key` names the outside provider that the browser is sent to, if any (D3, D4).
    `proof_key` is the address whose mailbox must be shown: the invited or bound one of a guest,
    else the typed one; `code_for` says why, `mailbox_proven_at` that it was.
    `account_address` is typed under *Sign in with another account* (HRD-9), or that of the account
    that the provider named instead of the invited one (SEC-25); `proven_address`
    the canonical address that the proof stands for (SEC-36).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    step = models.CharField(max_length=10, choices=SignInStep.choices, default=SignInStep.ADDRESS)
    entry = models.CharField(max_length=12, default="direct")
    address = models.CharField(max_length=254, blank=True)
    address_key = models.CharField(max_length=254, blank=True)
    method = models.CharField(max_length=16, blank=True)
    provider_key = models.CharField(max_length=36, blank=True)
    discovery_row = models.CharField(max_length=16, blank=True)
    home_tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, null=True, related_name="+"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    home_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    personal_account = models.ForeignKey(
        "identityproviders.PersonalAccount", on_delete=models.CASCADE, null=True, related_name="+"
    )
    account_address = models.CharField(max_length=254, blank=True)
    code_for = models.CharField(
        max_length=6, choices=CodePurpose.choices, default=CodePurpose.SIGN_IN, blank=True
    )
    mailbox_proven_at = models.DateTimeField(null=True)
    alias_issuer = models.CharField(max_length=255, blank=True)
    alias_provider_key = models.CharField(max_length=255, blank=True)
    alias_subject = models.CharField(max_length=320, blank=True)
    proof_key = models.CharField(max_length=254, blank=True)
    error_code = models.PositiveIntegerField(default=0)
    invitation_id = models.UUIDField(null=True)
    sign_up_id = models.UUIDField(null=True)
    continue_to = models.CharField(max_length=2048, blank=True)
    proven_issuer = models.CharField(max_length=255, blank=True)
    proven_provider_key = models.CharField(max_length=255, blank=True)
    proven_subject = models.CharField(max_length=320, blank=True)
    proven_address = models.CharField(max_length=254, blank=True)
    proven_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("sign-in transaction")
        verbose_name_plural = _("sign-in transactions")
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="sign_in_by_expiry")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def typed_address(self) -> EmailAddress:
        """The address that the sign-in is about, as it was typed or invited."""
        return stored_address(self.address)

    @property
    def mailbox(self) -> EmailAddress:
        """The mailbox that a code goes to; it may differ from the typed address (RED-8, T20)."""
        typed = self.typed_address
        return typed if typed.canonical == self.proof_key else stored_address(self.proof_key)

    @property
    def is_sign_up(self) -> bool:
        """Whether a person that the tenant does not know yet is signing up (SSU-1)."""
        return self.sign_up_id is not None and self.user_id is None


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
