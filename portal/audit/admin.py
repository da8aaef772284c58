"""Django admin pages of the logs, and the base that audits changes of operators (AUD-1, SEC-82)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest

from portal.audit import log
from portal.audit.log import Activity, Change, Details, Target
from portal.audit.models import AuditEvent, SignInEvent
from portal.tenants.models import Tenant

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:  # Django's classes take no type arguments when they run
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline

SECRET_FIELDS = frozenset({"password", "client_secret", "nonce", "ticket_hash", "key_id"})
"""Columns that no page and no log row shows (SEC-82, AUD-4)."""


class ReadOnlyAdmin(ModelAdmin):
    """Rows an operator looks at and never changes."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Refuse to add rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to change rows."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to delete rows."""
        return False


class AuditedAdmin(ModelAdmin):
    """Writes an audit row for every change, in the transaction of the change (AUD-1)."""

    def activity_of(self, obj: models.Model, form: ModelForm[Any] | None) -> Activity:
        """The T23 activity of a saved or deleted row."""
        return log.OPERATOR_CHANGE

    def tenant_of(self, obj: Any) -> Tenant:
        """Whose log the row goes to."""
        return obj if isinstance(obj, Tenant) else obj.tenant

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save with an audit row."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            self.audit(request, obj, form, "changed" if change else "added")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete with an audit row."""
        with transaction.atomic():
            self.audit(request, obj, None, "deleted")
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Delete one by one, each with its row."""
        for obj in queryset:
            self.delete_model(request, obj)

    def audit(self, request: HttpRequest, obj: Any, form: Any, what: str) -> None:
        """Write the row for `what` happened to `obj`."""
        log.record(
            self.activity_of(obj, form),
            self.tenant_of(obj),
            by=request.user,  # type: ignore[arg-type]  # an operator, never anonymous here
            target=Target(obj._meta.object_name or "", str(obj.pk), str(obj)),
            details=Details(changes=_changes(form), additional={"operation": what}),
            actor_kind="operator",
        )


def _changes(form: Any) -> list[Change]:
    """What the form changed, without the values of secrets (AUD-4)."""
    if form is None:
        return []
    return [
        Change(name)
        if name in SECRET_FIELDS
        else Change(name, form.initial.get(name), form.cleaned_data.get(name))
        for name in form.changed_data
    ]


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who changed what, in every tenant."""

    list_display = (
        "created_at",
        "tenant",
        "activity",
        "result",
        "target_name",
        "actor_name",
    )
    list_filter = ("result", "logged_by_service", "activity", "tenant")
    search_fields = ("target_name", "actor_name", "target_id", "correlation_id")
    date_hierarchy = "created_at"
    list_select_related = ("tenant",)
    show_full_result_count = False


@admin.register(SignInEvent)
class SignInEventAdmin(ReadOnlyAdmin):
    """Who signed in where, and what went wrong."""

    list_display = (
        "created_at",
        "tenant",
        "sign_in_identifier",
        "status",
        "error_code",
        "method",
    )
    list_filter = ("status", "error_code", "tenant")
    search_fields = ("sign_in_identifier", "user_principal_name", "correlation_id")
    list_select_related = ("tenant",)
    show_full_result_count = False
