"""Password pages of members, here and for guests at their home tenant (SIN-2, DIR-8, SEC-75)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from identityproviders.actions import choosing, passwords, sign_in
from identityproviders.discovery import Method
from identityproviders.forms import NewPasswordForm, PasswordForm
from identityproviders.models import SignInStep, SignInTransaction
from identityproviders.pages.responses import SeeOther, ask_again
from identityproviders.sign_in_log import INTERNAL
from portal.errors import InvalidInput, TooSoon
from portal.shell.blades import guest_page


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def password(request: HttpRequest) -> HttpResponse:
    """Ask for the password, under the branding of the tenant that keeps it (DIR-8)."""
    txn = sign_in.current(request)
    if txn.step != SignInStep.METHOD or txn.method not in sign_in.BY_PASSWORD:
        return SeeOther(sign_in.next_url(txn))
    form = PasswordForm(request.POST or None)
    context = _context(txn, form)
    if request.method != "POST":
        return render(request, "identityproviders/password.html", context)
    if not form.is_valid():
        return ask_again(request, "identityproviders/password.html", context)
    try:
        passwords.prove_by_password(txn, form.cleaned_data["password"])
    except InvalidInput as error:
        form.add_error(error.field, str(error))
        return ask_again(request, "identityproviders/password.html", context)
    except TooSoon as limit:
        form.add_error("password", str(limit))
        return ask_again(request, "identityproviders/password.html", context, limit=limit)
    return SeeOther(sign_in.advance_or_next(request, txn))


@sensitive_post_parameters("new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def change_password(request: HttpRequest) -> HttpResponse:
    """The forced change at the first sign-in, before anything else opens (SIN-2)."""
    txn = sign_in.current(request)
    account = sign_in.account_of(txn)
    if txn.step != SignInStep.CONSENT or account is None or not account.must_change_password:
        return SeeOther(sign_in.next_url(txn))
    form = NewPasswordForm(request.POST or None)
    context = _context(txn, form)
    if request.method != "POST":
        return render(request, "identityproviders/change_password.html", context)
    if form.is_valid():
        try:
            passwords.replace_password(txn, form.cleaned_data["new_password"])
        except InvalidInput as error:
            form.add_error(error.field, str(error))
        else:
            return SeeOther(sign_in.advance(request, sign_in.current(request)))
    return ask_again(request, "identityproviders/change_password.html", context)


def _context(txn: SignInTransaction, form: object) -> dict[str, object]:
    """What both pages show: the tenant that keeps the password, none for a personal account."""
    is_personal = txn.method == Method.PERSONAL
    is_guest = txn.home_tenant is not None or txn.method != INTERNAL
    back = reverse("identityproviders:tenant_signin", args=[txn.tenant.primary_domain])
    return {
        "host": None if is_personal else txn.home_tenant or txn.tenant,
        "guest_of": txn.tenant if is_guest else None,
        "is_personal": is_personal,
        "may_reset": is_personal and not txn.account_address,
        "may_use_another": bool(choosing.other_accounts(txn)),
        "address": txn.account_address or txn.address,
        "form": form,
        "back_url": reverse("invitations:landing") if txn.invitation_id else back,
    }
