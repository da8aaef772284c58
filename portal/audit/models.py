"""Models AuditEvent and SignInEvent, which are never changed (AUD-1, AUD-2, LOG-1, T24)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.scoping import TenantManager, TenantModel
from portal.values.email_address import EmailAddress, stored_address


class AppendOnlyError(RuntimeError):
    """Somebody tried to change or delete a log row (AUD-1)."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Reads and inserts, nothing else."""

    def update(self, **values: Any) -> NoReturn:
        """Refuse. Raises: AppendOnlyError."""
        raise AppendOnlyError("log rows are never changed")

    def delete(self) -> NoReturn:
        """Refuse. Raises: AppendOnlyError."""
        raise AppendOnlyError("log rows are never deleted")


class AppendOnlyModel(TenantModel):
    """A log row of a tenant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("date"), default=timezone.now, editable=False)
    correlation_id = models.CharField(_("correlation ID"), max_length=64, blank=True)
    client_address = models.CharField(_("IP address"), max_length=45, blank=True)

    unscoped: ClassVar[Any] = AppendOnlyQuerySet.as_manager()
    objects: ClassVar[TenantManager[Any]] = TenantManager(AppendOnlyQuerySet)

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert. Raises: AppendOnlyError when the row is already stored."""
        if not self._state.adding:
            raise AppendOnlyError("log rows are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse. Raises: AppendOnlyError."""
        raise AppendOnlyError("log rows are never deleted")


class Result(models.TextChoices):
    """Outcome of an audited operation (AUD-1)."""

    SUCCESS = "success", _("Success")
    FAILURE = "failure", _("Failure")


class AuditEvent(AppendOnlyModel):
    """One operation of T23: who did what to what, with what result (AUD-2)."""

    logged_by_service = models.CharField(_("service"), max_length=64)
    category = models.CharField(_("category"), max_length=64)
    activity = models.CharField(_("activity"), max_length=128)
    operation_type = models.CharField(_("operation type"), max_length=32, blank=True)
    result = models.CharField(_("status"), max_length=8, choices=Result.choices)
    result_reason = models.CharField(_("status reason"), max_length=500, blank=True)
    actor_kind = models.CharField(_("actor kind"), max_length=16, default="user")
    actor_id = models.UUIDField(_("actor"), null=True, blank=True)
    actor_name = models.CharField(_("initiated by (actor)"), max_length=256, blank=True)
    target_type = models.CharField(_("target type"), max_length=64, blank=True)
    target_id = models.CharField(_("target ID"), max_length=64, blank=True)
    target_name = models.CharField(_("target(s)"), max_length=320, blank=True)
    modified_properties = models.JSONField(_("modified properties"), default=list, blank=True)
    additional_details = models.JSONField(_("additional details"), default=dict, blank=True)

    class Meta(AppendOnlyModel.Meta):
        abstract = False
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="audit_by_date"),
            models.Index(fields=["tenant", "target_id", "-created_at"], name="audit_by_target"),
            models.Index(fields=["tenant", "actor_id", "-created_at"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return self.activity


class SignInEventQuerySet(AppendOnlyQuerySet):
    """Sign-ins, of which those beyond the retention are forgotten (LOG-6)."""

    def last_of_each_attempt(self) -> SignInEventQuerySet:
        """One row an attempt: its newest step (LOG-1)."""
        later = self.model.unscoped.filter(
            tenant=models.OuterRef("tenant"), correlation_id=models.OuterRef("correlation_id")
        ).filter(
            models.Q(created_at__gt=models.OuterRef("created_at"))
            | models.Q(created_at=models.OuterRef("created_at"), pk__gt=models.OuterRef("pk"))
        )
        return self.filter(models.Q(correlation_id="") | ~models.Exists(later))

    def forget_expired(self, *, batch: int) -> int:
        """Delete at most `batch` rows that are older than the retention; how many.

        The only way out of the log. It takes no date, so that no caller can delete newer rows.
        """
        expired = self.filter(created_at__lt=timezone.now() - retention())
        ids = list(expired.order_by("created_at").values_list("pk", flat=True)[:batch])
        return models.QuerySet.delete(self.filter(pk__in=ids))[0] if ids else 0


def retention() -> timedelta:
    """How long the sign-in log keeps a row (LOG-6): the setting, a day at least."""
    return timedelta(days=max(settings.PORTAL_SIGN_IN_LOG_DAYS, 1))


class SignInStatus(models.TextChoices):
    """How an attempt ended (LOG-1)."""

    SUCCESS = "success", _("Success")
    FAILURE = "failure", _("Failure")
    INTERRUPTED = "interrupted", _("Interrupted")


class SignInEvent(AppendOnlyModel):
    """One step of a sign-in (LOG-1 to LOG-5, T24).

    Steps of one transaction share `correlation_id`; the blade shows them as one attempt.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,  # the row keeps the id of a purged user (DIR-29)
        db_constraint=False,
        null=True,
        related_name="sign_in_events",
    )
    user_display_name = models.CharField(_("user"), max_length=256, blank=True)
    user_principal_name = models.CharField(_("username"), max_length=320, blank=True)
    sign_in_identifier = models.CharField(_("sign-in identifier"), max_length=320, blank=True)
    user_type = models.CharField(_("user type"), max_length=16, blank=True)
    home_tenant_id = models.UUIDField(_("home tenant ID"), null=True, blank=True)
    application = models.CharField(_("application"), max_length=128, blank=True)
    authentication_requirement = models.CharField(
        _("authentication requirement"), max_length=32, default="singleFactorAuthentication"
    )
    identity_provider = models.CharField(_("identity provider"), max_length=255, blank=True)
    method = models.CharField(_("method"), max_length=64, blank=True)
    method_detail = models.CharField(_("method detail"), max_length=320, blank=True)
    is_redemption = models.BooleanField(_("redemption"), default=False)
    discovery_row = models.CharField(_("discovery row"), max_length=16, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=SignInStatus.choices)
    error_code = models.PositiveIntegerField(_("error code"), default=0)
    failure_reason = models.CharField(_("failure reason"), max_length=500, blank=True)
    additional_details = models.CharField(_("additional details"), max_length=500, blank=True)
    cross_tenant_access_type = models.CharField(
        _("cross tenant access type"), max_length=24, default="none"
    )
    user_agent = models.CharField(_("user agent"), max_length=400, blank=True)
    client_app = models.CharField(_("client app"), max_length=32, blank=True)
    incoming_token_type = models.CharField(_("incoming token type"), max_length=32, blank=True)
    resource_tenant_id = models.UUIDField(_("resource tenant ID"), null=True, blank=True)
    event_type = models.CharField(_("event"), max_length=24, default="interactiveUser")
    is_final = models.BooleanField(_("ends the attempt"), default=True)

    unscoped: ClassVar[Any] = SignInEventQuerySet.as_manager()
    objects: ClassVar[TenantManager[Any]] = TenantManager(SignInEventQuerySet)

    class Meta(AppendOnlyModel.Meta):
        abstract = False
        verbose_name = _("sign-in event")
        verbose_name_plural = _("sign-in events")
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="sign_in_by_date"),
            models.Index(fields=["tenant", "user", "-created_at"], name="sign_in_by_user"),
            models.Index(
                fields=["tenant", "correlation_id", "-created_at"], name="sign_in_by_attempt"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sign_in_identifier} {self.error_code}"

    @property
    def typed_address(self) -> EmailAddress | None:
        """What was typed at the sign-in, as a value; None where nothing was."""
        return stored_address(self.sign_in_identifier) if self.sign_in_identifier else None
