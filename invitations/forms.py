"""The form behind *Invite external user* (T9): one form in three tabs.

All fields are sent at every step, those of other tabs hidden, so that the server keeps no state
and Next, Previous and Review work without script.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import CharField as CharColumn
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests import lookups
from guests.models import User, UserType
from invitations import checks
from portal import permissions
from portal.addresses import Address
from portal.errors import DomainError, InvalidInput
from portal.shell.forms import blade_helper
from portal.tenants.models import Tenant

BASICS, PROPERTIES, REVIEW = "basics", "properties", "review"


@dataclass(frozen=True)
class Tab:
    """One step of the wizard and the headings and fields on it."""

    name: str
    label: str | Promise
    groups: tuple[tuple[str | Promise, tuple[str, ...]], ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all fields of the tab."""
        return tuple(name for _heading, names in self.groups for name in names)


TABS = (
    Tab(
        BASICS,
        gettext_lazy("Basics"),
        (
            (gettext_lazy("Identity"), ("email", "display_name")),
            (
                gettext_lazy("Invitation message"),
                ("is_mail_wanted", "message", "message_language", "cc", "redirect_url"),
            ),
        ),
    ),
    Tab(
        PROPERTIES,
        gettext_lazy("Properties"),
        (
            (gettext_lazy("Identity"), ("given_name", "surname", "user_type")),
            (
                gettext_lazy("Job information"),
                (
                    "job_title",
                    "company_name",
                    "department",
                    "employee_id",
                    "employee_type",
                    "employee_hire_date",
                    "office_location",
                    "sponsors",
                ),
            ),
            (
                gettext_lazy("Contact information"),
                (
                    "street_address",
                    "city",
                    "state",
                    "postal_code",
                    "country",
                    "business_phone",
                    "mobile_phone",
                    "fax_number",
                ),
            ),
            (gettext_lazy("Settings"), ("usage_location",)),
        ),
    ),
    Tab(REVIEW, gettext_lazy("Review + invite")),
)
PROFILE_TEXTS = (
    "given_name",
    "surname",
    "job_title",
    "company_name",
    "department",
    "employee_id",
    "employee_type",
    "office_location",
    "street_address",
    "city",
    "state",
    "postal_code",
    "country",
    "business_phone",
    "mobile_phone",
    "fax_number",
)
"""Text properties of T2 that the form offers; lengths and labels come from the model."""


class TippedCharField(forms.CharField):
    """A text field with more information behind its label."""

    tip: str | Promise = ""


class SwitchField(forms.BooleanField):
    """A switch with more information behind its label."""

    tip: str | Promise = ""


