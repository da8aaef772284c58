"""Reset the redemption of many guests as one bulk operation (INV-17, BET-2)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.bulk.actions import start_gathered_job
from guests.bulk.file_reading import FileColumn
from guests.bulk.models import BulkJob
from guests.bulk.operations import SERVICE, BulkOperation, Values
from guests.models import User
from guests.users.deletion.bulk_delete import wrong_object_id
from identityproviders.discovery.queries import address_of, methods_after_reset
from identityproviders.impact.remedies import Remedy
from invitations.inviting.request import InvitationRequest
from invitations.lifecycle import resetting
from portal import permissions
from portal.audit.log import USERS, Activity
from portal.errors import NotFound
from portal.permissions import Capability
from portal.tenants.models import Tenant


def _may(user: User, _tenant: Tenant) -> bool:
    return permissions.may(user, Capability.INVITATIONS_RESET)


def _reset(by: User, values: Values) -> uuid.UUID:
    """Reset the guest that the row names and mail a new invitation to the same address."""
    present = User.objects.of(by.tenant).present().select_related("tenant")
    guest = present.filter(pk=uuid.UUID(values["objectId"])).first()
    if guest is None:
        raise NotFound(_("Your organization has no user with this object ID."))
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


def _predict(tenant: Tenant, rows: Sequence[Values]) -> list[str]:
    ids = [uuid.UUID(values["objectId"]) for values in rows]
    guests = User.objects.of(tenant).present().filter(pk__in=ids).select_related("tenant")
    decisions = methods_after_reset(tenant, guests)
    return [str(decisions[pk].label) if pk in decisions else "" for pk in ids]


RESET_REDEMPTION = BulkOperation(
    name="reset",
    label=gettext_lazy("Bulk reset redemption"),
    columns=(
        FileColumn("Object ID", "objectId", is_required=True),
        FileColumn("Display name", "displayName"),
    ),
    example=lambda _tenant: ("00000000-0000-0000-0000-000000000000", "Priya Raman"),
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
    predict=_predict,
)


def start_reset_of(people: Collection[User], *, by: User, name: str) -> BulkJob:
    """Start one job that resets these guests, called `name`. Raises: NotAllowed."""
    rows = [(str(user.pk), user.display_name) for user in people]
    return start_gathered_job(RESET_REDEMPTION, by=by, rows=rows, name=name)


def _start_for(ids: Collection[uuid.UUID], by: User) -> str:
    guests = User.objects.of(by.tenant).present().filter(pk__in=ids).order_by("display_name_key")
    people = list(guests.only("pk", "display_name"))
    job = start_reset_of(people, by=by, name=_("Guests who lost their sign-in"))
    return reverse("guests:bulk_job", kwargs={"job_id": job.pk})


REMEDY = Remedy(may=lambda user: _may(user, user.tenant), start=_start_for)
