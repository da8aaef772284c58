"""Guest pages My account: list organizations, leave one, download own data (ORG-1 to ORG-7)."""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from guests.models import User
from guests.users import lookups
from identityproviders.sign_in.views import tenant_or_404
from invitations.my_account import actions, guest_data
from invitations.redemption.opened_invitation import SeeOther
from portal.console import toasts
from portal.console.blades import guest_page
from portal.console.downloads import JSON, download_response
from portal.errors import Conflict

P = ParamSpec("P")
LEFT = "left_organization"


def own_account_page(
    view: Callable[Concatenate[HttpRequest, User, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """A page for the person signed in at the tenant of the URL (ORG-1); no cache keeps it."""

    @guest_page
    @functools.wraps(view)
    def shown(request: HttpRequest, tenant: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        host = tenant_or_404(tenant)
        user = request.user
        if not isinstance(user, User):
            url = reverse("identityproviders:tenant_signin", args=[tenant])
            return redirect(f"{url}?{urlencode({'next': request.path})}")
        if user.tenant_id != host.pk:
            url = reverse("identityproviders:tenant_home", args=[tenant])
            return redirect(f"{url}?{urlencode({'next': request.path})}")
        response = view(request, user, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return shown


@require_safe
@own_account_page
def organizations(request: HttpRequest, user: User) -> HttpResponse:
    """Home organization and the others, or one list for people without a home (ORG-2)."""
    accounts = lookups.accounts_of_same_person(user, with_disabled=True)
    home = next((account for account in accounts if not account.is_external), None)
    context = {
        "host": user.tenant,
        "home": home,
        "others": sorted(
            (account for account in accounts if account.is_external),
            key=lambda account: account.tenant.display_name.casefold(),
        ),
    }
    return render(request, "invitations/my_account/organizations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@own_account_page
def leave_organization(request: HttpRequest, user: User, account_id: uuid.UUID) -> HttpResponse:
    """Ask, then leave; or say why not and which contact helps (ORG-3, ORG-6, COL-8)."""
    account = _account_of(user, account_id)
    refusal, status = actions.leave_obstacle(account), 200
    if request.method == "POST":
        try:
            actions.leave_organization(account)
        except (actions.LeaveRefused, Conflict) as error:
            refusal, status = str(error), error.status
        else:
            return _gone(request, user, account)
    context = {
        "host": user.tenant,
        "account": account,
        "refusal": refusal,
        "contact": actions.contact_of(account.tenant),
        "back_url": reverse("invitations:organizations", args=[user.tenant.primary_domain]),
    }
    return render(request, "invitations/my_account/leave.html", context, status=status)


@require_safe
@own_account_page
def my_data(request: HttpRequest, user: User, account_id: uuid.UUID) -> HttpResponse:
    """What the organization holds about the guest, as a file (ORG-7)."""
    account = _account_of(user, account_id)
    text = json.dumps(
        guest_data.guest_data(account), cls=DjangoJSONEncoder, indent=2, ensure_ascii=False
    )
    name = f"{account.tenant.primary_domain}-my-data.json"
    return download_response([text.encode()], name, content_type=JSON)


@require_safe
@guest_page
def left_organization(request: HttpRequest) -> HttpResponse:
    """The last page, for somebody who has no session any more."""
    name = request.session.get(LEFT)
    if not name:
        return redirect("console:home")
    return render(request, "invitations/my_account/left.html", {"host": None, "name": name})


def _gone(request: HttpRequest, user: User, account: User) -> HttpResponse:
    if account.pk != user.pk:
        toasts.succeeded(request, _("You left %(name)s") % {"name": account.tenant.display_name})
        return SeeOther(reverse("invitations:organizations", args=[user.tenant.primary_domain]))
    logout(request)
    request.session[LEFT] = account.tenant.display_name
    return SeeOther(reverse("invitations:left"))


def _account_of(user: User, account_id: uuid.UUID) -> User:
    """The guest account with this id that is the same person's.

    Raises: Http404 for any other.
    """
    for account in lookups.accounts_of_same_person(user, with_disabled=True):
        if account.pk == account_id and account.is_external:
            return account
    raise Http404
