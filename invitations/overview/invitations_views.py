"""Page Invitations: the list, and the pane with the timeline of one (INV-2, BET-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from guests.models import User
from guests.users.queries import search_users
from identityproviders.discovery.queries import expected_methods_of
from invitations.delivery import send_invitation
from invitations.inviting import checks, tickets
from invitations.inviting.models import OPEN_STATUSES
from invitations.lifecycle.actions import resend_invitation, revoke_invitation
from invitations.models import Invitation, InvitationStatus
from invitations.overview import queries, timeline
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.grid import Column, DateFilter, Filter, Grid, GridPage, grid_page, render_grid
from portal.errors import DomainError, NotAllowed, NotFound
from portal.outbox.models import NOT_ARRIVED, OutgoingMail
from portal.permissions import Capability
from portal.tenants.models import Tenant

TITLE = gettext_lazy("Invitations")
PLACE: dict[str, Any] = {
    "service": "external_identities",
    "page": "invitations",
    "title": TITLE,
    "icon": "mail",
}
"""Where the pages stand; `@blade(**PLACE, capability=...)`."""
LIST = "invitations:invitations"
STALE = timedelta(days=30)
KINDS = {
    InvitationStatus.PENDING: "warn",
    InvitationStatus.IN_PROGRESS: "warn",
    InvitationStatus.COMPLETED: "ok",
    InvitationStatus.ERROR: "bad",
    InvitationStatus.REVOKED: "off",
}
COLUMNS = [
    Column("guest", gettext_lazy("Guest"), "address", width=240),
    Column("state", gettext_lazy("State"), "status", width=162),
    Column("delivery", gettext_lazy("Last mail"), None, "opt-2", width=96),
    Column("method", gettext_lazy("Sign-in method"), None, "opt", width=176),
    Column("invited", gettext_lazy("Invited"), "created_at", "opt-2", width=108),
    Column("inviter", gettext_lazy("Inviter"), None, "opt-2", width=130),
]


def _with_failed_mail() -> Exists:
    """Invitations of which some mail did not arrive."""
    mails = OutgoingMail.unscoped.filter(
        subject_id=OuterRef("pk"),
        kind=send_invitation.INVITATION_MAIL,
        is_copy=False,
        state__in=NOT_ARRIVED,
    )
    return Exists(mails)


def _grid(tenant: Tenant) -> Grid:
    def search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        found = search_users(tenant, User.objects.of(tenant), text).order_by().values("pk")
        return rows.filter(Q(user__in=found) | Q(address__istartswith=text))

    return Grid(
        caption=TITLE,
        columns=COLUMNS,
        rows_template="invitations/overview/_invitation_rows.html",
        found=lambda n: (
            ngettext("%(n)s invitation found", "%(n)s invitations found", n) % {"n": f"{n:,}"}
        ),
        default_sort="-invited",
        has_selection=True,
        filters=[
            Filter(
                "status",
                gettext_lazy("State"),
                InvitationStatus.choices,
                lambda value: Q(status=value),
                is_quick=True,
            ),
            Filter(
                "delivery",
                gettext_lazy("Last mail"),
                [("failed", gettext_lazy("A mail failed"))],
                lambda _value: Q(_with_failed_mail()),
                is_negatable=False,
                is_quick=True,
            ),
            Filter(
                "age",
                gettext_lazy("Age"),
                [("stale", gettext_lazy("Waiting for more than 30 days"))],
                lambda _value: Q(
                    status__in=OPEN_STATUSES,
                    created_at__lte=timezone.now() - STALE,
                ),
                is_negatable=False,
                is_quick=True,
            ),
            DateFilter("invited", gettext_lazy("Invited"), "created_at"),
        ],
        search=search,
        search_label=gettext_lazy("Search by name or e-mail address"),
    )


@require_safe
@blade(**PLACE, capability=Capability.INVITATIONS_READ)
def invitations(request: TenantRequest) -> HttpResponse:
    """Every invitation with where it stands, newest first."""
    return render_grid(
        request, "invitations/overview/invitations.html", list_page(request), list_context(request)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**PLACE, capability=Capability.INVITATIONS_READ)
def invitation(request: TenantRequest, invitation_id: UUID) -> HttpResponse:
    """One invitation: its story, and what can be done with it."""
    rows = Invitation.objects.of(request.tenant).select_related("user__tenant", "inviter", "tenant")
    found = rows.filter(pk=invitation_id).first()
    if found is None:
        raise NotFound
    if request.method == "POST":
        return _act(request, found)
    is_open = found.is_open and found.user.is_pending and found.user.deleted_at is None
    may_send = is_open and checks.may_invite(request.user, request.tenant)
    may_revoke = is_open and (
        found.inviter_id == request.user.pk
        or permissions.may(request.user, Capability.INVITATIONS_REVOKE)
    )
    decision = expected_methods_of(request.tenant, [found.user]).get(found.user_id)
    context = {
        "invitation": found,
        "state_kind": KINDS[InvitationStatus(found.status)],
        "delivery": queries.delivery_state(found),
        "is_expired": tickets.is_invitation_expired(
            found, tickets.invitation_policy(request.tenant), timezone.now()
        ),
        "decision": decision,
        "timeline": timeline.invitation_timeline(found),
        "may_send": may_send,
        "may_revoke": may_revoke,
        "may_reset": found.user.deleted_at is None
        and permissions.may_act_on(request.user, Capability.INVITATIONS_RESET, found.user),
        **behind_pane(request, found.user.display_name, _("Invitation")),
    }
    return render_grid(request, "invitations/overview/invitation.html", list_page(request), context)


def _act(request: TenantRequest, found: Invitation) -> HttpResponse:
    """Resend or revoke; a refusal is said beside the list."""
    try:
        if "revoke" in request.POST:
            revoke_invitation(found, by=request.user)
            toasts.succeeded(request, _("The invitation was revoked"), found.address)
        elif "resend" in request.POST:
            result = resend_invitation(found, by=request.user)
            sentences = " ".join(str(note.sentence) for note in result.notes)
            tell = toasts.succeeded if result.is_mail_queued else toasts.warned
            title = _("Invitation is on its way to %(address)s") % {"address": found.address}
            shown = title if result.is_mail_queued else _("The invitation was not sent")
            tell(request, shown, sentences)
        else:
            raise NotFound
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        toasts.failed(request, _("Nothing changed"), error)
    return redirect("invitations:invitation", invitation_id=found.pk)


def list_page(request: TenantRequest) -> GridPage:
    """The list as its address asks for it, also behind a pane."""
    rows = Invitation.objects.of(request.tenant).select_related("user", "inviter")
    page = grid_page(request, rows, _grid(request.tenant))
    _dress(request.tenant, page.rows)
    return page


def _dress(tenant: Tenant, rows: Sequence[Invitation]) -> None:
    """Give the rows of one page what their cells show, in a fixed number of queries."""
    states = queries.delivery_states(tenant, rows)
    methods = expected_methods_of(tenant, [row.user for row in rows])
    policy, now = tickets.invitation_policy(tenant), timezone.now()
    for row in rows:
        shown: Any = row
        shown.delivery = states[row.pk]
        shown.decision = methods.get(row.user_id)
        shown.state_kind = KINDS[InvitationStatus(row.status)]
        shown.is_expired = tickets.is_invitation_expired(row, policy, now)


def behind_pane(request: TenantRequest, title: str, subtitle: str) -> dict[str, object]:
    """What the list needs that stands behind a pane with this title."""
    return {
        **list_context(request),
        "pane_title": title,
        "pane_subtitle": subtitle,
        "pane_close_url": reverse(LIST),
        "is_pane": True,
    }


def list_context(request: TenantRequest) -> dict[str, object]:
    """What the list and its command bar need besides the rows."""
    return {
        "may_invite": checks.may_invite(request.user, request.tenant),
        "empty_template": "invitations/overview/_no_invitations.html",
    }
