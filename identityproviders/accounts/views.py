"""Guest pages: create a personal account; enter, change, reset a password (SIN-2, T19 D5, D7)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from identityproviders.accounts import actions, passwords
from identityproviders.accounts.actions import PersonalAccountExists
from identityproviders.discovery.decide import Method
from identityproviders.models import CodePurpose, SignInStep, SignInTransaction
from identityproviders.sign_in import method_choice
from identityproviders.sign_in.actions import (
    BY_PASSWORD,
    account_of_sign_in,
    advance_or_next,
    advance_sign_in,
    current_sign_in,
    next_url,
)
from identityproviders.sign_in.forms import NewAccountForm, NewPasswordForm, PasswordForm
from identityproviders.sign_in.log import INTERNAL
from identityproviders.sign_in.page_links import page_links
from identityproviders.sign_in.responses import SeeOther, ask_again_page
from portal.console.blades import guest_page
from portal.errors import InvalidInput, TooSoon
from portal.values.email_address import stored_address


@sensitive_post_parameters("new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def create_account(request: HttpRequest) -> HttpResponse:
    """Name and password of the new account, after the code (D7)."""
    txn = current_sign_in(request)
    if not _is_due(txn, CodePurpose.CREATE):
        return SeeOther(next_url(txn))
    name = txn.user.display_name if txn.user else ""
    form = NewAccountForm(request.POST or None, initial={"display_name": name})
    context = {
        "host": None,
        "guest_of": txn.tenant,
        "address": txn.mailbox,
        "form": form,
    }
    if request.method != "POST":
        return render(request, "identityproviders/accounts/create_account.html", context)
    if form.is_valid():
        try:
            actions.create_personal_account(
                txn,
                display_name=form.cleaned_data["display_name"],
                password=form.cleaned_data["new_password"],
            )
        except InvalidInput as error:
            form.add_error(error.field, str(error))
        except PersonalAccountExists as error:
            messages.info(request, str(error))
            method_choice.decide_method_again(txn)
            return SeeOther(next_url(txn))
        else:
            return SeeOther(advance_or_next(request, txn))
    return ask_again_page(request, "identityproviders/accounts/create_account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def forget_password(request: HttpRequest) -> HttpResponse:
    """Leave the password page for a code to the account's address; opened, go back to the page."""
    txn = current_sign_in(request)
    if request.method == "POST":
        actions.forget_password(txn)
    return SeeOther(next_url(txn))


@sensitive_post_parameters("new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def reset_password(request: HttpRequest) -> HttpResponse:
    """The new password, after the code."""
    txn = current_sign_in(request)
    if not _is_due(txn, CodePurpose.RESET):
        return SeeOther(next_url(txn))
    form = NewPasswordForm(request.POST or None)
    context = {
        "host": None,
        "is_reset": True,
        "address": txn.mailbox,
        "form": form,
    }
    if request.method != "POST":
        return render(request, "identityproviders/accounts/change_password.html", context)
    if form.is_valid():
        try:
            actions.reset_password(txn, password=form.cleaned_data["new_password"])
        except InvalidInput as error:
            form.add_error(error.field, str(error))
        else:
            return SeeOther(advance_or_next(request, txn))
    return ask_again_page(request, "identityproviders/accounts/change_password.html", context)


def _is_due(txn: SignInTransaction, purpose: CodePurpose) -> bool:
    is_proven = txn.mailbox_proven_at is not None
    return txn.step == SignInStep.METHOD and txn.code_for == purpose and is_proven


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def password(request: HttpRequest) -> HttpResponse:
    """Ask for the password, under the branding of the tenant that keeps it (DIR-8)."""
    txn = current_sign_in(request)
    if txn.step != SignInStep.METHOD or txn.method not in BY_PASSWORD:
        return SeeOther(next_url(txn))
    form = PasswordForm(request.POST or None)
    context = _context(txn, form)
    if request.method != "POST":
        return render(request, "identityproviders/accounts/password.html", context)
    if not form.is_valid():
        return ask_again_page(request, "identityproviders/accounts/password.html", context)
    try:
        passwords.prove_by_password(txn, form.cleaned_data["password"])
    except InvalidInput as error:
        form.add_error(error.field, str(error))
        return ask_again_page(request, "identityproviders/accounts/password.html", context)
    except TooSoon as limit:
        form.add_error("password", str(limit))
        return ask_again_page(
            request, "identityproviders/accounts/password.html", context, limit=limit
        )
    return SeeOther(advance_or_next(request, txn))


@sensitive_post_parameters("new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def change_password(request: HttpRequest) -> HttpResponse:
    """The forced change at the first sign-in, before anything else opens (SIN-2)."""
    txn = current_sign_in(request)
    account = account_of_sign_in(txn)
    if txn.step != SignInStep.CONSENT or account is None or not account.must_change_password:
        return SeeOther(next_url(txn))
    form = NewPasswordForm(request.POST or None)
    context = _context(txn, form)
    if request.method != "POST":
        return render(request, "identityproviders/accounts/change_password.html", context)
    if form.is_valid():
        try:
            passwords.replace_password(txn, form.cleaned_data["new_password"])
        except InvalidInput as error:
            form.add_error(error.field, str(error))
        else:
            return SeeOther(advance_sign_in(request, current_sign_in(request)))
    return ask_again_page(request, "identityproviders/accounts/change_password.html", context)


def _context(txn: SignInTransaction, form: object) -> dict[str, object]:
    """What both pages show: the tenant that keeps the password, none for a personal account."""
    is_personal = txn.method == Method.PERSONAL
    links = page_links(txn)
    address = stored_address(txn.account_address) if txn.account_address else links["shown_address"]
    is_guest = txn.home_tenant is not None or txn.method != INTERNAL
    return {
        "host": None if is_personal else txn.home_tenant or txn.tenant,
        "guest_of": txn.tenant if is_guest else None,
        "is_personal": is_personal,
        "may_reset": is_personal and not txn.account_address,
        **links,
        "shown_address": address,
        "address": address,
        "is_typed": bool(txn.account_address or not txn.invitation_id),
        "form": form,
    }
