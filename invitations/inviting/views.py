"""Page Users | Invite external user (T9, INF-1 to INF-3)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from guests.access import visibility
from guests.access.visibility import Reach
from invitations.delivery import mail_preview
from invitations.inviting import actions, checks
from invitations.inviting.actions import InviteResult
from invitations.inviting.forms import BASICS, REVIEW, InviteForm
from invitations.inviting.invite_notes import InviteNote
from invitations.inviting.prediction import predict_method
from invitations.lifecycle import resetting
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.wizard import wizard_context
from portal.errors import DomainError, NotAllowed
from portal.permissions import Capability

INVITE, PREVIEW = "invite", "preview"


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Invite external user"),
    capability=Capability.USERS_READ,
    is_wizard=True,
    parent="guests:users",
)
def invite(request: TenantRequest) -> HttpResponse:
    """The wizard: each POST goes to the tab it asks for, `invite` invites."""
    if request.method != "POST":
        checks.require_may_invite(request.user, request.tenant)
        return _page(request, _form(request), BASICS)
    form = _form(request)
    wanted = request.POST.get("go", "")
    if wanted == PREVIEW and form.is_valid() and not form.is_address_refused():
        checks.require_may_invite(request.user, request.tenant)
        return _preview(request, form)
    wanted = REVIEW if wanted == PREVIEW else wanted
    if wanted != INVITE or not (form.is_valid() and form.require_decision()):
        # A page with the prediction on it is for those who may invite; T18 asks that first.
        checks.require_may_invite(request.user, request.tenant)
        form.is_valid()
        form.is_address_refused()
        tab, status = (REVIEW, 400) if wanted == INVITE else (wanted, 200)
        return _page(request, form, tab, status=status)
    try:
        result = invite_from(request, form)
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse(error)
        response = _page(request, form, REVIEW, status=error.status)
        if retry_after := getattr(error, "retry_after", 0):
            response["Retry-After"] = str(retry_after)
        return response
    show_invite_result(request, result)
    return redirect_after_invite(request)


@require_safe
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Predicted sign-in method"),
    capability=Capability.USERS_READ,
    is_wizard=True,
    parent="guests:users",
)
def prediction(request: TenantRequest) -> HttpResponse:
    """The fragment beside the form, while the address is being typed (INF-1)."""
    checks.require_may_invite(request.user, request.tenant)
    found = predict_method(
        request.tenant, request.GET.get("email", ""), request.GET.get("display_name", "")[:256]
    )
    return render(request, "invitations/inviting/_prediction.html", {"prediction": found})


def _preview(request: TenantRequest, form: InviteForm) -> HttpResponse:
    """The mail on a page of its own; its style comes from a file, as our policy wants (SEC-69)."""
    preview = mail_preview.preview_mail(request.tenant, request.user, form.cleaned_data)
    context = {**preview.context, "preview": preview}
    return render(request, "invitations/inviting/mail_preview.html", context)


@require_safe
@cache_control(public=True, max_age=300)
def mail_css(request: HttpRequest) -> HttpResponse:
    """The style sheet of the invitation mail, for its preview; the mail itself has it inside."""
    css = render_to_string(
        "invitations/delivery/invitation.css", {"is_right_to_left": "rtl" in request.GET}
    )
    return HttpResponse(css, content_type="text/css; charset=utf-8")


def _form(request: TenantRequest) -> InviteForm:
    if request.method == "POST":
        return InviteForm(request.POST, tenant=request.tenant, inviter=request.user)
    begun = {
        "email": request.GET.get("email", "")[:254],
        "groups": [request.GET["group"]] if "group" in request.GET else [],
    }
    return InviteForm(initial=begun, tenant=request.tenant, inviter=request.user)


def _page(request: TenantRequest, form: InviteForm, tab: str, *, status: int = 200) -> HttpResponse:
    context = {
        **wizard_context(form, form.step_named(tab)),
        "is_message_dropped": actions.is_message_dropped(request.user),
        "prediction": predict_method(
            request.tenant,
            str(form.data.get("email", "")),
            str(form.data.get("display_name", ""))[:256],
        ),
    }
    return render(request, "invitations/inviting/invite.html", context, status=status)


def invite_from(
    request: TenantRequest, form: InviteForm, *, is_blocked: bool = False
) -> InviteResult:
    """Invite as a valid form says, or take a deleted guest back (INV-13)."""
    wanted = form.invitation_request(is_blocked=is_blocked)
    deleted = form.guest_to_restore()
    if deleted is not None:
        return resetting.restore_and_invite(deleted, wanted, by=request.user)
    return actions.invite(wanted, by=request.user)


def redirect_after_invite(request: TenantRequest) -> HttpResponse:
    """Back to the list, or for guests who see no list (T14) to their own profile."""
    if permissions.may(request.user, Capability.USERS_LIST):
        return redirect("guests:users")
    return redirect("guests:user", user_id=request.user.pk)


def show_invite_result(request: TenantRequest, result: InviteResult) -> None:
    """The notification on the list, with the links of INF-3."""
    sentences = [note.sentence for note in result.notes]
    if result.is_mail_queued:
        title = _("Invitation is on its way to %(address)s") % {
            "address": result.invitation.address
        }
    elif InviteNote.RESTORED in result.notes:
        title = _("%(name)s was restored and invited") % {"name": result.user.display_name}
    elif result.is_new:
        title = _("%(name)s was invited") % {"name": result.user.display_name}
    else:
        title = _("%(name)s is a guest already") % {"name": result.user.display_name}
    seen = visibility.reach_of(request.user, result.user.pk)
    links = []
    if seen is not Reach.NOTHING:
        links.append((_("View %(name)s") % {"name": result.user.display_name}, _user_url(result)))
    if result.invitation.is_open and not result.is_mail_queued and seen is Reach.EVERYTHING:
        links.append((_("Redemption link"), _link_url(result)))
    show = toasts.warned if set(result.notes) - {InviteNote.RESTORED} else toasts.succeeded
    show(request, title, " ".join(sentences), links=links)


def _user_url(result: InviteResult) -> str:
    return reverse("guests:user", args=[result.user.pk])


def _link_url(result: InviteResult) -> str:
    return reverse("invitations:link", args=[result.user.pk])
