"""Django admin pages for tenants, domains and users (DIR-4, SEC-82)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import Identity, RoleAssignment, User
from portal.audit import log
from portal.audit.admin import AuditedAdmin, TabularInline
from portal.audit.log import Activity
from portal.tenants.models import Domain, Tenant
from portal.values.email_address import InvalidEmailAddress, parse_domain

admin.site.unregister(Group)  # rights come from directory roles (T17), never from these


@admin.register(Tenant)
class TenantAdmin(AuditedAdmin):
    """Tenants and their properties (T1)."""

    list_display = ("display_name", "id", "is_suspended", "created_at")
    search_fields = ("display_name", "=id", "domains__name")
    list_filter = ("is_suspended",)
    readonly_fields = ("id", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        """Every organization; the operators' own tenant is none."""
        return Tenant.objects.organizations()

    def activity_of(self, obj: Any, form: ModelForm[Any] | None) -> Activity:
        """*Set Company Information* (T23)."""
        return log.SET_COMPANY_INFORMATION

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A tenant is suspended, never deleted: its logs must stay (AUD-1)."""
        return False


if TYPE_CHECKING:
    _DomainForm = ModelForm[Domain]
else:  # Django's class takes no type argument when it runs
    _DomainForm = ModelForm


class DomainForm(_DomainForm):
    """The name as it is stored and looked up: lower-case A-labels (DIR-3, SEC-84)."""

    def clean_name(self) -> str:
        """The domain, or what is wrong with it."""
        try:
            return parse_domain(self.cleaned_data["name"].strip())
        except InvalidEmailAddress as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> None:
        """An initial domain is a label under the deployment’s suffix (DIR-3)."""
        label, _dot, suffix = self.cleaned_data.get("name", "").partition(".")
        if self.cleaned_data.get("is_initial") and label and suffix != _suffix():
            text = _("An initial domain ends with .%(suffix)s.") % {"suffix": _suffix()}
            self.add_error("name", text)


def _suffix() -> str:
    return str(settings.PORTAL_DOMAIN_SUFFIX)


@admin.register(Domain)
class DomainAdmin(AuditedAdmin):
    """Domains; marking one verified is the operator's override of DIR-4."""

    form = DomainForm
    list_display = ("name", "tenant", "is_verified", "is_primary", "is_initial")
    list_filter = ("is_verified", "is_initial")
    search_fields = ("name", "tenant__display_name")
    list_select_related = ("tenant",)
    readonly_fields = ("verified_at", "created_at")

    def activity_of(self, obj: Any, form: ModelForm[Any] | None) -> Activity:
        """*Verify domain*, *Add unverified domain* or *Remove verified domain* (T23)."""
        if form is None:
            return log.REMOVE_DOMAIN
        return log.VERIFY_DOMAIN if obj.is_verified else log.ADD_DOMAIN

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Note when the domain was verified."""
        if obj.is_verified and obj.verified_at is None:
            obj.verified_at = timezone.now()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The initial domain stays (DIR-3)."""
        is_initial = obj is not None and obj.is_initial
        return not is_initial and super().has_delete_permission(request, obj)


class _NothingToAdd(TabularInline):
    """Rows shown beside a user, changed elsewhere."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to add rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to change rows."""
        return False


class RoleAssignmentInline(_NothingToAdd):
    """Directory roles held."""

    model = RoleAssignment
    fields = readonly_fields = ("role", "created_at")


class IdentityInline(_NothingToAdd):
    """How the person proves who they are."""

    model = Identity
    fk_name = "user"
    fields = readonly_fields = ("issuer", "sign_in_type", "created_at")


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """People of all tenants. An operator can block and unblock; the rest is the tenant's."""

    list_display = (
        "display_name",
        "user_principal_name",
        "tenant",
        "user_type",
        "external_user_state",
        "account_enabled",
    )
    list_filter = ("user_type", "external_user_state", "account_enabled", "tenant")
    search_fields = ("display_name", "user_principal_name", "mail", "=id")
    list_select_related = ("tenant",)
    inlines = (RoleAssignmentInline, IdentityInline)
    fields = (
        "id",
        "tenant",
        "display_name",
        "user_principal_name",
        "mail",
        "user_type",
        "creation_type",
        "external_user_state",
        "external_user_state_changed_at",
        "identity_issuer",
        "last_sign_in_moment",
        "sign_in_sessions_valid_from",
        "created_at",
        "deleted_at",
        "account_enabled",
    )
    readonly_fields = fields[:-1]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("last sign-in"))
    def last_sign_in_moment(self, user: User) -> datetime | None:
        """When the person last signed in (USR-16)."""
        return user.last_sign_in_at

    def activity_of(self, obj: Any, form: ModelForm[Any] | None) -> Activity:
        """*Enable account* or *Disable account* (T23)."""
        return log.ENABLE_ACCOUNT if obj.account_enabled else log.DISABLE_ACCOUNT

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A disabled account loses its sessions for good, also when it is enabled again (SES-6)."""
        if not obj.account_enabled:
            obj.sign_in_sessions_valid_from = timezone.now()
        super().save_model(request, obj, form, change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People come by invitation, creation in the console, or a command."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deleting is the tenant's (DIR-28)."""
        return False