class InviteForm(forms.Form):
    """Shape and syntax of an invitation; `invitations.actions.inviting` decides (SEC-28)."""

    email = TippedCharField(
        label=gettext_lazy("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "aria-describedby": "prediction"}),
        error_messages={"required": gettext_lazy("Enter the e-mail address of the guest.")},
    )
    email.tip = gettext_lazy(
        "The address the invitation goes to. It must belong to one person, and not to your own "
        "organization."
    )
    display_name = forms.CharField(
        label=gettext_lazy("Display name"), max_length=256, required=False
    )
    is_mail_wanted = SwitchField(
        label=gettext_lazy("Send invite message"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )
    is_mail_wanted.tip = gettext_lazy("Off: you hand the guest the link yourself.")
    message = forms.CharField(
        label=gettext_lazy("Message"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    message_language = forms.ChoiceField(label=gettext_lazy("Message language"), required=False)
    cc = forms.CharField(label=gettext_lazy("Cc recipient"), max_length=2600, required=False)
    redirect_url = TippedCharField(
        label=gettext_lazy("Invite redirect URL"),
        max_length=2048,
        widget=forms.URLInput(),
        error_messages={"required": gettext_lazy("Enter where the guest arrives after accepting.")},
    )
    redirect_url.tip = gettext_lazy("Where the guest arrives after accepting.")
    user_type = forms.ChoiceField(
        label=gettext_lazy("User type"), choices=UserType.choices, required=False
    )
    employee_hire_date = forms.DateField(
        label=gettext_lazy("Employee hire date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Enter a date such as 2026-11-24.")},
    )
    sponsors = TippedCharField(label=gettext_lazy("Sponsors"), max_length=1700, required=False)
    sponsors.tip = gettext_lazy(
        "Who answers for the guest: up to five users of your organization. Without any, you do."
    )
    usage_location = forms.RegexField(
        r"\A[A-Za-z]{2}\Z",
        label=gettext_lazy("Usage location"),
        required=False,
        error_messages={
            "invalid": gettext_lazy("Enter a country code of two letters, such as DE.")
        },
    )

    def __init__(self, *args: Any, tenant: Tenant, inviter: User, **kwargs: Any) -> None:
        """Take the tenant and who invites, and what Django's forms take."""
        super().__init__(*args, **kwargs)
        self.tenant, self.inviter = tenant, inviter
        self._add_profile_fields()
        self.fields["redirect_url"].initial = my_apps_url(tenant)
        self.fields["sponsors"].initial = inviter.user_principal_name
        self.fields["sponsors"].help_text = _("Sign-in names, separated by commas")
        self.fields["user_type"].initial = UserType.GUEST
        self.fields["cc"].help_text = _("Gets a copy without the link")
        self._describe_message()
        self._predict_while_typing()
        if len(settings.LANGUAGES) < 2:
            del self.fields["message_language"]
        else:
            languages = [("", _("Language of the organization")), *settings.LANGUAGES]
            self.fields["message_language"].choices = languages  # type: ignore[attr-defined]
        if not permissions.may(inviter, "invitations.invite_member"):
            self.fields["user_type"].choices = [UserType.choices[1]]  # type: ignore[attr-defined]

    def _add_profile_fields(self) -> None:
        for name in PROFILE_TEXTS:
            column = User._meta.get_field(name)
            assert isinstance(column, CharColumn)  # noqa: S101 - the names above are text columns
            label = str(column.verbose_name)
            self.fields[name] = forms.CharField(
                label=label[:1].upper() + label[1:], max_length=column.max_length, required=False
            )

    def _describe_message(self) -> None:
        """The counter under the message; script keeps it up to date."""
        text = str(self.data.get("message", "")).replace("\r\n", "\n")
        sentence = _("Plain text, %(count)s of %(limit)s characters")
        limit = f"{checks.MAXIMUM_MESSAGE_CHARACTERS:,}"
        message = self.fields["message"]
        message.help_text = sentence % {"count": f"{len(text):,}", "limit": limit}
        message.widget.attrs["data-counter"] = sentence % {"count": "{count}", "limit": limit}

    def _predict_while_typing(self) -> None:
        """Ask for the prediction 300 ms after the last key; each post computes it anyway."""
        for name in ("email", "display_name"):
            self.fields[name].widget.attrs |= {
                "hx-get": reverse("invitations:prediction"),
                "hx-trigger": "input changed delay:300ms",
                "hx-include": "[name=email], [name=display_name]",
                "hx-target": "#prediction",
                "hx-select": "#prediction > *",
                "hx-swap": "innerHTML",
                "hx-sync": "closest form:replace",
            }

    # Steps

    def show(self, tab: Tab) -> None:
        """Show the fields of `tab` and carry all others hidden; call it after validation."""
        shown = set(tab.fields)
        for name, field in self.fields.items():
            if name not in shown:
                field.widget = forms.HiddenInput()

    def group_helper(self, names: Iterable[str]) -> Any:
        """What crispy needs to draw one group of fields."""
        return blade_helper(*(name for name in names if name in self.fields))

    def faulty_tabs(self) -> set[str]:
        """The names of the tabs with an error."""
        if not self.is_bound:
            return set()
        return {tab.name for tab in TABS if any(name in self.errors for name in tab.fields)}

    # Cleaning

    def clean_email(self) -> str:
        """T18 rows 2 to 5, at the field."""
        address = self._checked(checks.address_of, self.cleaned_data["email"])
        if isinstance(address, Address):
            self._checked(checks.require_other_organization, self.tenant, address)
            self._checked(checks.require_allowed_domain, self.tenant, address)
            return address.as_typed
        return str(self.cleaned_data["email"])

    def clean_display_name(self) -> str:
        """The name on one line."""
        return str(self._checked(checks.display_name_of, self.cleaned_data["display_name"]) or "")

    def clean_message(self) -> str:
        """The message with plain line breaks."""
        return str(self._checked(checks.message_of, self.cleaned_data["message"]) or "")

    def clean_redirect_url(self) -> str:
        """T18 row 6."""
        return str(self._checked(checks.redirect_of, self.cleaned_data["redirect_url"]) or "")

    def clean_cc(self) -> list[str]:
        """One address, or several with commas between (BET-6)."""
        texts = _split(self.cleaned_data["cc"])
        if len(texts) > checks.MAXIMUM_CC_RECIPIENTS:
            raise forms.ValidationError(_("An invitation can have 10 Cc recipients at most."))
        for text in texts:
            self._checked(checks.address_of, text, "cc")
        return texts

    def clean_sponsors(self) -> list[User]:
        """Users of the tenant by sign-in name or address (DIR-25)."""
        found = []
        for text in _split(self.cleaned_data["sponsors"]):
            try:
                person = lookups.by_address(self.tenant, checks.address_of(text).canonical)
            except InvalidInput:
                person = None
            if person is None:
                raise forms.ValidationError(
                    _("Nobody in your organization has the sign-in name %(name)s.")
                    % {"name": text[:100]}
                )
            found.append(person)
        return list({person.pk: person for person in found}.values())

    def clean_user_type(self) -> str:
        """Guest unless chosen otherwise (T9)."""
        return str(self.cleaned_data["user_type"] or UserType.GUEST)

    def clean_usage_location(self) -> str:
        """Country codes are stored in capitals."""
        return str(self.cleaned_data["usage_location"]).upper()

    def _checked(self, check: Any, *values: Any) -> Any:
        try:
            return check(*values)
        except InvalidInput as error:
            raise forms.ValidationError(str(error)) from error

    # Results

    def refuse(self, error: DomainError) -> None:
        """Put what an action refused at the field it concerns."""
        field = error.field if isinstance(error, InvalidInput) else None
        self.add_error(field if field in self.fields else None, str(error))

    def profile(self) -> dict[str, object]:
        """The properties of T2 that were filled in."""
        names = (*PROFILE_TEXTS, "employee_hire_date", "usage_location")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}

    def summary(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What Review + invite shows: headings with labels and values that are set."""
        found: dict[str, list[tuple[str, str]]] = {}
        for heading, names in (group for tab in TABS for group in tab.groups):
            rows = [(str(self.fields[n].label), self._shown(n)) for n in names if n in self.fields]
            found.setdefault(str(heading), []).extend(row for row in rows if row[1])
        return [(heading, rows) for heading, rows in found.items() if rows]

    def _shown(self, name: str) -> str:
        value = self.cleaned_data.get(name, self.data.get(name, ""))
        if name == "is_mail_wanted":
            return _("Yes") if value else _("No")
        if value is None:
            return ""
        if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        return value.isoformat() if isinstance(value, date) else str(value)


def my_apps_url(tenant: Tenant) -> str:
    """My Apps of `tenant`: where guests go unless told otherwise (T9, CON-7)."""
    path = reverse("applications:my_apps", kwargs={"tenant": tenant.primary_domain})
    return f"{settings.PORTAL_BASE_URL}{path}"


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
