"""Operators' view of passcode policies: the automatic date of a tenant (decision 6, OTC-7)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from identityproviders.models import PasscodePolicy
from portal.audit import log
from portal.audit.admin import AuditedAdmin
from portal.audit.log import Activity


@admin.register(PasscodePolicy)
class PasscodePolicyAdmin(AuditedAdmin):
    """Automatic date, preview and national-cloud flags; the choice itself is the tenant's."""

    list_display = ("tenant", "stored", "automatic_on", "opted_into_preview")
    list_select_related = ("tenant",)
    search_fields = ("tenant__display_name",)
    fields = (
        "tenant",
        "stored",
        "automatic_on",
        "is_month_only",
        "opted_into_preview",
        "default_means_off",
        "lifetime_minutes",
    )
    readonly_fields = ("stored",)

    def activity_of(self, obj: Any, form: ModelForm[Any] | None) -> Activity:
        """*Authentication Methods Policy Update* (T23)."""
        return log.METHODS_POLICY_UPDATE

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A policy stays with its tenant."""
        return ("stored",) if obj is None else ("tenant", "stored")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Let a pane that was opened before notice that something changed."""
        obj.version += 1
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A tenant that chose stays one that chose (OTC-4)."""
        return False
