"""Choose among one’s organizations after one code to the own address (BET-16, RED-3)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from guests import lookups
from identityproviders import limits
from identityproviders.actions import choosing, mailbox, proofs, sign_in
from identityproviders.discovery import Entry, Method
from identityproviders.forms import AddressForm
from identityproviders.models import SignInStep
from identityproviders.pages.responses import SeeOther
from portal.addresses import parse
from portal.redirects import same_origin_path
from portal.shell.blades import guest_page

PAGE = "identityproviders:my_organizations"


@require_POST
@guest_page
def find_organizations(request: HttpRequest) -> HttpResponse:
    """Begin: a code to the typed address comes first."""
    limits.pay_address()
    form = AddressForm(request.POST)
    if not form.is_valid():
        return SeeOther(reverse("identityproviders:signin"))
    wanted = same_origin_path(request.POST.get("next", ""))
    request.session["wanted_page"] = wanted
    txn = mailbox.start(request, form.cleaned_data["address"], continue_to=reverse(PAGE))
    return SeeOther(sign_in.next_url(txn))


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def my_organizations(request: HttpRequest) -> HttpResponse:
    """The organizations where this mailbox is a guest’s; the one chosen is signed in to.

    Where the passcode is the guest’s method there, the code just typed is good for it; who signs
    in another way there goes on to that way.
    """
    key = mailbox.proven_address(request)
    guests = lookups.guests_by_address(key)
    if request.method != "POST":
        context = {"host": None, "guests": guests, "address": key}
        return render(request, "identityproviders/my_organizations.html", context)
    chosen = request.POST.get("organization", "")
    guest = next((one for one in guests if str(one.tenant_id) == chosen), None)
    if guest is None:
        context = {"host": None, "guests": guests, "address": key}
        return render(request, "identityproviders/my_organizations.html", context, status=400)
    txn = sign_in.start(
        request,
        tenant=guest.tenant,
        entry=Entry.COMMON,
        continue_to=str(request.session.pop("wanted_page", "")),
    )
    choosing.identify(txn, parse(key))
    is_by_code = txn.step == SignInStep.METHOD and txn.method == Method.PASSCODE
    if is_by_code and not txn.code_for and txn.proof_key == key and txn.user_id == guest.pk:
        proofs.mailbox_shown(txn)
    return SeeOther(sign_in.advance_or_next(request, txn))
