"""Guest pages: block future invitations (INV-16), and unblock organizations (INV-20)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from identityproviders.sign_in import rate_limits, verified_identity
from identityproviders.sign_in.actions import next_url
from identityproviders.sign_in.forms import AddressForm
from invitations.blocking import actions, tokens
from invitations.blocking.tokens import Blockable
from invitations.inviting.errors import NoLongerValid
from invitations.redemption.opened_invitation import SeeOther, behind_link, mailed_link
from portal import languages
from portal.console.blades import guest_page
from portal.tenants.models import Tenant
from portal.values.email_address import stored_address

SESSION_KEY = "block"


@require_safe
@mailed_link
def open_token(request: HttpRequest, token: str) -> HttpResponse:
    """Move the token to the server side and go on to a URL without it."""
    about = _read(token)
    request.session[SESSION_KEY] = [str(about.tenant.pk), about.address_key]
    languages.speak_as_mail(request, about.language)
    return SeeOther(reverse("invitations:block"))


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def block_invitations(request: HttpRequest) -> HttpResponse:
    """GET asks, POST blocks or unblocks; doing it twice changes nothing."""
    about = _opened(request)
    if request.method == "POST":
        if "unblock" in request.POST:
            actions.unblock_invitations(about)
        else:
            actions.block_invitations(about)
        return SeeOther(reverse("invitations:block"))
    context = {
        "host": about.tenant,
        "masked": stored_address(about.address_key).masked,
        "is_blocked": actions.is_blocked(about.tenant, about.address_key),
    }
    return render(request, "invitations/blocking/block.html", context)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@mailed_link
def one_click(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: the mail program posts, without cookie and without redirect.

    Somebody who opens the address by hand sees the page that asks.
    """
    about = _read(token)
    if request.method == "POST":
        actions.block_invitations(about)
        return HttpResponse(status=200, content_type="text/plain; charset=utf-8")
    return SeeOther(reverse("invitations:open_block", args=[token]))


def _opened(request: HttpRequest) -> Blockable:
    """What this browser's link was about."""
    tenant_id, address_key = request.session.get(SESSION_KEY, (None, ""))
    tenant = Tenant.objects.filter(pk=tenant_id, is_suspended=False).first()
    if tenant is None:
        raise NoLongerValid
    return Blockable(tenant, address_key)


def _read(token: str) -> Blockable:
    about = tokens.read_block_token(token)
    if about is None:
        raise NoLongerValid
    return about


LIST = "invitations:blocked_organizations"


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def manage_blocks(request: HttpRequest) -> HttpResponse:
    """Whose blocks: the address is proven by a code first."""
    form = AddressForm(request.POST or None)
    status = 200
    if request.method == "POST":
        rate_limits.pay_address()
        if form.is_valid():
            address = form.cleaned_data["address"]
            txn = verified_identity.start_mailbox_proof(request, address, continue_to=reverse(LIST))
            return SeeOther(next_url(txn))
        status = 400
    context = {"host": None, "form": form}
    return render(request, "invitations/blocking/manage_blocks.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def blocked_organizations(request: HttpRequest) -> HttpResponse:
    """What the proven address blocked; those chosen may invite it again."""
    key = verified_identity.proven_address(request)
    rows = actions.blocked_by_address(key)
    if request.method == "POST":
        chosen = set(request.POST.getlist("organization"))
        wanted = [row.tenant for row in rows if str(row.tenant_id) in chosen]
        count = sum(actions.unblock_invitations(Blockable(tenant, key)) for tenant in wanted)
        text = ngettext(
            "%(count)d organization can invite you again.",
            "%(count)d organizations can invite you again.",
            count,
        )
        messages.success(request, text % {"count": count})
        return SeeOther(reverse(LIST))
    context = {"host": None, "rows": rows, "address": stored_address(key)}
    return render(request, "invitations/blocking/blocked_organizations.html", context)
