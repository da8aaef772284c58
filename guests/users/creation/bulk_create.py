"""Bulk create: each row of a file is one member with an initial password (BLK-7, T10)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from guests.bulk.file_reading import FileColumn
from guests.bulk.operations import SERVICE, BulkOperation, CheckRow, Values
from guests.models import User
from guests.users.creation import actions
from guests.users.editing.profile_fields import UsageLocationField, text_fields
from portal import permissions
from portal.audit.log import USERS, Activity
from portal.errors import InvalidInput
from portal.permissions import Capability
from portal.tenants.models import Tenant
from portal.values.text import DISPLAY_NAME_LENGTH, refuse_control_characters

COLUMNS = (
    FileColumn("Name", "displayName", is_required=True),
    FileColumn("User name", "userPrincipalName", is_required=True),
    FileColumn("Initial password", "passwordProfile", is_required=True, is_secret=True),
    FileColumn("Block sign in (Yes/No)", "accountEnabled", is_required=True),
    FileColumn("First name", "givenName"),
    FileColumn("Last name", "surname"),
    FileColumn("Job title", "jobTitle"),
    FileColumn("Department", "department"),
    FileColumn("Usage location", "usageLocation"),
    FileColumn("Street address", "streetAddress"),
    FileColumn("State or province", "state"),
    FileColumn("Country or region", "country"),
    FileColumn("Office", "physicalDeliveryOfficeName"),
    FileColumn("City", "city"),
    FileColumn("ZIP or postal code", "postalCode"),
    FileColumn("Office phone", "telephoneNumber"),
    FileColumn("Mobile phone", "mobile"),
)
EXAMPLE = (
    "Chris Green",
    "chris@example.com",
    "a password of 15 characters or more",
    "No",
    "Chris",
    "Green",
    "Engineer",
    "Research",
    "DE",
    "1 Example Street",
    "Bavaria",
    "Germany",
    "12/1110",
    "Munich",
    "80331",
    "+49 89 5550100",
    "+49 170 5550100",
)
_PROFILE = {
    "givenName": "given_name",
    "surname": "surname",
    "jobTitle": "job_title",
    "department": "department",
    "usageLocation": "usage_location",
    "streetAddress": "street_address",
    "state": "state",
    "country": "country",
    "physicalDeliveryOfficeName": "office_location",
    "city": "city",
    "postalCode": "postal_code",
    "telephoneNumber": "business_phone",
    "mobile": "mobile_phone",
}
"""The properties of a row that are columns of a user (T2)."""
BLOCKED, OPEN = "yes", "no"


def _fields() -> dict[str, forms.Field]:
    """The fields of the form, by the property that they check here (T2, T8)."""
    texts = text_fields(tuple(name for name in _PROFILE.values() if name != "usage_location"))
    columns: dict[str, forms.Field] = {**texts, "usage_location": UsageLocationField()}
    named = {name: columns[column] for name, column in _PROFILE.items()}
    named["displayName"] = forms.CharField(
        required=False, max_length=DISPLAY_NAME_LENGTH, validators=[refuse_control_characters]
    )
    return named


def is_enabled(text: str) -> bool:
    """The opposite of what *Block sign in* says (BLK-7). Raises: InvalidInput."""
    value = text.casefold()
    if value not in {BLOCKED, OPEN}:
        raise InvalidInput("accountEnabled", _("“Block sign in” has to be Yes or No."))
    return value == OPEN


@sensitive_variables("values")
def _create(by: User, fields: dict[str, forms.Field], values: Values) -> uuid.UUID:
    """Create the user of a row, exactly as the form does (CRE-2, CRE-3)."""
    cleaned = {name: _cleaned(field, name, values[name]) for name, field in fields.items()}
    name, domain = _name_and_domain(values)
    profile: dict[str, object] = {
        column: cleaned[name] for name, column in _PROFILE.items() if cleaned[name]
    }
    user, _password = actions.create_user(
        by.tenant,
        by=by,
        name=name,
        domain=domain,
        display_name=str(cleaned["displayName"]),
        password=values["passwordProfile"],
        profile={
            **profile,
            "mail_nickname": name,
            "account_enabled": is_enabled(values["accountEnabled"]),
        },
    )
    return uuid.UUID(str(user.pk))


def _cleaned(field: forms.Field, name: str, text: str) -> Any:
    try:
        return field.clean(text)
    except ValidationError as error:
        raise InvalidInput(name, " ".join(error.messages)) from error


def _name_and_domain(values: Values) -> tuple[str, str]:
    name, _at, domain = values["userPrincipalName"].rpartition("@")
    return name, domain.lower()


def _checks(by: User) -> CheckRow:
    return partial(_wrong, by.tenant, _fields())


@sensitive_variables("values")
def _wrong(
    tenant: Tenant, fields: dict[str, forms.Field], values: Values
) -> Iterator[tuple[str, str]]:
    """What can be said about a row before it is submitted (BLK-1, BLK-7)."""
    for name, field in fields.items():
        if values[name]:
            try:
                field.clean(values[name])
            except ValidationError as error:
                yield name, " ".join(error.messages)
    if principal_name := values["userPrincipalName"]:
        try:
            actions.user_principal_name(tenant, *_name_and_domain(values))
        except InvalidInput as error:
            yield "userPrincipalName", _sentence(error)
    if values["passwordProfile"]:
        person = User(
            user_principal_name=principal_name,
            display_name=values["displayName"],
            mail=principal_name,
        )
        try:
            actions.require_acceptable(values["passwordProfile"], person)
        except InvalidInput as error:
            yield "passwordProfile", str(error)
    if values["accountEnabled"]:
        try:
            is_enabled(values["accountEnabled"])
        except InvalidInput as error:
            yield "accountEnabled", str(error)


def _sentence(error: InvalidInput) -> str:
    if error.field == "domain":
        return _("The part after the @ has to be a verified domain of your organization.")
    return str(error)


def _may(user: User, _tenant: Tenant) -> bool:
    return permissions.may(user, Capability.USERS_BULK_CREATE)


CREATE_USERS = BulkOperation(
    name="create",
    label=gettext_lazy("Bulk create"),
    columns=COLUMNS,
    example=lambda _tenant: EXAMPLE,
    begin=lambda by, _batch: nullcontext(partial(_create, by, _fields())),
    checks=_checks,
    may=_may,
    capability=Capability.USERS_BULK_CREATE,
    finished=Activity("Bulk create users - finished (bulk)", SERVICE, USERS, "Add"),
    introduction=gettext_lazy(
        "Each row creates one member, who signs in with the initial password for 24 hours and "
        "then chooses another. Passwords are encrypted while they wait and deleted with their row."
    ),
    second_step=gettext_lazy("Create the users"),
    command=gettext_lazy("Create users"),
    command_text=gettext_lazy("Create the users of a CSV file"),
    working=gettext_lazy("Creating"),
)
