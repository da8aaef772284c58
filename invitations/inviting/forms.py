"""Form *Invite external user*: one form in three tabs (T9)."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.access.directory import Directory
from guests.models import Group, User, UserType
from guests.users.creation.forms import TAB, assignment_fields, role_labels, steps_with
from guests.users.editing.profile_fields import (
    CONTACT_TEXTS,
    JOB_TEXTS,
    PROFILE_TEXTS,
    SwitchField,
    TippedCharField,
    UsageLocationField,
    hire_date_field,
    split_values,
    sponsors_field,
    text_fields,
)
from invitations.inviting import checks
from invitations.inviting.request import InvitationRequest, my_apps_url
from invitations.lifecycle import resetting
from portal import permissions
from portal.console.wizard import Tab, WizardForm
from portal.errors import InvalidInput
from portal.permissions import Capability, Role
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress

BASICS, PROPERTIES, REVIEW = "basics", "properties", "review"


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
                (*JOB_TEXTS, "sponsors"),
            ),
            (gettext_lazy("Contact information"), CONTACT_TEXTS),
            (gettext_lazy("Settings"), ("usage_location",)),
        ),
    ),
    TAB,
    Tab(REVIEW, gettext_lazy("Review + invite")),
)
RESTORE, AS_NEW = "restore", "new"
DELETED_GUEST = gettext_lazy("A deleted guest has this address")


class InviteForm(WizardForm):
    """Shape and syntax of an invitation; `invitations.inviting.actions` decides (SEC-28)."""

    tabs = TABS

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
    is_mail_wanted = SwitchField(label=gettext_lazy("Send invite message"), initial=True)
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
    employee_hire_date = hire_date_field()
    usage_location = UsageLocationField()

    def __init__(self, *args: Any, tenant: Tenant, inviter: User, **kwargs: Any) -> None:
        """Take the tenant and who invites, and what Django's forms take."""
        super().__init__(*args, **kwargs)
        self.tenant, self.inviter = tenant, inviter
        self.fields.update(text_fields())
        self.fields["redirect_url"].initial = my_apps_url(tenant)
        directory = Directory(tenant, inviter)
        if permissions.may(inviter, Capability.USERS_LIST):  # else it tells who exists (T14, COL-2)
            self._ask_for_sponsors(directory)
        self.fields["user_type"].initial = UserType.GUEST
        self.fields["cc"].help_text = _("Gets a copy without the link")
        self.fields.update(assignment_fields(directory))
        self.steps = steps_with(self, TABS)
        self.deleted_guest = self._offer_to_restore()
        self._describe_message()
        self._predict_while_typing()
        if len(settings.LANGUAGES) < 2:
            del self.fields["message_language"]
        else:
            languages = [("", _("Language of the organization")), *settings.LANGUAGES]
            self.fields["message_language"].choices = languages  # type: ignore[attr-defined]
        if not permissions.may(inviter, Capability.INVITATIONS_INVITE_MEMBER):
            self.fields["user_type"].choices = [UserType.choices[1]]  # type: ignore[attr-defined]

    def _ask_for_sponsors(self, directory: Directory) -> None:
        field = sponsors_field(directory)
        field.initial = [str(self.inviter.pk)]
        field.help_text = _(
            "Who answers for the guest: up to five users or groups of your organization. Without "
            "any, you do."
        )
        self.fields["sponsors"] = field

    def _offer_to_restore(self) -> User | None:
        """Ask on the last tab what becomes of a deleted guest with the address (INV-13)."""
        address = self.typed_address
        if address is None:
            return None
        guest = resetting.restorable_guest(self.tenant, address, by=self.inviter)
        if guest is None:
            return None
        self.fields["deleted_guest"] = forms.ChoiceField(
            label=_("%(name)s was deleted and can still be restored")
            % {"name": guest.display_name},
            choices=[
                (RESTORE, _("Restore and re-invite: same object ID, groups, roles and apps")),
                (AS_NEW, _("Invite as new: another object, without anything of the deleted one")),
            ],
            widget=forms.RadioSelect,
            required=False,
        )
        last = replace(self.steps[-1], groups=((DELETED_GUEST, ("deleted_guest",)),))
        self.steps = (*self.steps[:-1], last)
        return guest

    def require_decision(self) -> bool:
        """Whether it is said what becomes of a deleted guest; puts the error there if not."""
        if self.deleted_guest is None or self.cleaned_data.get("deleted_guest"):
            return True
        if self.is_address_refused():
            return False
        self.add_error("deleted_guest", _("Choose whether to restore this guest."))
        return False

    def guest_to_restore(self) -> User | None:
        """The deleted guest to restore, if that was chosen."""
        is_wanted = self.cleaned_data.get("deleted_guest") == RESTORE
        return self.deleted_guest if is_wanted else None

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

    # Cleaning

    @cached_property
    def typed_address(self) -> EmailAddress | None:
        """What was typed as address, if it is one."""
        try:
            return checks.address_of(str(self.data.get("email", "")))
        except InvalidInput:
            return None

    def clean_email(self) -> EmailAddress:
        """The address (T18 row 2); the action asks the rules about it."""
        text = self.cleaned_data["email"]
        address = self.typed_address or self._checked(checks.address_of, text)
        assert isinstance(address, EmailAddress)  # noqa: S101 - anything else was refused
        return address

    def is_address_refused(self) -> bool:
        """Whether the rules refuse the address (T18 rows 3 to 5); the field says why then.

        For a page that shows the form; an action that carries it out asks by itself.
        """
        address = self.cleaned_data.get("email")
        try:
            if address is not None:
                checks.require_allowed_address(self.tenant, address)
        except InvalidInput as refusal:
            self.refuse(refusal)
            return True
        return False

    def clean_display_name(self) -> str:
        """The name on one line."""
        return str(self._checked(checks.display_name_of, self.cleaned_data["display_name"]) or "")

    def clean_message(self) -> str:
        """The message with plain line breaks."""
        return str(self._checked(checks.message_of, self.cleaned_data["message"]) or "")

    def clean_redirect_url(self) -> str:
        """T18 row 6."""
        return str(self._checked(checks.redirect_of, self.cleaned_data["redirect_url"]) or "")

    def clean_cc(self) -> list[EmailAddress]:
        """One address, or several with commas between (BET-6)."""
        texts = split_values(self.cleaned_data["cc"])
        if len(texts) > checks.MAXIMUM_CC_RECIPIENTS:
            raise forms.ValidationError(_("An invitation can have 10 Cc recipients at most."))
        return [self._checked(checks.address_of, text, "cc") for text in texts]

    def clean_user_type(self) -> str:
        """Guest unless chosen otherwise (T9)."""
        return str(self.cleaned_data["user_type"] or UserType.GUEST)

    def _checked(self, check: Any, *values: Any) -> Any:
        try:
            return check(*values)
        except InvalidInput as error:
            raise forms.ValidationError(str(error)) from error

    # Results

    def shown(self, name: str) -> str:
        """Addresses as typed, roles by their names; what becomes of a deleted guest stands below,
        to be chosen."""
        value = self.cleaned_data.get(name)
        if name in {"email", "cc"} and value:
            return ", ".join(one.as_typed for one in ([value] if name == "email" else value))
        if name == "deleted_guest":
            return ""
        if name == "roles":
            return role_labels(self.cleaned_data.get("roles", []))
        return super().shown(name)

    def chosen_groups(self) -> list[Group]:
        """The groups to put the guest into."""
        return list(self.cleaned_data.get("groups", []))

    def chosen_roles(self) -> list[Role]:
        """The roles to give the guest."""
        return [Role(value) for value in self.cleaned_data.get("roles", [])]

    def invitation_request(self, *, is_blocked: bool = False) -> InvitationRequest:
        """What a valid form asks for."""
        cleaned = self.cleaned_data
        return InvitationRequest(
            tenant=self.tenant,
            address=cleaned["email"],
            redirect_url=cleaned["redirect_url"],
            display_name=cleaned["display_name"],
            message=cleaned["message"],
            message_language=cleaned.get("message_language", ""),
            cc=tuple(cleaned["cc"]),
            is_mail_wanted=cleaned["is_mail_wanted"],
            user_type=cleaned["user_type"],
            profile=self.profile(),
            sponsors=cleaned.get("sponsors") or None,
            groups=self.chosen_groups(),
            roles=self.chosen_roles(),
            is_blocked=is_blocked,
        )

    def profile(self) -> dict[str, object]:
        """The properties of T2 that were filled in."""
        names = (*PROFILE_TEXTS, "employee_hire_date", "usage_location")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}
