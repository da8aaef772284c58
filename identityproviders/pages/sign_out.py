"""Leave: the session ends, and the browser forgets what it kept (SES-1, SEC-70)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from guests.models import User
from identityproviders.pages.responses import SeeOther
from portal.shell.blades import guest_page
from portal.tenants.models import Tenant


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session on the server; the back button shows nothing afterwards."""
    user = request.user
    url = reverse("identityproviders:signed_out")
    if isinstance(user, User) and user.is_authenticated and not user.is_operator:
        url += "?" + urlencode({"at": user.tenant.primary_domain})
    logout(request)
    response = SeeOther(url)
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_safe
@guest_page
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say so, and offer to sign in at the same organization again."""
    selector = request.GET.get("at", "")
    host = Tenant.objects.by_selector(selector).first() if selector else None
    url = (
        reverse("identityproviders:tenant_signin", args=[host.primary_domain])
        if host
        else reverse("identityproviders:signin")
    )
    return render(request, "identityproviders/signed_out.html", {"host": host, "sign_in_url": url})
