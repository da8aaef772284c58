"""Form *Edit properties*: every property of T2, on one page or by category (USR-18)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.access.directory import Directory
from guests.models import User, UserType
from guests.picker import PickerField
from guests.sponsors.actions import SPONSORS
from guests.users.creation.actions import user_principal_name
from guests.users.editing.actions import OWN, SENSITIVE, UserEdit, may_edit_others
from guests.users.editing.profile_fields import (
    AGE_GROUPS,
    CONSENTS,
    CONTACT_TEXTS,
    JOB_TEXTS,
    PROFILE_TEXTS,
    LanguageField,
    RegionField,
    SwitchField,
    UsageLocationField,
    hire_date_field,
    manager_field,
    split_values,
    sponsors_field,
    text_fields,
)
from portal import permissions
from portal.console.wizard import Tab, WizardForm
from portal.errors import InvalidInput
from portal.permissions import Capability
from portal.values.email_address import InvalidEmailAddress, parse_email_address
from portal.values.text import clean_display_name, refuse_control_characters

ALL = "all"
MAXIMUM_OTHER_MAILS = 250

CATEGORIES = (
    (
        "identity",
        gettext_lazy("Identity"),
        (
            "display_name",
            "given_name",
            "surname",
            "name",
            "domain",
            "user_type",
            "preferred_language",
        ),
    ),
    ("job", gettext_lazy("Job information"), (*JOB_TEXTS, "manager", SPONSORS)),
    (
        "contact",
        gettext_lazy("Contact information"),
        (*CONTACT_TEXTS, "mail", "other_mails", "im_addresses", "mail_nickname"),
    ),
    (
        "parental",
        gettext_lazy("Parental controls"),
        ("age_group", "consent_provided_for_minor"),
    ),
    ("settings", gettext_lazy("Settings"), ("account_enabled", "usage_location")),
    ("on-premises", gettext_lazy("On-premises"), ()),
)
TABS = (
    Tab(ALL, gettext_lazy("All"), tuple((label, names) for _name, label, names in CATEGORIES)),
    *(Tab(name, label, ((label, names),)) for name, label, names in CATEGORIES),
)
LISTS = ("other_mails", "im_addresses")
PRINCIPAL_NAME = ("name", "domain")


class EditForm(WizardForm):
    """Shape and syntax of a user's properties; `guests.users.editing.actions` decides.

    Next to each field travels the value that was shown: only what the person changed is saved,
    and what somebody else changed meanwhile is a conflict instead of being overwritten.
    """

    tabs = TABS

    display_name = forms.CharField(
        label=gettext_lazy("Display name"),
        max_length=256,
        error_messages={"required": gettext_lazy("Enter the name that others see.")},
    )
    name = forms.CharField(
        label=gettext_lazy("User principal name"),
        max_length=64,
        error_messages={"required": gettext_lazy("Enter the part of the name before the @.")},
    )
    domain = forms.ChoiceField(label=gettext_lazy("Domain"))
    user_type = forms.ChoiceField(label=gettext_lazy("User type"), choices=UserType.choices)
    preferred_language = LanguageField(label=gettext_lazy("Preferred language"))
    employee_hire_date = hire_date_field()
    other_mails = forms.CharField(
        label=gettext_lazy("Other emails"),
        max_length=64_000,
        required=False,
        help_text=gettext_lazy("Addresses, separated by commas"),
    )
    im_addresses = forms.CharField(
        label=gettext_lazy("IM addresses"),
        max_length=64_000,
        required=False,
        help_text=gettext_lazy("Addresses, separated by commas"),
    )
    age_group = forms.ChoiceField(
        label=gettext_lazy("Age group"), choices=AGE_GROUPS, required=False
    )
    consent_provided_for_minor = forms.ChoiceField(
        label=gettext_lazy("Consent provided for minor"), choices=CONSENTS, required=False
    )
    account_enabled = SwitchField(label=gettext_lazy("Account enabled"))
    usage_location = UsageLocationField()

    def __init__(self, *args: Any, user: User, editor: User, **kwargs: Any) -> None:
        """Take the user as stored and who edits, and what Django's forms take."""
        super().__init__(*args, initial=values_of(user), **kwargs)
        self.user = user
        self.fields.update(text_fields((*PROFILE_TEXTS, "mail", "mail_nickname")))
        for name, field in self.fields.items():
            if isinstance(field, RegionField):
                field.keep(str(self.initial[name]))
        self._offer_domains()
        if may_edit_others(editor):
            self._ask_for_people(Directory(user.tenant, editor))
        else:
            self._lock(set(self.fields) - OWN)
        if not permissions.may_act_on(editor, Capability.USERS_EDIT, user):
            self._lock((*SENSITIVE, *PRINCIPAL_NAME))
        if editor.pk == user.pk:
            self._lock(("account_enabled",))
        for field in self.fields.values():
            field.show_hidden_initial = True

    def _ask_for_people(self, directory: Directory) -> None:
        """Manager and sponsors, to be picked by who sees everybody; others read them only."""
        self.fields["manager"] = manager_field(directory, self.user)
        if self.user.is_external or self.user.is_guest:
            self.fields[SPONSORS] = sponsors_field(directory, self.user)

    def _offer_domains(self) -> None:
        """The name of a guest of others follows from the invited address (DIR-13, DIR-16)."""
        if self.user.is_external:
            for name in PRINCIPAL_NAME:
                del self.fields[name]
            return
        domains = dict.fromkeys((*self.user.tenant.verified_domains, self.initial["domain"]))
        self.fields["domain"].choices = [(d, f"@{d}") for d in domains]  # type: ignore[attr-defined]

    def _lock(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self.fields:
                self.fields[name].disabled = True

    @property
    def open_names(self) -> frozenset[str]:
        """The fields that this editor may change on this user."""
        return frozenset(name for name, field in self.fields.items() if not field.disabled)

    @property
    def shown_values(self) -> SafeString:
        """Hidden inputs with the values as they were shown first."""
        return format_html_join(
            "", "{}", ((self[name].as_hidden(only_initial=True),) for name in self.fields)
        )

    def found_by(self, text: str) -> Tab:
        """The fields whose label has `text` in it, under their categories (USR-18)."""
        wanted = text.strip().casefold()
        groups = [
            (
                label,
                tuple(
                    name
                    for name in names
                    if name in self.fields and wanted in str(self.fields[name].label).casefold()
                ),
            )
            for _name, label, names in CATEGORIES
        ]
        return Tab("find", _("Search"), tuple(group for group in groups if group[1]))

    # Cleaning

    def clean_display_name(self) -> str:
        """The name on one line."""
        text = str(self.cleaned_data["display_name"])
        refuse_control_characters(text)
        name = clean_display_name(text)
        if not name:
            raise forms.ValidationError(_("Enter the name that others see."))
        return name

    def clean_manager(self) -> User | None:
        """The one that was chosen, if any; a deleted one stays until another is."""
        if "manager" not in self.changed_data:
            return self.user.manager
        return next(iter(self.cleaned_data["manager"]), None)

    def clean_mail(self) -> str:
        """One address, or none."""
        text = str(self.cleaned_data["mail"])
        if text and "mail" in self.changed_data:
            _require_address(text)
        return text

    def clean_other_mails(self) -> list[str]:
        """Addresses (T2: 250 at most)."""
        addresses = list(dict.fromkeys(split_values(self.cleaned_data["other_mails"])))
        if len(addresses) > MAXIMUM_OTHER_MAILS:
            raise forms.ValidationError(_("A user can have 250 other addresses at most."))
        for text in addresses:
            _require_address(text)
        return addresses

    def clean_im_addresses(self) -> list[str]:
        """Addresses."""
        addresses = list(dict.fromkeys(split_values(self.cleaned_data["im_addresses"])))
        for text in addresses:
            _require_address(text)
        return addresses

    def clean(self) -> dict[str, Any]:
        """The principal name of its two parts, and no overwriting of others' changes."""
        cleaned = self.cleaned_data
        changed = set(self.changed_data)
        if changed & set(PRINCIPAL_NAME) and set(PRINCIPAL_NAME) <= cleaned.keys():
            try:
                user_principal_name(self.user.tenant, cleaned["name"], cleaned["domain"])
            except InvalidInput as error:
                self.add_error(error.field, str(error))
        for name in changed:
            if self._was_changed_meanwhile(name):
                self.add_error(name, self._meanwhile(name))
        return cleaned

    def _was_changed_meanwhile(self, name: str) -> bool:
        """Whether the value in the database is not the one that was shown."""
        field, bound = self.fields[name], self[name]
        shown = self._widget_data_value(field.hidden_widget(), bound.html_initial_name)  # type: ignore[attr-defined]
        return bool(field.has_changed(self.initial.get(name), shown))

    def _meanwhile(self, name: str) -> str:
        field, stored = self.fields[name], self.initial.get(name)
        if isinstance(field, PickerField):
            stored = ", ".join(chosen.name for chosen in field.offer.chosen(stored or []))
        value = str(stored or "–")
        return _("Somebody changed this to “%(value)s” meanwhile. Open the form again.") % {
            "value": value[:100]
        }

    # Results

    def edits(self) -> list[UserEdit]:
        """What the person changed, with the stored value it replaces."""
        changed = set(self.changed_data)
        found = []
        if changed & set(PRINCIPAL_NAME):
            changed -= set(PRINCIPAL_NAME)
            new = f"{self.cleaned_data['name']}@{self.cleaned_data['domain']}"
            found.append(UserEdit("user_principal_name", self.user.user_principal_name, new))
        for name in sorted(changed):
            if name == SPONSORS:
                old: Any = [row.party for row in self.user.sponsorships.all()]
            else:
                old = getattr(self.user, name)
            found.append(UserEdit(name, old, self.cleaned_data[name]))
        return [change for change in found if change.old != change.new]


def values_of(user: User) -> dict[str, Any]:
    """The properties of `user` as the form shows them."""
    manager = user.present_manager
    name, _at, domain = user.user_principal_name.rpartition("@")
    columns = {
        column: getattr(user, column)
        for column in (
            *PROFILE_TEXTS,
            "display_name",
            "user_type",
            "preferred_language",
            "employee_hire_date",
            "mail",
            "mail_nickname",
            "age_group",
            "consent_provided_for_minor",
            "account_enabled",
            "usage_location",
        )
    }
    return {
        **columns,
        **{column: ", ".join(getattr(user, column)) for column in LISTS},
        "name": name,
        "domain": domain,
        "manager": [str(manager.pk)] if manager else [],
        SPONSORS: [str(row.party.pk) for row in user.sponsorships.all()],
    }


def _require_address(text: str) -> None:
    try:
        parse_email_address(text)
    except InvalidEmailAddress as error:
        raise forms.ValidationError(str(error)) from error
