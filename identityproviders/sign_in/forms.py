"""Forms of the sign-in pages and of the passcode pane."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, cast

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from identityproviders.discovery.method_texts import Method
from identityproviders.passcodes import one_time_codes
from portal.console.forms import GuestForm, pane_helper
from portal.values import email_address
from portal.values.email_address import EmailAddress, InvalidEmailAddress
from portal.values.text import INVITATION_NAME_LENGTH, refuse_control_characters


class AddressForm(GuestForm):
    """Who wants to sign in (SIN-1)."""

    address = forms.CharField(
        label=_("Email address"),
        max_length=320,
        error_messages={"required": _("Enter your e-mail address.")},
        widget=forms.EmailInput(
            attrs={"autocomplete": "username", "placeholder": _("name@company.com")}
        ),
    )

    helper: FormHelper = pane_helper()

    def clean_address(self) -> EmailAddress:
        """The address by the one grammar (SEC-84)."""
        try:
            return email_address.parse_email_address(self.cleaned_data["address"])
        except InvalidEmailAddress as error:
            raise forms.ValidationError(str(error.reason)) from error


class OrganizationForm(GuestForm):
    """Which organization to sign in to (RED-3)."""

    organization = forms.CharField(
        label=_("Domain name"),
        max_length=253,
        help_text=_("The domain of the organization that invited you, such as contoso.com."),
        error_messages={"required": _("Enter the organization’s domain name.")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    helper: FormHelper = pane_helper()


class PasswordForm(GuestForm):
    """A password; what is right about it is not the form's business."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        error_messages={"required": _("Enter your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    helper: FormHelper = pane_helper()


class NewPasswordForm(GuestForm):
    """A new password, typed twice (SIN-2)."""

    lead = "lead"

    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("15 to 128 characters. A few words in a row are easy to remember."),
        error_messages={"required": _("Enter a new password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("New password again"),
        strip=False,
        error_messages={"required": _("Enter the new password once more.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    helper: FormHelper = pane_helper()

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        values = super().clean() or {}
        first, second = values.get("new_password"), values.get("repeated")
        if first and second and first != second:
            self.add_error("repeated", _("The two passwords differ. Type the same one twice."))
        return values


class NewAccountForm(NewPasswordForm):
    """A personal account: what to call its holder, and a password (decision 5)."""

    display_name = forms.CharField(
        label=_("Your name"),
        max_length=INVITATION_NAME_LENGTH,
        validators=[refuse_control_characters],
        error_messages={"required": _("Enter your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    field_order = ("display_name", "new_password", "repeated")


class AnotherAccountForm(AddressForm):
    """Which other account to sign in with (HRD-9)."""

    _KINDS: ClassVar = [
        (Method.ORGANIZATION.value, _("Work or school account of another organization")),
        (Method.PERSONAL.value, _("Personal account")),
    ]

    account = forms.ChoiceField(
        label=_("Kind of account"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose one of these."),
            "invalid_choice": _("Choose one of these."),
        },
    )

    field_order = ("account", "address")

    def __init__(self, *args: Any, kinds: Collection[Method], **options: Any) -> None:
        """Take the kinds of account that are open to the guest, and what Django's forms take."""
        super().__init__(*args, **options)
        field = cast("forms.ChoiceField", self.fields["account"])
        field.choices = [(kind, label) for kind, label in self._KINDS if kind in kinds]
        field.initial = field.choices[0][0]


class CodeForm(GuestForm):
    """The 8 digits, typed or pasted in any grouping (OTP-5, SEC-16)."""

    lead = "lead"

    code = forms.CharField(
        label=_("Code"),
        error_messages={"required": _("Enter the 8 digits of the code.")},
        widget=forms.TextInput(
            attrs={
                "class": "code",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "spellcheck": "false",
            }
        ),
    )

    helper: FormHelper = pane_helper()

    def clean_code(self) -> str:
        """The bare digits; anything else is no try."""
        digits = one_time_codes.digits_of(self.cleaned_data["code"])
        if not digits:
            raise forms.ValidationError(_("Enter the 8 digits of the code, nothing else."))
        return digits
