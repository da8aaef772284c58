"""Reset the redemption of many guests as one bulk operation (INV-17, BET-2)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from contextlib import nullcontext
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.bulk.actions import start_gathered_job
from guests.bulk.models import BulkJob
from guests.bulk.operations import SERVICE, BulkOperation, Values
from guests.models import User
from guests.users.deletion.bulk_delete import wrong_object_id
from identityproviders.discovery.queries import address_of, methods_after_reset
from identityproviders.impact.remedies import Remedy
from invitations.inviting.request import InvitationRequest
from invitations.lifecycle import guest_rows, resetting
from portal import permissions
from portal.audit.log import USERS, Activity
from portal.permissions import Capability
from portal.tenants.models import Tenant


def _may(user: User, _tenant: Tenant) -> bool:
    return permissions.may(user, Capability.INVITATIONS_RESET)


def _reset(by: User, values: Values) -> uuid.UUID:
    """Reset the guest that the row names and mail a new invitation to the same address."""
    guest = guest_rows.guest_of_row(by, values)
    address = address_of(guest)
    if address is None:
        raise resetting.NotExternal
    request = InvitationRequest(
        tenant=by.tenant,
        address=address,
        redirect_url=resetting.redirect_after_reset(guest),
        message="",
        is_mail_wanted=True,
    )
    resetting.reset_redemption(guest, request, by=by, is_bulk=True)
    return uuid.UUID(str(guest.pk))


RESET_REDEMPTION = BulkOperation(
    name="reset",
    label=gettext_lazy("Bulk reset redemption"),
    columns=guest_rows.COLUMNS,
    example=lambda _tenant: guest_rows.EXAMPLE,
    begin=lambda by, _batch: nullcontext(partial(_reset, by)),
    checks=lambda _by: wrong_object_id,
    may=_may,
    capability=Capability.INVITATIONS_RESET,
    finished=Activity("Bulk reset redemption - finished (bulk)", SERVICE, USERS, "Update"),
    introduction=gettext_lazy(
        "Each row resets one guest, who gets a new invitation and accepts again. Groups and roles "
        "stay."
    ),
    second_step=gettext_lazy("Reset the guests"),
    command=gettext_lazy("Reset redemption"),
    command_text=gettext_lazy("Reset the redemption of the guests of a CSV file"),
    working=gettext_lazy("Resetting"),
    predict=guest_rows.predict_with(methods_after_reset),
)


def start_reset_of(people: Collection[User], *, by: User, name: str) -> BulkJob:
    """Start one job that resets these guests, called `name`. Raises: NotAllowed."""
    return start_gathered_job(RESET_REDEMPTION, by=by, rows=guest_rows.rows_of(people), name=name)


def _start_for(ids: Collection[uuid.UUID], by: User) -> str:
    guests = User.objects.of(by.tenant).present().filter(pk__in=ids).order_by("display_name_key")
    people = list(guests.only("pk", "display_name"))
    job = start_reset_of(people, by=by, name=_("Guests who lost their sign-in"))
    return reverse("guests:bulk_job", kwargs={"job_id": job.pk})


REMEDY = Remedy(may=lambda user: _may(user, user.tenant), start=_start_for)
