"""The shape of a conversion to an internal user (INV-22)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guests import upn
from guests.models import User
from portal.texts import refuse_control_characters


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
        self.initial.setdefault("name", local if upn.is_member_name(local) else "")
