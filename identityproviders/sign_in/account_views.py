"""Guest pages: choose an account (HRD-9), find own organizations (BET-16), refused (SIN-6)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from guests.users import lookups
from identityproviders.discovery.decide import Entry, Method
from identityproviders.models import SignInStep, SignInTransaction
from identityproviders.sign_in import (
    actions,
    method_choice,
    rate_limits,
    refusal_texts,
    verified_identity,
)
from identityproviders.sign_in.destinations import restart_url
from identityproviders.sign_in.forms import AddressForm, AnotherAccountForm
from identityproviders.sign_in.page_links import page_links
from identityproviders.sign_in.responses import SeeOther, ask_again_page
from identityproviders.sign_in.views import options_context
from portal.console.blades import guest_page
from portal.errors import DomainError
from portal.values.email_address import parse_email_address, stored_address
from portal.values.redirect_url import same_origin_path


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def choose_account(request: HttpRequest) -> HttpResponse:
    """Two accounts have this address: the organization's, or the personal one (D1)."""
    txn = actions.current_sign_in(request)
    if txn.method != Method.CHOOSER or txn.step != "method":
        return SeeOther(actions.next_url(txn))
    wanted = request.POST.get("account", "")
    if request.method == "POST" and wanted in {Method.ORGANIZATION, Method.PERSONAL}:
        method_choice.choose_account(txn, Method(wanted))
        verified_identity.identity_by_session(txn, request.user)
        return SeeOther(actions.advance_or_next(request, txn))
    status = 400 if request.method == "POST" else 200
    page = "identityproviders/sign_in/choose_account.html"
    return render(request, page, _context(txn), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def another_account(request: HttpRequest) -> HttpResponse:
    """Sign in with another account; the invited mailbox is proven after it (HRD-9, RED-8)."""
    txn = actions.current_sign_in(request)
    kinds = method_choice.other_accounts(txn)
    if not kinds:
        return SeeOther(actions.next_url(txn))
    form = AnotherAccountForm(request.POST or None, kinds=kinds)
    context = _context(txn) | {"form": form}
    if request.method != "POST":
        return render(request, "identityproviders/sign_in/another_account.html", context)
    rate_limits.pay_address()
    if not form.is_valid():
        return ask_again_page(request, "identityproviders/sign_in/another_account.html", context)
    method = Method(form.cleaned_data["account"])
    method_choice.use_another_account(txn, method, form.cleaned_data["address"])
    verified_identity.identity_by_session(txn, request.user)
    return SeeOther(actions.advance_or_next(request, txn))


def _context(txn: SignInTransaction) -> dict[str, object]:
    return {"host": txn.tenant, **page_links(txn)}


PAGE = "identityproviders:my_organizations"


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def find_organizations(request: HttpRequest) -> HttpResponse:
    """Begin: a code to the typed address comes first; opened, it is the page with the field."""
    if request.method != "POST":
        return SeeOther(reverse("identityproviders:signin_options"))
    rate_limits.pay_address()
    form = AddressForm(request.POST, auto_id="own_%s")
    wanted = same_origin_path(request.POST.get("next", ""))
    if not form.is_valid():
        context = options_context(request, None, wanted, form)
        return ask_again_page(request, "identityproviders/sign_in/options.html", context)
    request.session["wanted_page"] = wanted
    txn = verified_identity.start_mailbox_proof(
        request, form.cleaned_data["address"], continue_to=reverse(PAGE)
    )
    return SeeOther(actions.next_url(txn))


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def my_organizations(request: HttpRequest) -> HttpResponse:
    """The organizations where this mailbox is a guest’s; the one chosen is signed in to.

    Where the passcode is the guest’s method there, the code just typed is good for it; who signs
    in another way there goes on to that way.
    """
    key = verified_identity.proven_address(request)
    guests = lookups.guests_by_address(key)
    if request.method != "POST":
        context = {"host": None, "guests": guests, "address": stored_address(key)}
        return render(request, "identityproviders/sign_in/my_organizations.html", context)
    chosen = request.POST.get("organization", "")
    guest = next((one for one in guests if str(one.tenant_id) == chosen), None)
    if guest is None:
        context = {"host": None, "guests": guests, "address": stored_address(key)}
        return render(
            request, "identityproviders/sign_in/my_organizations.html", context, status=400
        )
    txn = actions.start_sign_in(
        request,
        tenant=guest.tenant,
        entry=Entry.COMMON,
        continue_to=str(request.session.pop("wanted_page", "")),
    )
    method_choice.identify_account(txn, parse_email_address(key))
    is_by_code = txn.step == SignInStep.METHOD and txn.method == Method.PASSCODE
    if is_by_code and not txn.code_for and txn.proof_key == key and txn.user_id == guest.pk:
        verified_identity.note_mailbox_proven(txn)
    return SeeOther(actions.advance_or_next(request, txn))


@require_safe
@guest_page
def refused(request: HttpRequest) -> HttpResponse:
    """The neutral page of refusals (T19 D7 to D9, T20) and of methods without a flow."""
    txn = actions.refused_sign_in(request)
    if actions.next_url(txn) != reverse("identityproviders:refused"):
        return SeeOther(actions.next_url(txn))
    error = DomainError(refusal_texts.text_of_refusal(txn), code=txn.error_code)
    now = timezone.now()
    context = {
        "host": txn.tenant,
        "error": error,
        "error_details": _details(error, txn, now),
        "correlation_id": txn.pk,
        "occurred_at": now,
        "is_repeatable": refusal_texts.may_succeed_again(txn),
        "again_url": restart_url(txn),
        **page_links(txn),
    }
    return render(request, "identityproviders/sign_in/refused.html", context, status=403)


def _details(error: DomainError, txn: SignInTransaction, now: datetime) -> str:
    code = f"Error code: {error.code}\n" if error.code else ""
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{error.message}\n{code}Correlation ID: {txn.pk}\nTime: {moment}"
