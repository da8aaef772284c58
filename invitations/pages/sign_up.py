"""Self-service sign-up: address, proof, a few questions, in (SSU-1, SSU-2)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from identityproviders import limits
from identityproviders.actions import choosing, sign_in
from identityproviders.actions.sign_in import SignInOver
from identityproviders.discovery import Entry
from identityproviders.forms import AddressForm
from identityproviders.models import SignInStep, SignInTransaction
from identityproviders.pages.responses import ask_again
from identityproviders.pages.signin import tenant_or_404
from invitations.actions import signing_up
from invitations.actions.signing_up import KnownAlready
from invitations.attribute_form import AttributesForm
from invitations.pages.responses import SeeOther, behind_link
from portal.addresses import Address
from portal.errors import InvalidInput


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def sign_up(request: HttpRequest, tenant: str, flow: str) -> HttpResponse:
    """Who wants to become a guest; the first way the flow offers proves it."""
    host = tenant_or_404(tenant)
    found = signing_up.open_flow(host, name=flow)
    form = AddressForm(request.POST or None)
    context = {
        "host": host,
        "form": form,
        "facebook": signing_up.facebook_of(found),
        "sign_in_url": reverse("identityproviders:tenant_signin", args=[host.primary_domain]),
    }
    if request.method != "POST":
        return render(request, "invitations/sign_up.html", context)
    limits.pay_address()
    if form.is_valid():
        address: Address = form.cleaned_data["address"]
        try:
            signing_up.require_welcome(host, address)
        except InvalidInput as error:
            form.add_error("address", str(error))
        else:
            txn = sign_in.start(request, tenant=host, entry=Entry.DIRECT, sign_up_id=found.pk)
            facebook = signing_up.facebook_of(found) if "facebook" in request.POST else None
            if facebook is not None:
                choosing.choose_provider_for_sign_up(txn, address, facebook)
            else:
                choosing.choose_for_sign_up(txn, address, signing_up.order_of(found, address))
            return SeeOther(sign_in.next_url(txn))
    return ask_again(request, "invitations/sign_up.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def sign_up_details(request: HttpRequest) -> HttpResponse:
    """What the organization will know, what it asks, and the consent to it (CON-1, SSU-2)."""
    txn = sign_in.current(request)
    if txn.step != SignInStep.CONSENT or not txn.is_sign_up:
        return SeeOther(sign_in.next_url(txn))
    account = sign_in.account_of(txn)
    if account is not None and account.must_change_password:
        return SeeOther(reverse("identityproviders:change_password"))
    flow = signing_up.open_flow(txn.tenant, flow_id=txn.sign_up_id)
    form = AttributesForm(request.POST or None, names=flow.attributes)
    context = {"host": txn.tenant, "txn": txn, "form": form}
    if request.method != "POST":
        return render(request, "invitations/sign_up_details.html", context)
    if "cancel" in request.POST:
        sign_in.cancel(request, txn)
        context = {"host": txn.tenant, "is_sign_up": True}
        return render(request, "invitations/declined.html", context)
    if not form.is_valid():
        return ask_again(request, "invitations/sign_up_details.html", context)
    return _finish(request, txn, form)


def _finish(request: HttpRequest, txn: SignInTransaction, form: AttributesForm) -> HttpResponse:
    try:
        signing_up.sign_up(txn, form.cleaned_data)
    except KnownAlready as error:
        form.add_error(None, str(error))
        context = {"host": txn.tenant, "txn": txn, "form": form}
        return ask_again(request, "invitations/sign_up_details.html", context)
    except SignInOver:
        return SeeOther(sign_in.next_url(sign_in.current(request)))
    return SeeOther(sign_in.advance(request, txn))
