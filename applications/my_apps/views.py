"""My Apps: what a person may open in one organization (APP-1, APP-2)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from guests.models import Issuer, User
from guests.sessions import lifetime
from guests.users import lookups
from identityproviders.sign_in.views import tenant_or_404
from portal.console.blades import guest_page


@require_safe
@guest_page
def my_apps_by_id(request: HttpRequest) -> HttpResponse:
    """The link with `?tenantid=` leads to the one with the tenant in its path (RED-2).

    Without a tenant it asks which: of the person's own ones, or by its domain (RED-3, APP-2).
    """
    selector = request.GET.get("tenantid", "")
    if selector:
        host = tenant_or_404(selector)
        return redirect("applications:my_apps", tenant=host.primary_domain)
    user = request.user
    if not isinstance(user, User) or user.is_operator:
        return redirect("identityproviders:signin_options")
    accounts = lookups.accounts_of_same_person(user)
    if len(accounts) == 1:
        return redirect("applications:my_apps", tenant=user.tenant.primary_domain)
    context = {"host": None, "accounts": accounts, "visitor": user}
    return render(request, "applications/my_apps/choose_organization.html", context)


@require_safe
@guest_page
def my_apps(request: HttpRequest, tenant: str) -> HttpResponse:
    """The apps of the signed-in person at this tenant; elsewhere signed in means sign in here."""
    host = tenant_or_404(tenant)
    user = request.user
    if not isinstance(user, User):
        url = reverse("identityproviders:tenant_signin", args=[tenant])
        return redirect(f"{url}?{urlencode({'next': request.path})}")
    if user.tenant_id != host.pk:
        return redirect("identityproviders:tenant_home", tenant=tenant)
    context = {
        "host": host,
        "accounts": lookups.accounts_of_same_person(user),
        "ends_at": lifetime.ends_at(request, user) if _used_a_code(user) else None,
    }
    return render(request, "applications/my_apps/my_apps.html", context)


def _used_a_code(user: User) -> bool:
    return bool(user.is_external and user.identity_issuer == Issuer.PASSCODE)
