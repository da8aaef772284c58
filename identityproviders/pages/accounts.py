"""Which account to sign in with: the chooser of D1, and another one than expected (HRD-9)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from identityproviders import limits
from identityproviders.actions import choosing, proofs, sign_in
from identityproviders.discovery import Method
from identityproviders.forms import AnotherAccountForm
from identityproviders.models import SignInTransaction
from identityproviders.pages.responses import SeeOther, ask_again
from portal.addresses import mask
from portal.shell.blades import guest_page


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def choose_account(request: HttpRequest) -> HttpResponse:
    """Two accounts have this address: the organization's, or the personal one (D1)."""
    txn = sign_in.current(request)
    if txn.method != Method.CHOOSER or txn.step != "method":
        return SeeOther(sign_in.next_url(txn))
    wanted = request.POST.get("account", "")
    if request.method == "POST" and wanted in {Method.ORGANIZATION, Method.PERSONAL}:
        choosing.choose_account(txn, Method(wanted))
        proofs.by_session(txn, request.user)
        return SeeOther(sign_in.advance_or_next(request, txn))
    status = 400 if request.method == "POST" else 200
    page = "identityproviders/choose_account.html"
    return render(request, page, _context(txn), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def another_account(request: HttpRequest) -> HttpResponse:
    """Sign in with another account; the invited mailbox is proven after it (HRD-9, RED-8)."""
    txn = sign_in.current(request)
    kinds = choosing.other_accounts(txn)
    if not kinds:
        return SeeOther(sign_in.next_url(txn))
    form = AnotherAccountForm(request.POST or None, kinds=kinds)
    context = _context(txn) | {"form": form}
    if request.method != "POST":
        return render(request, "identityproviders/another_account.html", context)
    limits.pay_address()
    if not form.is_valid():
        return ask_again(request, "identityproviders/another_account.html", context)
    method = Method(form.cleaned_data["account"])
    choosing.use_another_account(txn, method, form.cleaned_data["address"])
    proofs.by_session(txn, request.user)
    return SeeOther(sign_in.advance_or_next(request, txn))


def _context(txn: SignInTransaction) -> dict[str, object]:
    back = reverse("identityproviders:tenant_signin", args=[txn.tenant.primary_domain])
    return {
        "host": txn.tenant,
        "shown_address": mask(txn.address) if txn.invitation_id else txn.address,
        "may_use_another": bool(choosing.other_accounts(txn)),
        "back_url": reverse("invitations:landing") if txn.invitation_id else back,
    }
