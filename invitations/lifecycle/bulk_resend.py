"""Resend the invitations of many guests as one bulk operation (INV-15)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from contextlib import nullcontext
from functools import partial

from django.utils.translation import gettext_lazy

from guests.bulk.actions import start_gathered_job
from guests.bulk.models import BulkJob
from guests.bulk.operations import SERVICE, BulkOperation, Values
from guests.models import User
from guests.users.deletion.bulk_delete import wrong_object_id
from identityproviders.discovery.queries import expected_methods_of
from invitations.inviting import checks
from invitations.inviting.errors import NotPending
from invitations.lifecycle import guest_rows
from invitations.lifecycle.actions import resend_invitation
from invitations.models import Invitation
from portal.audit.log import USERS, Activity
from portal.permissions import Capability


def _resend(by: User, values: Values) -> uuid.UUID:
    """Send the open invitation of the guest that the row names again, with its old message."""
    guest = guest_rows.guest_of_row(by, values)
    waiting = Invitation.objects.of(by.tenant).open().filter(user=guest)
    invitation = waiting.select_related("user__tenant", "inviter", "tenant").first()
    if invitation is None:
        raise NotPending
    resend_invitation(invitation, by=by)
    return uuid.UUID(str(guest.pk))


RESEND_INVITATIONS = BulkOperation(
    name="resend",
    label=gettext_lazy("Bulk resend invitations"),
    columns=guest_rows.COLUMNS,
    example=lambda _tenant: guest_rows.EXAMPLE,
    begin=lambda by, _batch: nullcontext(partial(_resend, by)),
    checks=lambda _by: wrong_object_id,
    may=checks.may_invite,
    capability=Capability.INVITATIONS_RESEND,
    finished=Activity("Bulk resend invitations - finished (bulk)", SERVICE, USERS, "Update"),
    introduction=gettext_lazy(
        "Each row sends the invitation of one guest again, with the same link and message."
    ),
    second_step=gettext_lazy("Resend the invitations"),
    command=gettext_lazy("Resend invitations"),
    command_text=gettext_lazy("Resend the invitations of the guests of a CSV file"),
    working=gettext_lazy("Resending"),
    predict=guest_rows.predict_with(expected_methods_of),
)


def start_resend_to(people: Collection[User], *, by: User, name: str) -> BulkJob:
    """Start one job that resends the invitations of these guests, called `name`.

    Raises: NotAllowed.
    """
    return start_gathered_job(RESEND_INVITATIONS, by=by, rows=guest_rows.rows_of(people), name=name)
