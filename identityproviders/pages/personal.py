"""A new personal account, and a forgotten password of one (T19 D5, D7; decision 5)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from identityproviders.actions import choosing, personal_accounts, sign_in
from identityproviders.actions.personal_accounts import AlreadyThere
from identityproviders.forms import NewAccountForm, NewPasswordForm
from identityproviders.models import CodePurpose, SignInStep, SignInTransaction
from identityproviders.pages.responses import SeeOther, ask_again
from portal.errors import InvalidInput
from portal.shell.blades import guest_page


@sensitive_post_parameters("new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def create_account(request: HttpRequest) -> HttpResponse:
    """Name and password of the new account, after the code (D7)."""
    txn = sign_in.current(request)
    if not _is_due(txn, CodePurpose.CREATE):
        return SeeOther(sign_in.next_url(txn))
    name = txn.user.display_name if txn.user else ""
    form = NewAccountForm(request.POST or None, initial={"display_name": name})
    context = {"host": None, "guest_of": txn.tenant, "address": txn.proof_key, "form": form}
    if request.method != "POST":
        return render(request, "identityproviders/create_account.html", context)
    if form.is_valid():
        try:
            personal_accounts.create(
                txn,
                display_name=form.cleaned_data["display_name"],
                password=form.cleaned_data["new_password"],
            )
        except InvalidInput as error:
            form.add_error(error.field, str(error))
        except AlreadyThere as error:
            messages.info(request, str(error))
            choosing.decide_again(txn)
            return SeeOther(sign_in.next_url(txn))
        else:
            return SeeOther(sign_in.advance_or_next(request, txn))
    return ask_again(request, "identityproviders/create_account.html", context)


@require_POST
@guest_page
def forget_password(request: HttpRequest) -> HttpResponse:
    """Leave the password page for a code to the account's address."""
    personal_accounts.forget_password(txn := sign_in.current(request))
    return SeeOther(sign_in.next_url(txn))


@sensitive_post_parameters("new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def reset_password(request: HttpRequest) -> HttpResponse:
    """The new password, after the code."""
    txn = sign_in.current(request)
    if not _is_due(txn, CodePurpose.RESET):
        return SeeOther(sign_in.next_url(txn))
    form = NewPasswordForm(request.POST or None)
    context = {"host": None, "is_reset": True, "address": txn.proof_key, "form": form}
    if request.method != "POST":
        return render(request, "identityproviders/change_password.html", context)
    if form.is_valid():
        try:
            personal_accounts.reset_password(txn, password=form.cleaned_data["new_password"])
        except InvalidInput as error:
            form.add_error(error.field, str(error))
        else:
            return SeeOther(sign_in.advance_or_next(request, txn))
    return ask_again(request, "identityproviders/change_password.html", context)


def _is_due(txn: SignInTransaction, purpose: CodePurpose) -> bool:
    is_proven = txn.mailbox_proven_at is not None
    return txn.step == SignInStep.METHOD and txn.code_for == purpose and is_proven
