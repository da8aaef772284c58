"""What an administrator does with the invitation of one guest (T7): resend it, copy its link."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from guests import visibility
from guests.models import User
from invitations import checks, queries
from invitations.actions import resending
from invitations.actions.inviting import redeem_url
from invitations.models import Invitation
from portal.errors import DomainError, NotAllowed
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade


@require_POST
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Resend invitation"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def resend(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Send the mail again, and say on the guest's page what became of it (INV-15)."""
    invitation = _invitation(request, user_id)
    try:
        result = resending.resend(invitation, by=request.user)
    except NotAllowed:
        raise
    except DomainError as error:
        toasts.failed(request, _("The invitation was not sent"), error)
        return redirect("guests:user", user_id=user_id)
    sentences = " ".join(note.sentence for note in result.notes)
    if result.is_mail_queued:
        title = _("Invitation is on its way to %(address)s") % {"address": invitation.address}
        toasts.succeeded(request, title, sentences)
    else:
        toasts.warned(request, _("The invitation was not sent"), sentences)
    return redirect("guests:user", user_id=user_id)


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Redemption link"),
    capability="users.read",
    parent="guests:users",
    menu="user",
)
def link(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The redemption link of a pending guest, for whoever may invite (T7, SEC-21)."""
    checks.require_may_invite(request.user, request.tenant)
    invitation = _invitation(request, user_id)
    if not (invitation.is_open and invitation.user.is_pending):
        raise Http404
    context = {
        "subject": invitation.user,
        "invitation": invitation,
        "redeem_url": redeem_url(invitation),
    }
    return render(request, "invitations/link.html", context)


def _invitation(request: TenantRequest, user_id: UUID) -> Invitation:
    """The newest invitation of a present guest of the tenant.

    Raises: HiddenByPolicy (T14); Http404 for everybody else (SEC-80).
    """
    visibility.require(request.user, user_id)
    user: User | None = (
        User.objects.of(request.tenant)
        .present()
        .select_related("tenant")
        .filter(pk=user_id)
        .first()
    )
    invitation = queries.latest_of(user) if user is not None else None
    if invitation is None:
        raise Http404
    return invitation
