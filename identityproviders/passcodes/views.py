"""Guest pages Send code and Enter code (OTP-4 to OTP-8, SEC-14)."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from identityproviders.models import SignInTransaction
from identityproviders.passcodes import actions, one_time_codes
from identityproviders.passcodes.actions import PasscodeAnswer, PasscodeOutcome
from identityproviders.passcodes.one_time_codes import CodeStatus
from identityproviders.sign_in import method_choice
from identityproviders.sign_in.actions import (
    advance_or_next,
    asks_for_code,
    current_sign_in,
    next_url,
    sign_in_entrance,
)
from identityproviders.sign_in.forms import CodeForm
from identityproviders.sign_in.responses import SeeOther, ask_again_page
from portal.console.blades import guest_page
from portal.errors import TooSoon
from portal.values.email_address import mask_address

TRIES_BEFORE_COUNTING = 3
"""The tries left are named from the third wrong one on (OTP-7)."""


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def send_code(request: HttpRequest) -> HttpResponse:
    """Say where a code will go; send it when asked to, never before (OTP-4, SEC-4)."""
    txn = current_sign_in(request)
    if not asks_for_code(txn):
        return SeeOther(next_url(txn))
    if request.method != "POST":
        return render(request, "identityproviders/passcodes/send_code.html", _context(txn))
    is_another = actions.send_passcode(txn)
    if not asks_for_code(txn):
        return SeeOther(next_url(txn))
    if is_another:
        messages.success(request, _("We sent a new code.\nEarlier codes no longer work."))
    return SeeOther(reverse("identityproviders:enter_code"))


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def enter_code(request: HttpRequest) -> HttpResponse:
    """Take the 8 digits (OTP-5 to OTP-8)."""
    txn = current_sign_in(request)
    standing = one_time_codes.latest_request(txn) if asks_for_code(txn) else None
    if standing is None:
        return SeeOther(next_url(txn))
    if request.method != "POST":
        context = _code_context(txn, standing, CodeForm())
        return render(request, "identityproviders/passcodes/enter_code.html", context)
    form = CodeForm(request.POST)
    if not form.is_valid():
        context = _code_context(txn, standing, form)
        return ask_again_page(request, "identityproviders/passcodes/enter_code.html", context)
    answer = actions.enter_passcode(txn, form.cleaned_data["code"], before=standing)
    if answer.outcome is PasscodeOutcome.RIGHT:
        return SeeOther(advance_or_next(request, txn))
    if answer.outcome is PasscodeOutcome.SWITCHED_OFF:
        return SeeOther(next_url(txn))
    return _ask_for_another(request, txn, answer.standing or standing, answer)


def _ask_for_another(
    request: HttpRequest, txn: SignInTransaction, standing: CodeStatus, answer: PasscodeAnswer
) -> HttpResponse:
    """The page once more, its field empty (OTP-7)."""
    form = CodeForm({"code": ""})
    form.errors.clear()
    text = explain(answer)
    form.add_error("code", text)
    context = _code_context(txn, standing, form)
    limit = (
        TooSoon(text, retry_after=answer.wait) if answer.outcome is PasscodeOutcome.LOCKED else None
    )
    return ask_again_page(
        request, "identityproviders/passcodes/enter_code.html", context, limit=limit
    )


def explain(answer: PasscodeAnswer) -> str:
    """The sentence for a code that was not taken (OTP-7, OTP-8, OTP-9, SEC-15)."""
    if answer.outcome is PasscodeOutcome.EXPIRED:
        return _("That code has expired. Send a new one.")
    if answer.outcome is PasscodeOutcome.USED_UP:
        return _("That was one try too many, and the code no longer works. Send a new one.")
    if answer.outcome is PasscodeOutcome.LOCKED:
        minutes = -(-answer.wait // 60)
        return ngettext(
            "Too many wrong codes were typed for this address. Wait %(minutes)d minute, then send "
            "a new code.",
            "Too many wrong codes were typed for this address. Wait %(minutes)d minutes, then send "
            "a new code.",
            minutes,
        ) % {"minutes": minutes}
    text = _("That code doesn’t match the newest one we sent. Check your inbox and try again.")
    if settings.PORTAL_PASSCODE_TRIES - answer.tries_left < TRIES_BEFORE_COUNTING:
        return text
    left = ngettext("%(count)d try left.", "%(count)d tries left.", answer.tries_left)
    return f"{text} {left % {'count': answer.tries_left}}"


def _context(txn: SignInTransaction) -> dict[str, object]:
    return {
        "host": None if txn.tenant.is_platform else txn.tenant,
        "purpose": str(txn.code_for),
        # Elsewhere than for a sign-in, the mailbox is the row's own, not the typed one (RED-8).
        "masked": mask_address(txn.proof_key if txn.code_for else txn.address),
        # An invited address was not typed here, and stays masked (SEC-25).
        "shown_address": mask_address(txn.address) if txn.invitation_id else txn.address,
        "may_use_another": not txn.code_for and bool(method_choice.other_accounts(txn)),
        "back_url": reverse("invitations:landing") if txn.invitation_id else sign_in_entrance(txn),
        "minutes": one_time_codes.lifetime_minutes(txn.tenant),
    }


def _code_context(
    txn: SignInTransaction, standing: CodeStatus, form: CodeForm
) -> dict[str, object]:
    wait = standing.wait_before_next
    return {
        **_context(txn),
        "form": form,
        "wait": wait,
        "wait_clock": f"{wait // 60}:{wait % 60:02d}",
        "is_over": standing.is_expired or standing.is_used_up,
        "is_expired": standing.is_expired,
    }
