"""Forms in the panes of identity providers."""

from __future__ import annotations

from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from identityproviders.models import Federation, OpenIDClient
from identityproviders.providers.openid.actions import CLAIM_LABELS, DEFAULT_CLAIMS, REQUIRED_CLAIMS
from portal.console.forms import pane_helper
from portal.errors import InvalidInput

Protocol = Federation.Protocol

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
"""For fields that hold names of machines."""
DOTS = "•" * 16
"""Stands in the place of a stored secret, whatever its length (IDP-4)."""


class SecretField(forms.CharField):
    """A secret that is written and never shown: empty keeps the stored one (IDP-4)."""

    reveal_label = _("Show secret")

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 2048)
        options.setdefault("strip", True)
        options["widget"] = forms.PasswordInput(
            attrs={"autocomplete": "new-password", "spellcheck": "false"}
        )
        super().__init__(**options)


def note_stored(form: forms.Form, name: str = "client_secret", *, is_stored: bool = True) -> None:
    """Show dots where a secret is stored, and ask for none then."""
    field = form.fields[name]
    field.required = not is_stored
    if is_stored:
        field.widget.attrs["placeholder"] = DOTS
        field.help_text = _("A secret is stored. Enter another one to replace it.")


class ProviderForm(forms.Form):
    """A form whose action can refuse a field."""

    def refuse(self, refusal: InvalidInput) -> None:
        """Show a refusal at the field it is about, else over the form."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))


class SocialForm(ProviderForm):
    """The tenant's own client at Google or Facebook (IDP-5, IDP-8)."""

    client_id = forms.CharField(
        label=_("Client ID"),
        max_length=255,
        error_messages={"required": _("Enter the client ID.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_secret = SecretField(
        label=_("Client secret"), error_messages={"required": _("Enter the client secret.")}
    )

    helper: FormHelper = pane_helper()

    def __init__(self, *args: Any, is_stored: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        note_stored(self, is_stored=is_stored)


class FederationForm(ProviderForm):
    """A SAML or WS-Fed provider: typed, or filled from its metadata (IDP-9, IDP-10)."""

    METHODS: ClassVar = [
        ("file", _("Parse metadata file")),
        ("manual", _("Input metadata manually")),
    ]

    display_name = forms.CharField(
        label=_("Display name"),
        max_length=256,
        error_messages={"required": _("Enter a name for the provider.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    protocol = forms.ChoiceField(
        label=_("Identity provider protocol"),
        choices=[(p.value, p.label) for p in (Protocol.SAML, Protocol.WS_FED)],
        initial=Protocol.SAML.value,
        widget=forms.RadioSelect,
    )
    domain = forms.CharField(
        label=_("Domain name of federating IdP"),
        max_length=253,
        help_text=_("One domain, such as fabrikam.com. More can be added later."),
        error_messages={"required": _("Enter the domain whose people sign in with the provider.")},
        widget=forms.TextInput(attrs=PLAIN),
    )
    method = forms.ChoiceField(
        label=_("Select a method for populating metadata"),
        choices=METHODS,
        initial="file",
        required=False,
        widget=forms.RadioSelect,
    )
    metadata_file = forms.FileField(
        label=_("Metadata file"),
        required=False,
        help_text=_("The partner’s federation metadata, an XML file of at most 1 MB."),
        widget=forms.FileInput(attrs={"accept": ".xml,application/xml,text/xml"}),
    )
    issuer = forms.CharField(
        label=_("Issuer URI"),
        max_length=255,
        error_messages={"required": _("Enter the issuer URI (entity ID) of the partner.")},
        widget=forms.TextInput(attrs=PLAIN),
    )
    endpoint = forms.CharField(
        label=_("Passive authentication endpoint"),
        max_length=2048,
        error_messages={"required": _("Enter the partner’s sign-in address.")},
        widget=forms.TextInput(attrs=PLAIN),
    )
    binding = forms.ChoiceField(
        label=_("Request binding"),
        choices=Federation.Binding.choices,
        initial=Federation.Binding.REDIRECT.value,
        required=False,
        help_text=_("For SAML: how we send people to the endpoint. Metadata fills it in."),
    )
    certificate = forms.CharField(
        label=_("Certificate"),
        max_length=64 * 1024,
        error_messages={"required": _("Paste the certificate of the partner’s signing key.")},
        widget=forms.Textarea(attrs={**PLAIN, "rows": 5, "class": "mono"}),
    )
    metadata_url = forms.CharField(
        label=_("Metadata URL"),
        max_length=2048,
        required=False,
        help_text=_("Recommended: the certificate is then renewed by itself, before it expires."),
        widget=forms.TextInput(attrs=PLAIN),
    )

    def __init__(self, *args: Any, is_new: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_new:
            del self.fields["protocol"], self.fields["domain"]


class DomainForm(ProviderForm):
    """One more domain of a provider (IDP-11)."""

    domain = forms.CharField(
        label=_("Add a domain"),
        max_length=253,
        error_messages={"required": _("Enter a domain, such as fabrikam.com.")},
        widget=forms.TextInput(attrs={**PLAIN, "placeholder": "fabrikam.com"}),
    )

    helper: FormHelper = pane_helper()


class OpenIDForm(ProviderForm):
    """A custom OpenID Connect provider (IDP-18, IDP-19)."""

    display_name = forms.CharField(
        label=_("Display name"),
        max_length=256,
        error_messages={"required": _("Enter a name for the provider.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    domain = forms.CharField(
        label=_("Domain"),
        max_length=253,
        help_text=_("The domain whose people sign in with it. More can be added later."),
        error_messages={"required": _("Enter the domain whose people sign in with the provider.")},
        widget=forms.TextInput(attrs=PLAIN),
    )
    well_known_url = forms.CharField(
        label=_("Well-known endpoint"),
        max_length=2048,
        help_text=_("Ends with /.well-known/openid-configuration as a rule."),
        error_messages={"required": _("Enter the address of the discovery document.")},
        widget=forms.TextInput(attrs=PLAIN),
    )
    issuer = forms.CharField(
        label=_("OpenID issuer URI"),
        max_length=255,
        help_text=_("Exactly as the provider writes it; upper and lower case count."),
        error_messages={"required": _("Enter the issuer URI.")},
        widget=forms.TextInput(attrs=PLAIN),
    )
    client_id = forms.CharField(
        label=_("Client ID"),
        max_length=255,
        error_messages={"required": _("Enter the client ID.")},
        widget=forms.TextInput(attrs=PLAIN),
    )
    authentication = forms.ChoiceField(
        label=_("Client authentication"),
        choices=OpenIDClient.Authentication.choices,
        initial=OpenIDClient.Authentication.SECRET_POST.value,
        widget=forms.RadioSelect,
    )
    client_secret = SecretField(
        label=_("Client secret"),
        required=False,
        help_text=_("Not needed for private_key_jwt: a key pair is made when you save."),
    )
    scope = forms.CharField(
        label=_("Scope"),
        max_length=512,
        initial="openid profile email",
        help_text=_("Must contain openid."),
        error_messages={"required": _("The scope must contain openid.")},
        widget=forms.TextInput(attrs=PLAIN),
    )

    def __init__(self, *args: Any, is_new: bool, is_stored: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_new:
            del self.fields["domain"]
        if is_stored:
            note_stored(self)
        for name, claim in DEFAULT_CLAIMS.items():
            self.fields[f"claim_{name}"] = forms.CharField(
                label=str(CLAIM_LABELS[name]),
                max_length=128,
                initial=claim,
                required=name in REQUIRED_CLAIMS,
                error_messages={"required": _("This claim is needed to sign people in.")},
                widget=forms.TextInput(attrs=PLAIN),
            )

    @property
    def claims(self) -> list[BoundField]:
        """The fields of the claims mapping."""
        return [self[f"claim_{name}"] for name in DEFAULT_CLAIMS]

    @property
    def has_claim_errors(self) -> bool:
        """Whether the mapping must be looked at again."""
        return any(field.errors for field in self.claims)
