"""Django admin pages for passcode policies (decision 6, OTC-7) and operator providers."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from identityproviders.models import OperatorProvider, OperatorProviderDomain, PasscodePolicy
from identityproviders.providers import our_urls
from portal.audit import log
from portal.audit.admin import AuditedAdmin, TabularInline
from portal.audit.log import Activity
from portal.tenants.models import PLATFORM_TENANT_ID, Tenant
from portal.values.email_address import InvalidEmailAddress, parse_domain


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


class OperatorProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """A provider; its secret is written and never shown (IDP-4, SEC-82)."""

    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=_("Leave it empty to keep the one that is stored."),
    )

    class Meta:
        model = OperatorProvider
        fields: ClassVar = [
            "kind",
            "display_name",
            "issuer",
            "well_known_url",
            "client_id",
            "client_secret",
            "is_enabled",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Forget the stored secret before anything could show it."""
        super().__init__(*args, **kwargs)
        self.initial.pop("client_secret", None)

    def clean_client_secret(self) -> str:
        """The new secret, or the one that is there."""
        typed = str(self.cleaned_data["client_secret"])
        if not typed and self.instance._state.adding:
            raise forms.ValidationError(_("Enter the client secret."))
        return typed or str(self.instance.client_secret)


class OperatorProviderDomainForm(forms.ModelForm):  # type: ignore[type-arg]
    """A domain as we compare it: in lower-case A-labels (SEC-85)."""

    class Meta:
        model = OperatorProviderDomain
        fields: ClassVar = ["name"]

    def clean_name(self) -> str:
        """The domain in its canonical form."""
        try:
            return parse_domain(str(self.cleaned_data["name"]).strip())
        except InvalidEmailAddress as error:
            raise forms.ValidationError(str(error)) from error


class OperatorProviderDomains(TabularInline):
    """The domains whose addresses a provider claims."""

    model = OperatorProviderDomain
    form = OperatorProviderDomainForm
    extra = 1


@admin.register(OperatorProvider)
class OperatorProviderAdmin(AuditedAdmin):
    """OpenID providers behind organization and personal accounts of every tenant."""

    form = OperatorProviderForm
    inlines = (OperatorProviderDomains,)
    list_display = ("display_name", "kind", "issuer", "is_enabled")
    list_filter = ("kind", "is_enabled")
    readonly_fields = ("redirect_uri",)

    @admin.display(description=_("Redirect URI to register there"))
    def redirect_uri(self, obj: OperatorProvider) -> str:
        """Where the provider sends people back to."""
        return "" if obj.pk is None else our_urls.operator_reply_url(obj)

    def tenant_of(self, obj: Any) -> Tenant:
        """The operators' own log: it concerns every tenant."""
        return Tenant.objects.get(pk=PLATFORM_TENANT_ID)
