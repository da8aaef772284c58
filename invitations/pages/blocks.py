"""The organizations an address has blocked: prove the address, choose, unblock (INV-20)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from identityproviders import limits
from identityproviders.actions import mailbox, sign_in
from identityproviders.forms import AddressForm
from invitations import blocks
from invitations.actions import blocking
from invitations.block_tokens import Blockable
from invitations.pages.responses import SeeOther
from portal.shell.blades import guest_page

LIST = "invitations:blocked_organizations"


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def manage_blocks(request: HttpRequest) -> HttpResponse:
    """Whose blocks: the address is proven by a code first."""
    form = AddressForm(request.POST or None)
    status = 200
    if request.method == "POST":
        limits.pay_address()
        if form.is_valid():
            address = form.cleaned_data["address"]
            txn = mailbox.start(request, address, continue_to=reverse(LIST))
            return SeeOther(sign_in.next_url(txn))
        status = 400
    context = {"host": None, "form": form}
    return render(request, "invitations/manage_blocks.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def blocked_organizations(request: HttpRequest) -> HttpResponse:
    """What the proven address blocked; those chosen may invite it again."""
    key = mailbox.proven_address(request)
    rows = blocks.of_address(key)
    if request.method == "POST":
        chosen = set(request.POST.getlist("organization"))
        wanted = [row.tenant for row in rows if str(row.tenant_id) in chosen]
        count = sum(blocking.unblock(Blockable(tenant, key)) for tenant in wanted)
        text = ngettext(
            "%(count)d organization can invite you again.",
            "%(count)d organizations can invite you again.",
            count,
        )
        messages.success(request, text % {"count": count})
        return SeeOther(reverse(LIST))
    context = {"host": None, "rows": rows, "address": key}
    return render(request, "invitations/blocked_organizations.html", context)
