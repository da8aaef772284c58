"""Pages of Mail delivery: queue, mails, suppressed addresses (BET-3, INV-23).

They show the state of a mail and what the servers said, never its content, code or link (SEC-101).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.filters import in_column
from portal.console.grid import (
    Column,
    DateFilter,
    Filter,
    Grid,
    GridPage,
    TextFilter,
    grid_page,
    render_grid,
)
from portal.errors import Conflict, NotFound
from portal.outbox import actions, mail_types, queries
from portal.outbox.bounces import suppressions
from portal.outbox.models import NOT_ARRIVED, MailState, OutgoingMail, Queue, SuppressedAddress
from portal.permissions import Capability

_MAILS: dict[str, Any] = {
    "service": "mail_delivery",
    "page": "mails",
    "title": gettext_lazy("Mails"),
    "icon": "mail",
}
_SUPPRESSED: dict[str, Any] = {
    "service": "mail_delivery",
    "page": "suppressed",
    "title": gettext_lazy("Suppressed addresses"),
    "icon": "prohibited",
}
"""Where the pages stand; `@blade(**..., capability=...)`."""
MAILS, SUPPRESSED = "outbox:mail_delivery", "outbox:suppressed"
STATE_KINDS = {
    MailState.SENT: "ok",
    MailState.HELD: "warn",
    MailState.CANCELLED: "off",
    MailState.PENDING: "off",
    MailState.SENDING: "off",
    **dict.fromkeys(NOT_ARRIVED, "bad"),
}


def _mails_grid() -> Grid:
    return Grid(
        caption=gettext_lazy("Mails"),
        columns=[
            Column("recipient", gettext_lazy("Recipient")),
            Column("kind", gettext_lazy("Kind"), None, "opt"),
            Column("state", gettext_lazy("State")),
            Column("queued", gettext_lazy("Queued"), "created_at", "opt"),
            Column("finished", gettext_lazy("Finished"), None, "opt"),
            Column("reply", gettext_lazy("Reply of the mail server"), None, "opt-2"),
        ],
        rows_template="outbox/_mail_rows.html",
        found=lambda n: ngettext("%(n)s mail", "%(n)s mails", n) % {"n": f"{n:,}"},
        default_sort="-queued",
        filters=[
            Filter(
                "state",
                gettext_lazy("State"),
                MailState.choices,
                lambda value: Q(state=value),
                is_quick=True,
            ),
            Filter(
                "kind",
                gettext_lazy("Kind"),
                [(kind.name, kind.label or kind.name) for kind in mail_types.MAIL_TYPES],
                lambda value: Q(kind=value),
                is_quick=True,
            ),
            DateFilter("queued", gettext_lazy("Queued"), "created_at", is_quick=True),
            TextFilter("recipient", gettext_lazy("Recipient"), in_column("recipient")),
        ],
        classes="dense",
    )


def _suppressed_grid() -> Grid:
    def search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(address__startswith=text.lower())

    return Grid(
        caption=gettext_lazy("Suppressed addresses"),
        columns=[
            Column("address", gettext_lazy("Address"), "address"),
            Column("reason", gettext_lazy("Reason")),
            Column("since", gettext_lazy("Since"), "created_at", "opt"),
            Column("commands", gettext_lazy("Commands")),
        ],
        rows_template="outbox/_suppressed_rows.html",
        found=lambda n: ngettext("%(n)s address", "%(n)s addresses", n) % {"n": f"{n:,}"},
        default_sort="-since",
        search=search,
        search_label=gettext_lazy("Search by address"),
    )


@require_safe
@blade(**_MAILS, capability=Capability.MAIL_READ)
def mail_delivery(request: TenantRequest) -> HttpResponse:
    """How the queue stands, and every mail, newest first."""
    return render_grid(request, "outbox/mails.html", _mails_page(request), _context(request))


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**_MAILS, capability=Capability.MAIL_READ)
def mail(request: TenantRequest, mail_id: UUID) -> HttpResponse:
    """One mail with its history; POST sends it again."""
    rows = OutgoingMail.objects.of(request.tenant).select_related("tenant")
    found = rows.filter(pk=mail_id).first()
    if found is None:
        raise NotFound
    if request.method == "POST":
        return _send_again(request, found)
    _dress(found)
    did_not_arrive = found.state in NOT_ARRIVED and found.queue != Queue.PASSCODE
    context = {
        "mail": found,
        "attempts": found.attempts.all(),
        "suppressed": suppressions.suppressed_addresses(found),
        "may_send_again": did_not_arrive and permissions.may(request.user, Capability.MAIL_EDIT),
        "pane_title": found.recipient,
        "pane_subtitle": found.label,
        "pane_close_url": reverse(MAILS),
        "is_pane": True,
    }
    page = _mails_page(request)
    return render_grid(request, "outbox/mail.html", page, {**_context(request), **context})


@require_safe
@blade(**_SUPPRESSED, capability=Capability.MAIL_READ)
def suppressed(request: TenantRequest) -> HttpResponse:
    """Addresses that get no mail of this tenant because one came back."""
    rows = SuppressedAddress.objects.of(request.tenant)
    page = grid_page(request, rows, _suppressed_grid())
    context = {
        "may_clear": permissions.may(request.user, Capability.MAIL_EDIT),
        "clearing_roles": permissions.role_names(Capability.MAIL_EDIT),
        "empty_template": "outbox/_no_suppressed.html",
    }
    return render_grid(request, "outbox/suppressed.html", page, context)


@require_http_methods(["POST"])
@blade(**_SUPPRESSED, capability=Capability.MAIL_EDIT)
def clear(request: TenantRequest, suppressed_id: UUID) -> HttpResponse:
    """Let mail go to one address again."""
    rows = SuppressedAddress.objects.of(request.tenant).select_related("tenant")
    found = rows.filter(pk=suppressed_id).first()
    if found is None:
        raise NotFound
    suppressions.clear_suppression(found, by=request.user)
    text = _("Nothing was sent now. Resend the invitation, or ask the guest for a new code.")
    toasts.succeeded(request, _("%(address)s gets mail again") % {"address": found.address}, text)
    return redirect(SUPPRESSED)


def _send_again(request: TenantRequest, found: OutgoingMail) -> HttpResponse:
    try:
        actions.send_again(found, by=request.user)
    except Conflict as error:
        toasts.failed(request, _("Nothing changed"), error)
    else:
        title = _("The mail to %(address)s is queued again") % {"address": found.recipient}
        toasts.succeeded(request, title)
    return redirect("outbox:mail", mail_id=found.pk)


def _mails_page(request: TenantRequest) -> GridPage:
    page = grid_page(request, OutgoingMail.objects.of(request.tenant), _mails_grid())
    for row in page.rows:
        _dress(row)
    return page


def _dress(mail: Any) -> None:
    """Give a mail what its cells show."""
    mail.state_kind = STATE_KINDS[MailState(mail.state)]
    mail.label = mail_types.get_label(mail.kind)


def _context(request: TenantRequest) -> dict[str, object]:
    return {
        "figures": queries.delivery_figures(request.tenant, timezone.now()),
        "empty_template": "outbox/_no_mails.html",
    }
