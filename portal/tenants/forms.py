"""Forms of properties, domains and branding (T1)."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.validators import RegexValidator, URLValidator
from django.utils.translation import gettext_lazy as _

from portal.console.forms import blade_helper, pane_helper
from portal.tenants.branding.images import LIMITS, Picture, make_branding_image
from portal.tenants.models import BrandingImage, Tenant
from portal.values.email_address import InvalidEmailAddress, parse_email_address
from portal.values.text import refuse_control_characters, refuse_control_characters_in_lines

LANGUAGES = [
    ("en-US", "English (United States)"),
    ("en-GB", "English (United Kingdom)"),
    ("fi", "suomi"),
    ("sv", "svenska"),
    ("de", "Deutsch"),
    ("fr", "français"),
    ("es", "español"),
    ("it", "italiano"),
    ("pt-BR", "português (Brasil)"),
    ("nl", "Nederlands"),
    ("pl", "polski"),
    ("ja", "日本語"),
    ("zh-Hans", "中文（简体）"),
    ("ar", "العربية"),
]
"""Languages of mails, by tag (EML-18)."""


def _address(text: str) -> str:
    """The address as typed, by the one grammar; empty stays empty (SEC-84)."""
    if not text:
        return ""
    try:
        return parse_email_address(text).as_typed
    except InvalidEmailAddress as error:
        raise forms.ValidationError(str(error.reason)) from error


class PropertiesForm(forms.Form):
    """What the Properties blade lets change."""

    display_name = forms.CharField(
        label=_("Name"),
        max_length=256,
        validators=[refuse_control_characters],
        error_messages={"required": _("Enter the organization’s name.")},
    )
    notification_language = forms.ChoiceField(
        label=_("Notification language"),
        choices=LANGUAGES,
        help_text=_("For mails to people whose own language is not known."),
    )
    technical_contact = forms.CharField(
        label=_("Technical contact"), max_length=254, required=False
    )
    privacy_contact = forms.CharField(
        label=_("Global privacy contact"),
        max_length=254,
        required=False,
        help_text=_("Guests turn to it with questions about their data."),
    )
    privacy_statement_url = forms.CharField(
        label=_("Privacy statement URL"),
        max_length=2048,
        required=False,
        validators=[
            refuse_control_characters,
            URLValidator(schemes=["https"], message=_("Enter an address that begins with https.")),
        ],
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
    )

    helper: FormHelper = blade_helper(
        "display_name",
        "notification_language",
        "technical_contact",
        "privacy_contact",
        "privacy_statement_url",
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        """Keep a stored language that is not among the offered ones."""
        super().__init__(*args, **kwargs)
        stored = tenant.notification_language
        field = self.fields["notification_language"]
        if isinstance(field, forms.ChoiceField) and stored not in dict(LANGUAGES):
            field.choices = [(stored, stored), *LANGUAGES]

    def clean_technical_contact(self) -> str:
        """One address, or none."""
        return _address(self.cleaned_data["technical_contact"])

    def clean_privacy_contact(self) -> str:
        """One address, or none."""
        return _address(self.cleaned_data["privacy_contact"])


class DomainForm(forms.Form):
    """A domain to add."""

    name = forms.CharField(
        label=_("Custom domain name"),
        max_length=253,
        error_messages={"required": _("Enter the domain.")},
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "placeholder": "contoso.com"}
        ),
    )

    helper: FormHelper = pane_helper()


class BrandingForm(forms.Form):
    """Color, text and pictures of the sign-in pages (T1)."""

    brand_color = forms.CharField(
        label=_("Brand color"),
        max_length=7,
        required=False,
        help_text=_("Such as #0b6a6f. It tints the page and never carries text."),
        validators=[RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("Enter a color such as #0b6a6f."))],
        widget=forms.TextInput(attrs={"class": "input"}),
    )
    sign_in_page_text = forms.CharField(
        label=_("Sign-in page text"),
        max_length=1024,
        required=False,
        strip=True,
        help_text=_(
            "At most 1,024 characters. **bold**, *italic*, ++underlined++, "
            "[words](https://example.com)"
        ),
        validators=[refuse_control_characters_in_lines],
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        """One field to upload and, where there is a picture, one to remove each kind."""
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        for kind, label in BrandingImage.Kind.choices:
            self.fields[kind] = forms.FileField(
                label=label,
                required=False,
                help_text=LIMITS[kind].label,
                widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
            )
            self.fields[_removal(kind)] = forms.BooleanField(label=_("Remove"), required=False)

    def pictures(self) -> dict[str, Picture | None]:
        """The pictures to store; None for one to remove.

        Raises: InvalidInput at the field of a file that is no fitting picture.
        """
        found: dict[str, Picture | None] = {}
        for kind in BrandingImage.Kind.values:
            upload = self.cleaned_data.get(kind)
            if upload:
                found[kind] = make_branding_image(kind, upload.file)
            elif self.cleaned_data.get(_removal(kind)) and kind in self.tenant.branding_versions:
                found[kind] = None
        return found

    @property
    def picture_rows(self) -> list[dict[str, Any]]:
        """Each kind with its two fields and the version stored, for the template."""
        return [
            {
                "kind": kind,
                "upload": self[kind],
                "removal": self[_removal(kind)],
                "version": self.tenant.branding_versions.get(kind, ""),
            }
            for kind in BrandingImage.Kind.values
        ]


def _removal(kind: str) -> str:
    return f"remove_{kind}"
