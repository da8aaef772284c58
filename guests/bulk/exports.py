"""Download users: the columns of BLK-21 and the rows behind them (BLK-20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from guests.bulk.kinds import SERVICE, STARTED
from guests.models import Sponsorship, User
from portal.audit import log
from portal.audit.log import USERS, Activity, Details, Target
from portal.shell.keyset import walked
from portal.spreadsheets import lines

FINISHED = Activity("Download users - finished (bulk)", SERVICE, USERS, "Read")
ROWS_AT_A_TIME = 2_000


def _moment(value: datetime | None) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""


def _nothing(_user: User) -> str:
    """A property that this directory does not keep."""
    return ""


def _sponsors(user: User) -> str:
    return ";".join(row.handle for row in user.sponsorships.all())


COLUMNS: dict[str, Callable[[User], object]] = {
    "userPrincipalName": lambda user: user.user_principal_name,
    "displayName": lambda user: user.display_name,
    "surname": lambda user: user.surname,
    "mail": lambda user: user.mail,
    "givenName": lambda user: user.given_name,
    "objectId": lambda user: user.pk,
    "userType": lambda user: user.user_type,
    "jobTitle": lambda user: user.job_title,
    "department": lambda user: user.department,
    "accountEnabled": lambda user: user.account_enabled,
    "usageLocation": lambda user: user.usage_location,
    "streetAddress": lambda user: user.street_address,
    "state": lambda user: user.state,
    "country": lambda user: user.country,
    "physicalDeliveryOfficeName": lambda user: user.office_location,
    "city": lambda user: user.city,
    "postalCode": lambda user: user.postal_code,
    "telephoneNumber": lambda user: user.business_phone,
    "mobile": lambda user: user.mobile_phone,
    "authenticationAlternativePhoneNumber": _nothing,
    "authenticationEmail": _nothing,
    "alternateEmailAddress": lambda user: ";".join(user.other_mails),
    "ageGroup": lambda user: user.age_group,
    "consentProvidedForMinor": lambda user: user.consent_provided_for_minor,
    "legalAgeGroupClassification": _nothing,
    "identityIssuer": lambda user: user.identity_issuer,
    "creationType": lambda user: user.creation_type,
    "externalUserState": lambda user: user.external_user_state,
    "externalUserStateChangeDateTime": lambda user: _moment(user.external_user_state_changed_at),
    "createdDateTime": lambda user: _moment(user.created_at),
    "lastSignInDateTime": lambda user: _moment(user.last_sign_in_at),
    "sponsors": _sponsors,
}

FIELDS = (
    "user_principal_name",
    "display_name",
    "surname",
    "mail",
    "given_name",
    "user_type",
    "job_title",
    "department",
    "account_enabled",
    "usage_location",
    "street_address",
    "state",
    "country",
    "office_location",
    "city",
    "postal_code",
    "business_phone",
    "mobile_phone",
    "other_mails",
    "age_group",
    "consent_provided_for_minor",
    "identity_issuer",
    "creation_type",
    "external_user_state",
    "external_user_state_changed_at",
    "created_at",
    "last_sign_in_at",
)
"""What the columns read; anything else would cost a query a row."""


def start(found: QuerySet[User], *, by: User, file_name: str) -> Iterator[str]:
    """The lines of the file for the users `found`; the log says who took them (SEC-103)."""
    record = partial(
        log.record, tenant=by.tenant, by=by, target=Target("BulkOperation", "", file_name)
    )
    with transaction.atomic():
        record(STARTED, details=Details(additional={"Operation": "download"}))
    sponsors = Sponsorship.objects.of(by.tenant).select_related("sponsor", "group").order_by("pk")
    rows = found.only(*FIELDS).prefetch_related(Prefetch("sponsorships", queryset=sponsors))

    def records() -> Iterator[list[object]]:
        yield list(COLUMNS)
        count = 0
        for user in walked(rows, rows_at_a_time=ROWS_AT_A_TIME):
            count += 1
            yield [value(user) for value in COLUMNS.values()]
        with transaction.atomic():
            record(FINISHED, details=Details(additional={"Rows": count}))

    return lines(records())
