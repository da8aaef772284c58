"""Forms that reset the redemption status (INV-17) and convert to an internal user (INV-22)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guests.models import User
from guests.users import user_principal_name
from portal.values.text import refuse_control_characters, refuse_control_characters_in_lines

ANOTHER = "another"


class ResetForm(forms.Form):
    """Which address, and whether to send the invitation."""

    choice = forms.ChoiceField(
        label=_("Email address for the new sign-in"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose an address."),
            "invalid_choice": _("Choose one of these."),
        },
    )
    address = forms.CharField(label=_("Another address"), max_length=320, required=False)
    send = forms.BooleanField(label=_("Send an invitation mail"), required=False, initial=True)
    message = forms.CharField(
        label=_("Message"),
        max_length=5000,
        required=False,
        validators=[refuse_control_characters_in_lines],
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
    )

    def __init__(self, *args: Any, guest: User, **kwargs: Any) -> None:
        """Offer every address that the guest has, the invited one first."""
        super().__init__(*args, **kwargs)
        offered = [(text, text) for text in self.known_addresses(guest)]
        field = self.fields["choice"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [*offered, (ANOTHER, _("Another address"))]
        self.initial.setdefault("choice", offered[0][0] if offered else ANOTHER)

    def known_addresses(self, guest: User) -> list[str]:
        """What to choose from."""
        known = dict.fromkeys([guest.invited_address or guest.mail, *guest.addresses])
        return [text for text in known if text]

    def clean(self) -> dict[str, Any]:
        """Another address must be typed."""
        values = super().clean() or {}
        if values.get("choice") == ANOTHER and not values.get("address"):
            self.add_error("address", _("Enter the address."))
        return values

    @property
    def chosen_address(self) -> str:
        """The address that was picked or typed."""
        choice = str(self.cleaned_data["choice"])
        return str(self.cleaned_data["address"]).strip() if choice == ANOTHER else choice

    def field_for(self, name: str) -> str | None:
        """The field that shows a refusal: the picked address has none of its own."""
        if name == "address" and self.cleaned_data.get("choice") != ANOTHER:
            return "choice"
        return name if name in self.fields else None


class InternalForm(ResetForm):
    """As for a reset, with those addresses that are not the organization's own (INV-11, INV-21)."""

    def known_addresses(self, guest: User) -> list[str]:
        """Addresses in domains of others."""
        return outside_addresses(guest)


def outside_addresses(user: User) -> list[str]:
    """The addresses of `user` that are in no domain of their own organization."""
    own = set(user.tenant.verified_domains)
    return [text for text in user.addresses if text.rpartition("@")[2].lower() not in own]


class ConvertForm(forms.Form):
    """The sign-in name the user gets."""

    name = forms.CharField(
        label=_("User principal name"),
        max_length=64,
        validators=[refuse_control_characters],
        error_messages={"required": _("Enter the part of the name before the @.")},
        widget=forms.TextInput(
            attrs={"class": "input", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    domain = forms.ChoiceField(
        label=_("Domain"),
        widget=forms.Select(attrs={"class": "input"}),
        error_messages={"invalid_choice": _("Choose a verified domain of your organization.")},
    )

    def __init__(self, *args: Any, guest: User, **kwargs: Any) -> None:
        """Offer the verified domains, and the local part of the invited address as name."""
        super().__init__(*args, **kwargs)
        tenant = guest.tenant
        field = self.fields["domain"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(domain, f"@{domain}") for domain in tenant.verified_domains]
        self.initial.setdefault("domain", tenant.primary_domain)
        local = (guest.invited_address or guest.mail).partition("@")[0]
        self.initial.setdefault("name", local if user_principal_name.is_member_name(local) else "")
