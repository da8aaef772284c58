"""Download users: the page, the columns of BLK-21 and the rows of the file (BLK-20)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from guests.bulk.files import MAXIMUM_FILE_NAME, csv_answer, file_name_of
from guests.bulk.operations import SERVICE, STARTED
from guests.models import Sponsorship, User
from guests.users.list.views import users_grid
from guests.users.queries import list_users
from portal.audit import log
from portal.audit.log import USERS, Activity, Details, Target
from portal.console.blades import TenantRequest, blade
from portal.console.grid import narrowed_rows
from portal.console.keyset import keyset_pages
from portal.permissions import Capability
from portal.tenants.models import Tenant
from portal.values.csv_file import csv_lines

FINISHED = Activity("Download users - finished (bulk)", SERVICE, USERS, "Read")
ROWS_AT_A_TIME = 2_000


Cell = Callable[[Any], object]


def _moment(value: datetime | None) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""


def _joined(values: list[str]) -> str:
    return ";".join(values)


def _as_is(value: object) -> object:
    return value


FIELDS: dict[str, tuple[str, Cell]] = {
    "userPrincipalName": ("user_principal_name", _as_is),
    "displayName": ("display_name", _as_is),
    "surname": ("surname", _as_is),
    "mail": ("mail", _as_is),
    "givenName": ("given_name", _as_is),
    "objectId": ("pk", _as_is),
    "userType": ("user_type", _as_is),
    "jobTitle": ("job_title", _as_is),
    "department": ("department", _as_is),
    "accountEnabled": ("account_enabled", _as_is),
    "usageLocation": ("usage_location", _as_is),
    "streetAddress": ("street_address", _as_is),
    "state": ("state", _as_is),
    "country": ("country", _as_is),
    "physicalDeliveryOfficeName": ("office_location", _as_is),
    "city": ("city", _as_is),
    "postalCode": ("postal_code", _as_is),
    "telephoneNumber": ("business_phone", _as_is),
    "mobile": ("mobile_phone", _as_is),
    "alternateEmailAddress": ("other_mails", _joined),
    "ageGroup": ("age_group", _as_is),
    "consentProvidedForMinor": ("consent_provided_for_minor", _as_is),
    "identityIssuer": ("identity_issuer", _as_is),
    "creationType": ("creation_type", _as_is),
    "externalUserState": ("external_user_state", _as_is),
    "externalUserStateChangeDateTime": ("external_user_state_changed_at", _moment),
    "createdDateTime": ("created_at", _moment),
    "lastSignInDateTime": ("last_sign_in__moment", _moment),
}
"""Where the columns come from. A million rows of a million objects would take minutes more."""

SPONSORS = "sponsors"
COLUMNS = (
    *("userPrincipalName", "displayName", "surname", "mail", "givenName", "objectId", "userType"),
    *("jobTitle", "department", "accountEnabled", "usageLocation", "streetAddress", "state"),
    *("country", "physicalDeliveryOfficeName", "city", "postalCode", "telephoneNumber", "mobile"),
    *("authenticationAlternativePhoneNumber", "authenticationEmail", "alternateEmailAddress"),
    *("ageGroup", "consentProvidedForMinor", "legalAgeGroupClassification"),
    *("identityIssuer", "creationType", "externalUserState", "externalUserStateChangeDateTime"),
    *("createdDateTime", "lastSignInDateTime", SPONSORS),
)
"""The columns of BLK-21 in their order; those of no field are not kept by this directory."""


def start_export(found: QuerySet[User], *, by: User, file_name: str) -> Iterator[str]:
    """The lines of the file for the users `found`; the log says who took them (SEC-103)."""
    record = partial(
        log.record, tenant=by.tenant, by=by, target=Target("BulkOperation", "", file_name)
    )
    with transaction.atomic():
        record(STARTED, details=Details(additional={"Operation": "download"}))
    names = [field for field, _cell in FIELDS.values()]
    rows = found.values_list(*names, "grid_key", named=True)

    def records() -> Iterator[Sequence[object]]:
        yield COLUMNS
        count = 0
        for page in keyset_pages(rows, rows_at_a_time=ROWS_AT_A_TIME):
            sponsors = _sponsors(by.tenant, [row.pk for row in page])
            count += len(page)
            for row in page:
                yield _record(row, sponsors.get(row.pk, ""))
        with transaction.atomic():
            record(FINISHED, details=Details(additional={"Rows": count}))

    return csv_lines(records())


def _place(column: str) -> tuple[int, Cell] | None:
    """Where a row has the value of the column; None where nothing has."""
    if column not in FIELDS:
        return None
    return list(FIELDS).index(column), FIELDS[column][1]


_PLACES = [_place(column) for column in COLUMNS]


def _record(row: Sequence[Any], sponsors: str) -> list[object]:
    found: list[object] = [place[1](row[place[0]]) if place else "" for place in _PLACES]
    found[-1] = sponsors
    return found


def _sponsors(tenant: Tenant, guests: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The sponsors of each of these guests, by sign-in name or group name."""
    mine = Sponsorship.objects.of(tenant).filter(guest__in=guests)
    handles = defaultdict(list)
    for row in mine.select_related("sponsor", "group").order_by("pk"):
        handles[row.guest_id].append(row.handle)
    return {guest: _joined(names) for guest, names in handles.items()}


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="all_users",
    title=_("Download users"),
    capability=Capability.USERS_DOWNLOAD,
    parent="guests:users",
)
def download_users(request: TenantRequest) -> HttpResponse:
    """Ask for a file name, then stream the list as filtered at that moment."""
    found, is_narrowed = narrowed_rows(
        request, list_users(request.tenant), users_grid(request.tenant)
    )
    default = f"users-{timezone.now():%Y-%m-%d}.csv"
    if request.method == "POST":
        name = file_name_of(request.POST.get("name", ""), default)
        return csv_answer(start_export(found, by=request.user, file_name=name), name)
    context = {
        "count": found.order_by().count(),
        "is_narrowed": is_narrowed,
        "name": default,
        "maximum_length": MAXIMUM_FILE_NAME,
        "columns": list(COLUMNS),
        "back": f"?{request.GET.urlencode()}" if request.GET else "",
    }
    return render(request, "guests/bulk/bulk_download.html", context)
