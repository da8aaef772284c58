"""Page Users | New user in its classic form: one page, two tiles (CRE-4, INF-4).

It uses the forms and actions of the two wizards and adds no checks.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from guests.models import User
from guests.users.creation.forms import CreateForm
from guests.users.creation.views import create_from
from invitations.inviting import checks
from invitations.inviting.forms import InviteForm
from invitations.inviting.prediction import predict_method
from invitations.inviting.request import my_apps_url
from invitations.inviting.views import invite_from, redirect_after_invite, show_invite_result
from portal import permissions
from portal.console.blades import TenantRequest, blade
from portal.console.forms import blade_helper, without_errors
from portal.console.wizard import WizardForm
from portal.errors import DomainError, NotAllowed
from portal.permissions import Capability
from portal.tenants.models import Tenant

CREATE, INVITE, SAVE = "create", "invite", "save"
TILES = {
    CREATE: (
        gettext_lazy("Create user"),
        gettext_lazy("A user of your own organization, who signs in here with a password."),
    ),
    INVITE: (
        gettext_lazy("Invite user"),
        gettext_lazy("A guest, who gets an e-mail and signs in with an account of their own."),
    ),
}
JOB = ("job_title", "department", "company_name")


class BlockForm(forms.Form):
    """*Block sign in*, which the wizards ask the other way round or not at all."""

    block_sign_in = forms.ChoiceField(
        label=gettext_lazy("Block sign in"),
        choices=[("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))],
        initial="no",
        required=False,
        widget=forms.RadioSelect(attrs={"data-yesno": True}),
    )


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("New user"),
    capability=Capability.USERS_READ,
    is_wizard=True,
    parent="guests:users",
)
def classic_new_user(request: TenantRequest) -> HttpResponse:
    """One page for both; the chosen tile says which form is checked and which action runs."""
    tiles = _tiles(request.user, request.tenant)
    if not tiles:
        checks.require_may_invite(request.user, request.tenant)
    sent = request.POST if request.method == "POST" else request.GET
    kind = sent.get("kind", "")
    kind = kind if kind in tiles else tiles[0]
    form = _form(request, kind)
    if request.POST.get("go") != SAVE:
        without_errors(form)
        return _page(request, form, kind, tiles)
    is_decided = not isinstance(form, InviteForm) or (form.is_valid() and form.require_decision())
    if not form.is_valid() or not is_decided:
        if isinstance(form, InviteForm):
            form.is_address_refused()
        return _page(request, form, kind, tiles, status=400)
    try:
        if isinstance(form, CreateForm):
            user, password = create_from(request, form)
            context = {"subject": user, "password": password, "is_new": True}
            return render(request, "guests/users/password_once.html", context)
        assert isinstance(form, InviteForm)  # noqa: S101 - there are two
        show_invite_result(request, invite_from(request, form, is_blocked=_is_blocked(request)))
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse(error)
        return _page(request, form, kind, tiles, status=error.status)
    return redirect_after_invite(request)


def new_user_entry(request: HttpRequest, tenant: Tenant) -> str:
    """*New user (classic)* in the New user menu (CRE-4).

    It stands last and says why there is no entry to invite, where the tenant switched that off.
    """
    user = request.user
    if not isinstance(user, User):
        return ""
    tiles = _tiles(user, tenant)
    if not tiles:
        return ""
    has_right = permissions.may(user, Capability.INVITATIONS_INVITE)
    context = {"is_inviting_off": has_right and INVITE not in tiles}
    return render_to_string("invitations/inviting/_classic_entry.html", context, request)


def _tiles(user: User, tenant: Tenant) -> list[str]:
    """The tiles that `user` may choose from."""
    may = {
        CREATE: permissions.may(user, Capability.USERS_CREATE),
        INVITE: checks.may_invite(user, tenant),
    }
    return [kind for kind in TILES if may[kind]]


def _form(request: TenantRequest, kind: str) -> WizardForm:
    """The wizard's form, filled with what the page asks and what it leaves to defaults."""
    data = _data(request, kind) if request.method == "POST" else None
    if kind == INVITE:
        return InviteForm(data, tenant=request.tenant, inviter=request.user)
    return CreateForm(data, tenant=request.tenant, creator=request.user)


def _data(request: TenantRequest, kind: str) -> QueryDict:
    data = request.POST.copy()
    if kind == INVITE:
        data["is_mail_wanted"] = "on"  # the classic form always sends the mail (INF-4)
        data["redirect_url"] = my_apps_url(request.tenant)
        for name in ("sponsors", "cc", "message_language", "user_type"):
            data.pop(name, None)
        return data
    data["is_nickname_derived"] = "on"
    data.pop("account_enabled", None)
    if not _is_blocked(request):
        data["account_enabled"] = "on"
    return data


def _is_blocked(request: TenantRequest) -> bool:
    return request.POST.get("block_sign_in") == "yes"


def _page(
    request: TenantRequest, form: WizardForm, kind: str, tiles: list[str], *, status: int = 200
) -> HttpResponse:
    create, invite = (form if kind == one else None for one in (CREATE, INVITE))
    if create is None and CREATE in tiles:
        create = _other(request, CREATE)
    if invite is None and INVITE in tiles:
        invite = _other(request, INVITE)
    block = BlockForm(request.POST if request.method == "POST" else None)
    context = {
        "kind": kind,
        "tiles": [(name, *TILES[name], name == kind) for name in tiles],
        "form": form,
        "create": create,
        "invite": invite,
        "blocking": block if permissions.may(request.user, Capability.USERS_EDIT) else None,
        "helpers": _helpers(form),
        "prediction": predict_method(request.tenant, str(form.data.get("email", "")), ""),
        "has_errors": status != 200,
    }
    return render(request, "invitations/inviting/classic.html", context, status=status)


def _other(request: TenantRequest, kind: str) -> WizardForm:
    """The form of the tile that is not chosen, for its own fields: as typed, unjudged."""
    form = _form(request, kind)
    without_errors(form)
    return form


def _helpers(form: WizardForm) -> dict[str, Any]:
    """The groups of fields, shared ones and those of one tile."""
    return {
        "create_identity": blade_helper("name", "domain"),
        "invite_identity": blade_helper("email"),
        "deleted_guest": form.group_helper(("deleted_guest",)),
        "identity": blade_helper("display_name", "given_name", "surname"),
        "password": blade_helper("is_password_generated", "password"),
        "message": blade_helper("message"),
        "assignments": form.group_helper(("groups", "roles")),
        "block": blade_helper("block_sign_in"),
        "settings": blade_helper("usage_location"),
        "job": blade_helper(*JOB),
        "manager": blade_helper("manager"),
    }
