"""Form *Create new user*, and the tab *Assignments* of both wizards (T8, T9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.access.directory import Directory
from guests.groups.actions import MAXIMUM_GROUPS_AT_ONCE
from guests.models import Group, User, UserType
from guests.picker import Groups, PickerField
from guests.users.creation import actions
from guests.users.editing.profile_fields import (
    AGE_GROUPS,
    CONSENTS,
    CONTACT_TEXTS,
    JOB_TEXTS,
    PROFILE_TEXTS,
    SwitchField,
    TippedCharField,
    UsageLocationField,
    hire_date_field,
    manager_field,
    text_fields,
)
from portal import permissions
from portal.console.wizard import Tab, WizardForm
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values.text import clean_display_name, refuse_control_characters

ASSIGNMENTS = "assignments"
TAB = Tab(
    ASSIGNMENTS,
    gettext_lazy("Assignments"),
    ((gettext_lazy("Groups"), ("groups",)), (gettext_lazy("Roles"), ("roles",))),
)


def assignment_fields(directory: Directory) -> dict[str, forms.Field]:
    """The fields that the viewer may use: groups they may change, roles they may give.

    A picker without a group to choose is left out, and so are roles without the right.
    """
    fields: dict[str, forms.Field] = {}
    rows = directory.changeable_groups()
    if rows.exists():
        groups = PickerField(label=gettext_lazy("Groups"), maximum=MAXIMUM_GROUPS_AT_ONCE)
        groups.offer = Groups(directory, rows)
        fields["groups"] = groups
    mine = [role for role in Role if permissions.may_grant(directory.viewer, role)]
    if mine:
        fields["roles"] = forms.MultipleChoiceField(
            label=gettext_lazy("Roles"),
            required=False,
            choices=[(role.value, role.label) for role in mine],
            widget=forms.CheckboxSelectMultiple,
        )
    return fields


def steps_with(form: forms.Form, tabs: Sequence[Tab]) -> list[Tab]:
    """`tabs`, without *Assignments* where nothing can be assigned."""
    has_any = any(name in form.fields for name in TAB.fields)
    steps = [tab for tab in tabs if tab.name != ASSIGNMENTS or has_any]
    return [_without_empty_groups(form, tab) if tab.name == ASSIGNMENTS else tab for tab in steps]


def _without_empty_groups(form: forms.Form, tab: Tab) -> Tab:
    """The tab without headings that nothing stands under."""
    groups = tuple(group for group in tab.groups if any(name in form.fields for name in group[1]))
    return Tab(tab.name, tab.label, groups)


def role_labels(values: Sequence[str]) -> str:
    """The roles by their names, for the review."""
    return ", ".join(str(Role(value).label) for value in values)


BASICS, PROPERTIES, REVIEW = "basics", "properties", "review"
TABS = (
    Tab(
        BASICS,
        gettext_lazy("Basics"),
        (
            (
                gettext_lazy("Identity"),
                ("name", "domain", "is_nickname_derived", "mail_nickname", "display_name"),
            ),
            (gettext_lazy("Password"), ("is_password_generated", "password")),
            (gettext_lazy("Settings"), ("account_enabled",)),
        ),
    ),
    Tab(
        PROPERTIES,
        gettext_lazy("Properties"),
        (
            (gettext_lazy("Identity"), ("given_name", "surname", "user_type")),
            (gettext_lazy("Job information"), (*JOB_TEXTS, "manager")),
            (gettext_lazy("Contact information"), CONTACT_TEXTS),
            (gettext_lazy("Parental controls"), ("age_group", "consent_provided_for_minor")),
            (gettext_lazy("Settings"), ("usage_location",)),
        ),
    ),
    TAB,
    Tab(REVIEW, gettext_lazy("Review + create")),
)


class CreateForm(WizardForm):
    """Shape and syntax of a new user; `guests.users.creation.actions` decides."""

    tabs = TABS

    name = TippedCharField(
        label=gettext_lazy("User principal name"),
        max_length=64,
        error_messages={"required": gettext_lazy("Enter the part of the name before the @.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name.tip = gettext_lazy("The part before the @: letters, digits and ' . - _ ! ^ ~")
    domain = forms.ChoiceField(label=gettext_lazy("Domain"))
    is_nickname_derived = SwitchField(
        label=gettext_lazy("Derive mail nickname from user principal name"), initial=True
    )
    mail_nickname = forms.CharField(
        label=gettext_lazy("Mail nickname"),
        max_length=64,
        required=False,
        validators=[refuse_control_characters],
    )
    display_name = forms.CharField(
        label=gettext_lazy("Display name"),
        max_length=256,
        error_messages={"required": gettext_lazy("Enter the name that others see.")},
    )
    is_password_generated = SwitchField(label=gettext_lazy("Auto-generate password"), initial=True)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=128,
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"}),
    )
    account_enabled = SwitchField(label=gettext_lazy("Account enabled"), initial=True)
    user_type = forms.ChoiceField(
        label=gettext_lazy("User type"), choices=UserType.choices, required=False
    )
    employee_hire_date = hire_date_field()
    age_group = forms.ChoiceField(
        label=gettext_lazy("Age group"), choices=AGE_GROUPS, required=False
    )
    consent_provided_for_minor = forms.ChoiceField(
        label=gettext_lazy("Consent provided for minor"), choices=CONSENTS, required=False
    )
    usage_location = UsageLocationField()

    def __init__(self, *args: Any, tenant: Tenant, creator: User, **kwargs: Any) -> None:
        """Take the tenant and who creates, and what Django's forms take."""
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        self.fields.update(text_fields())
        domains = [(domain, f"@{domain}") for domain in tenant.verified_domains]
        self.fields["domain"].choices = domains  # type: ignore[attr-defined]
        self.fields["domain"].initial = tenant.primary_domain
        self.fields["user_type"].initial = UserType.MEMBER
        self.fields["mail_nickname"].help_text = _("Only if it is not derived")
        self.fields["password"].help_text = _("Only if it is not generated; 15 characters or more")
        directory = Directory(tenant, creator)
        self.fields["manager"] = manager_field(directory)
        self.fields.update(assignment_fields(directory))
        self.steps = steps_with(self, TABS)

    def clean_display_name(self) -> str:
        """The name on one line."""
        text = str(self.cleaned_data["display_name"])
        refuse_control_characters(text)
        name = clean_display_name(text)
        if not name:
            raise forms.ValidationError(_("Enter the name that others see."))
        return name

    def clean_manager(self) -> User | None:
        """The one that was chosen, if any."""
        return next(iter(self.cleaned_data["manager"]), None)

    def clean(self) -> dict[str, Any]:
        """Nickname and password where they are not derived and generated (T8)."""
        cleaned = self.cleaned_data
        if not cleaned.get("is_nickname_derived") and not cleaned.get("mail_nickname"):
            self.add_error("mail_nickname", _("Enter a nickname, or let it be derived."))
        if not cleaned.get("is_password_generated") and not cleaned.get("password"):
            self.add_error("password", _("Enter a password, or let one be generated."))
        return cleaned

    def shown(self, name: str) -> str:
        """Never a password; choices by their labels."""
        if name == "password":
            return ""
        if name == "roles":
            return role_labels(self.cleaned_data.get("roles", []))
        if name == "mail_nickname":
            return self.nickname()
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField) and not isinstance(
            field, forms.MultipleChoiceField
        ):
            value = self.cleaned_data.get(name, "")
            return str(dict(field.choices).get(value, "")) if value else ""  # type: ignore[arg-type]
        return super().shown(name)

    def nickname(self) -> str:
        """The mail nickname, derived unless typed (T8)."""
        cleaned = self.cleaned_data
        if cleaned.get("is_nickname_derived"):
            return str(cleaned.get("name", ""))
        return str(cleaned.get("mail_nickname", ""))

    def refuse_by_rules(self) -> None:
        """Put everything that the rules refuse at its field, beside what the form found (CRE-1)."""
        cleaned = self.cleaned_data
        for refusal in actions.new_user_refusals(
            self.tenant,
            name=cleaned.get("name", ""),
            domain=cleaned.get("domain", ""),
            display_name=cleaned.get("display_name", ""),
            password="" if cleaned.get("is_password_generated") else cleaned.get("password", ""),
        ):
            if refusal.field not in self.errors:
                self.refuse(refusal)

    def chosen_roles(self) -> list[Role]:
        """The roles to assign."""
        return [Role(value) for value in self.cleaned_data.get("roles", [])]

    def chosen_groups(self) -> list[Group]:
        """The groups to put the user into."""
        return list(self.cleaned_data.get("groups", []))

    def chosen_password(self) -> str:
        """The typed password; empty if one is to be generated."""
        cleaned = self.cleaned_data
        return "" if cleaned["is_password_generated"] else str(cleaned["password"])

    def profile(self) -> dict[str, object]:
        """The columns that were filled in."""
        names = (
            *PROFILE_TEXTS,
            "employee_hire_date",
            "manager",
            "age_group",
            "consent_provided_for_minor",
            "usage_location",
        )
        chosen: dict[str, object] = {
            name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)
        }
        return {
            **chosen,
            "mail_nickname": self.nickname(),
            "account_enabled": self.cleaned_data["account_enabled"],
        }
