"""Bulk invite: each row of a file is one invitation (BLK-8, T10)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.bulk.columns import Column
from guests.bulk.kinds import SERVICE, BulkKind
from guests.models import User
from invitations import checks
from invitations.actions import inviting
from portal.audit.log import USERS, Activity
from portal.errors import InvalidInput

COLUMNS = (
    Column("Email address to invite", "inviteeEmail", is_required=True),
    Column("Redirection url", "inviteRedirectURL", is_required=True),
    Column("Send invitation message (true or false)", "sendEmail"),
    Column("Customized invitation message", "customizedMessageBody"),
)
EXAMPLE = (
    "guest@example.com",
    "https://myapps.example.com/",
    "true",
    "Welcome to our organization, and thank you for working with us",
)
YES, NO = "true", "false"


def is_mail_wanted(text: str) -> bool:
    """Whether the row asks for a mail; an empty cell does (BLK-8).

    Raises: InvalidInput.
    """
    value = text.casefold() or YES
    if value not in {YES, NO}:
        raise InvalidInput("sendEmail", _("“Send invitation message” has to be true or false."))
    return value == YES


def run(by: User, values: Mapping[str, str]) -> uuid.UUID:
    """Invite whom a row names, exactly as the form does."""
    result = inviting.invite(
        by.tenant,
        by=by,
        address=values["inviteeEmail"],
        redirect_url=values["inviteRedirectURL"],
        message=values["customizedMessageBody"],
        is_mail_wanted=is_mail_wanted(values["sendEmail"]),
        is_bulk=True,
    )
    return uuid.UUID(str(result.user.pk))


def check(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What can be said about a row before it is submitted (BLK-1)."""
    try:
        if values["inviteeEmail"]:
            checks.address_of(values["inviteeEmail"])
    except InvalidInput as error:
        yield "inviteeEmail", str(error)
    try:
        is_mail_wanted(values["sendEmail"])
    except InvalidInput as error:
        yield "sendEmail", str(error)
    try:
        checks.message_of(values["customizedMessageBody"])
    except InvalidInput as error:
        yield "customizedMessageBody", str(error)


KIND = BulkKind(
    name="invite",
    label=gettext_lazy("Bulk invite"),
    columns=COLUMNS,
    example=EXAMPLE,
    run=run,
    check=check,
    may=checks.may_invite,
    capability="invitations.invite",
    finished=Activity("Bulk invite users - finished (bulk)", SERVICE, USERS, "Add"),
    introduction=gettext_lazy("Each row invites one guest, under the same rules as the form."),
    second_step=gettext_lazy("Send the invitations"),
    command=gettext_lazy("Invite guests"),
    command_text=gettext_lazy("Invite the guests of a CSV file"),
    working=gettext_lazy("Inviting"),
    order=20,
)
