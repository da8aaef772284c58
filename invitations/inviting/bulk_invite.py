"""Bulk invite: each row of a file is one invitation (BLK-8, T10)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache, partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.bulk.file_reading import FileColumn
from guests.bulk.operations import SERVICE, BulkOperation, CheckRow, RunRow, Values
from guests.models import User
from invitations.inviting import actions, checks
from invitations.inviting.guest_quota import room_for_guests
from invitations.inviting.invite_context import InviteContext
from invitations.inviting.prediction import predict_methods
from invitations.inviting.request import InvitationRequest, my_apps_url
from portal import permissions
from portal.audit.log import USERS, Activity
from portal.errors import InvalidInput
from portal.permissions import Capability
from portal.tenants import bulk_inserts
from portal.tenants.models import Tenant
from portal.values.email_address import (
    EmailAddress,
    InvalidEmailAddress,
    parse_domain,
    parse_email_address,
)
from portal.values.text import hidden_character

COLUMNS = (
    FileColumn("Email address to invite", "inviteeEmail", is_required=True),
    FileColumn("Redirection url", "inviteRedirectURL", is_required=True),
    FileColumn("Send invitation message (true or false)", "sendEmail"),
    FileColumn("Customized invitation message", "customizedMessageBody"),
)
EXAMPLE_ADDRESS, EXAMPLE_HOST = "guest@example.com", "myapps.example.com"
YES, NO = "true", "false"
REMEMBERED = 1_000


def example_row(tenant: Tenant) -> tuple[str, str, str, str]:
    """The row of the template: only its address has to be replaced (BLK-3)."""
    message = "Welcome to our organization, and thank you for working with us"
    return EXAMPLE_ADDRESS, my_apps_url(tenant), "true", message


def is_mail_wanted(text: str) -> bool:
    """Whether the row asks for a mail; an empty cell does (BLK-8).

    Raises: InvalidInput.
    """
    value = text.casefold() or YES
    if character := hidden_character(text):
        raise InvalidInput(
            "sendEmail",
            _("The cell contains the hidden character %(character)s. Delete it.")
            % {"character": character},
        )
    if value not in {YES, NO}:
        raise InvalidInput("sendEmail", _("“Send invitation message” has to be true or false."))
    return value == YES


@contextmanager
def _begin(by: User, batch: Sequence[Values]) -> Iterator[RunRow]:
    """Read once and insert at once for the rows of a batch; each row invites as the form does.

    A row that stands alone is inserted at its call, which settles a race with others (REL-23);
    so are those that the hourly limit counts (SEC-32).
    """
    is_gathered = len(batch) > 1 and permissions.may(by, Capability.INVITATIONS_BULK_INVITE)
    texts = {values["inviteeEmail"] for values in batch}
    addresses = {text: parsed for text in texts if (parsed := _parsed(text))}
    context = InviteContext(by.tenant, addresses.values())
    # Not at the first row: if that row is taken back, the lock on the tenant goes with it.
    context.room = room_for_guests(by.tenant)
    with bulk_inserts.collect_inserts() if is_gathered else nullcontext():
        yield partial(_invite, by, context, addresses)


def _parsed(text: str) -> EmailAddress | None:
    try:
        return parse_email_address(text)
    except InvalidEmailAddress:
        return None


def _invite(
    by: User, context: InviteContext, addresses: Mapping[str, EmailAddress], values: Values
) -> uuid.UUID:
    is_wanted = is_mail_wanted(values["sendEmail"])
    text = values["inviteeEmail"]
    if text not in addresses:
        # Row 1 of T18 comes before row 2.
        actions.require_right(by.tenant, by=by, policy=context.policy)
    request = InvitationRequest(
        tenant=by.tenant,
        address=addresses.get(text) or checks.address_of(text),
        redirect_url=values["inviteRedirectURL"],
        message=values["customizedMessageBody"],
        is_mail_wanted=is_wanted,
    )
    result = actions.invite(request, by=by, context=context, is_bulk=True)
    return uuid.UUID(str(result.user.pk))


def _checks(_by: User) -> CheckRow:
    """What can be said about a row before it is submitted (BLK-1, BLK-8).

    The rows of a file share few domains, targets and messages, and each is judged once.
    """
    remember = lru_cache(maxsize=REMEMBERED)

    def check_redirect(text: str) -> None:
        if checks.redirect_of(text).host == EXAMPLE_HOST:
            raise InvalidInput(
                "inviteRedirectURL",
                _(
                    "%(host)s is only an example. Enter an address of yours, such as that of My "
                    "Apps in the template."
                )
                % {"host": EXAMPLE_HOST},
            )

    def check_address(text: str) -> None:
        if address_of(text).canonical == EXAMPLE_ADDRESS:
            raise InvalidInput("inviteeEmail", _("This is the address of the example row."))

    address_of = partial(checks.address_of, domain_of=remember(parse_domain))
    judges: dict[str, Callable[[str], object]] = {
        "inviteeEmail": check_address,
        "inviteRedirectURL": remember(check_redirect),
        "sendEmail": is_mail_wanted,
        "customizedMessageBody": remember(checks.message_of),
    }

    def check(values: Values) -> Iterator[tuple[str, str]]:
        for name, judge in judges.items():
            try:
                if values[name]:
                    judge(values[name])
            except InvalidInput as error:
                yield name, str(error)

    return check


def _predict(tenant: Tenant, rows: Sequence[Values]) -> list[str]:
    return predict_methods(tenant, [_parsed(values["inviteeEmail"]) for values in rows])


KIND = BulkOperation(
    predict=_predict,
    name="invite",
    label=gettext_lazy("Bulk invite"),
    columns=COLUMNS,
    example=example_row,
    begin=_begin,
    checks=_checks,
    may=checks.may_invite,
    capability=Capability.INVITATIONS_INVITE,
    finished=Activity("Bulk invite users - finished (bulk)", SERVICE, USERS, "Add"),
    introduction=gettext_lazy("Each row invites one guest, under the same rules as the form."),
    second_step=gettext_lazy("Send the invitations"),
    command=gettext_lazy("Invite guests"),
    command_text=gettext_lazy("Invite the guests of a CSV file"),
    working=gettext_lazy("Inviting"),
)
