"""Guest pages of self-service sign-up, and its link on the sign-in page (SSU-1, SSU-2)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from identityproviders.discovery.decide import Entry
from identityproviders.models import SignInStep, SignInTransaction
from identityproviders.sign_in import method_choice, rate_limits
from identityproviders.sign_in.actions import (
    SignInOver,
    account_of_sign_in,
    advance_sign_in,
    cancel_sign_in,
    current_sign_in,
    next_url,
    start_sign_in,
)
from identityproviders.sign_in.forms import AddressForm
from identityproviders.sign_in.responses import ask_again_page
from identityproviders.sign_in.views import tenant_or_404
from invitations.models import UserFlow
from invitations.redemption.opened_invitation import SeeOther, behind_link
from invitations.terms.actions import terms_in_force
from invitations.user_flows import signing_up
from invitations.user_flows.forms import AttributesForm
from invitations.user_flows.signing_up import KnownAlready
from portal.errors import InvalidInput
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress


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
        return render(request, "invitations/user_flows/sign_up.html", context)
    rate_limits.pay_address()
    if form.is_valid():
        address: EmailAddress = form.cleaned_data["address"]
        try:
            signing_up.require_welcome(host, address)
        except InvalidInput as error:
            form.add_error("address", str(error))
        else:
            txn = start_sign_in(request, tenant=host, entry=Entry.DIRECT, sign_up_id=found.pk)
            facebook = signing_up.facebook_of(found) if "facebook" in request.POST else None
            if facebook is not None:
                method_choice.choose_provider_for_sign_up(txn, address, facebook)
            else:
                method_choice.choose_for_sign_up(txn, address, signing_up.order_of(found, address))
            return SeeOther(next_url(txn))
    return ask_again_page(request, "invitations/user_flows/sign_up.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def sign_up_details(request: HttpRequest) -> HttpResponse:
    """What the organization will know, what it asks, and the consent to it (CON-1, SSU-2)."""
    txn = current_sign_in(request)
    if txn.step != SignInStep.CONSENT or not txn.is_sign_up:
        return SeeOther(next_url(txn))
    account = account_of_sign_in(txn)
    if account is not None and account.must_change_password:
        return SeeOther(reverse("identityproviders:change_password"))
    flow = signing_up.open_flow(txn.tenant, flow_id=txn.sign_up_id)
    form = AttributesForm(request.POST or None, names=flow.attributes)
    context = _details_context(txn, form)
    if request.method != "POST":
        return render(request, "invitations/user_flows/sign_up_details.html", context)
    if "cancel" in request.POST:
        cancel_sign_in(request, txn)
        context = {"host": txn.tenant, "is_sign_up": True}
        return render(request, "invitations/redemption/declined.html", context)
    if not form.is_valid():
        return ask_again_page(request, "invitations/user_flows/sign_up_details.html", context)
    return _finish(request, txn, form)


def _details_context(txn: SignInTransaction, form: AttributesForm) -> dict[str, object]:
    """What the page shows; terms of use are asked for after it (CON-4)."""
    has_terms = terms_in_force(txn.tenant).exists
    return {"host": txn.tenant, "txn": txn, "form": form, "has_terms": has_terms}


def _finish(request: HttpRequest, txn: SignInTransaction, form: AttributesForm) -> HttpResponse:
    try:
        signing_up.sign_up(txn, form.cleaned_data)
    except KnownAlready as error:
        form.add_error(None, str(error))
        context = _details_context(txn, form)
        return ask_again_page(request, "invitations/user_flows/sign_up_details.html", context)
    except SignInOver:
        return SeeOther(next_url(current_sign_in(request)))
    return SeeOther(advance_sign_in(request, txn))


def sign_up_link(request: HttpRequest, host: Tenant | None) -> str:
    """The link to the oldest user flow of `host`, which serves My Apps; nothing without one."""
    if host is None:
        return ""
    flows = UserFlow.objects.of(host).filter(
        tenant__collaboration_policy__is_self_service_allowed=True
    )
    name = flows.order_by("created_at").values_list("name", flat=True).first()
    if name is None:
        return ""
    return render_to_string(
        "invitations/user_flows/_sign_up_link.html", {"host": host, "name": name}
    )
