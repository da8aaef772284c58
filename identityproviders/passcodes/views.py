"""Guest pages Send code and Enter code (OTP-4 to OTP-8, SEC-14)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from identityproviders.models import CodePurpose, SignInTransaction
from identityproviders.passcodes import actions, one_time_codes
from identityproviders.passcodes.actions import PasscodeAnswer, PasscodeOutcome
from identityproviders.passcodes.one_time_codes import CodeStatus, NoCodeNow
from identityproviders.passcodes.passcode_limits import CodeWait
from identityproviders.sign_in.actions import (
    advance_or_next,
    asks_for_code,
    current_sign_in,
    earlier_sign_ins,
    next_url,
)
from identityproviders.sign_in.forms import CodeForm
from identityproviders.sign_in.page_links import page_links
from identityproviders.sign_in.responses import SeeOther
from portal.console.blades import guest_page
from portal.errors import TooSoon, Unavailable
from portal.outbox.models import Queue
from portal.outbox.queries import is_relay_in_trouble

USUAL_DELAY = timedelta(seconds=20)
"""A worker takes the mail of a code within seconds (REL-13)."""
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
    try:
        is_another = actions.send_passcode(txn, earlier=earlier_sign_ins(request))
    except NoCodeNow as refusal:
        return _code_page(
            request, txn, one_time_codes.latest_request(txn), wait=refusal.wait, is_refused=True
        )
    except Unavailable as outage:
        return _outage_page(request, txn, outage)
    if not asks_for_code(txn):
        return SeeOther(next_url(txn))
    if is_another:
        messages.success(request, _("There is a new code.\nEarlier codes no longer work."))
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
        return _code_page(request, txn, standing)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, txn, standing, form=form)
    answer = actions.enter_passcode(txn, form.cleaned_data["code"], before=standing)
    if answer.outcome is PasscodeOutcome.RIGHT:
        return SeeOther(advance_or_next(request, txn))
    if answer.outcome is PasscodeOutcome.SWITCHED_OFF:
        return SeeOther(next_url(txn))
    return _ask_for_another(request, txn, answer.standing or standing, answer)


def _outage_page(request: HttpRequest, txn: SignInTransaction, outage: Unavailable) -> HttpResponse:
    """Nothing can be sent now, to any address: try again, or use the code that works (REL-16)."""
    standing = one_time_codes.latest_request(txn)
    context = {**_context(txn), "outage": outage, "standing": standing}
    page = "identityproviders/passcodes/codes_unavailable.html"
    response = render(request, page, context, status=outage.status)
    response["Retry-After"] = str(outage.retry_after)
    return response


def _ask_for_another(
    request: HttpRequest, txn: SignInTransaction, standing: CodeStatus, answer: PasscodeAnswer
) -> HttpResponse:
    """The page once more, its field empty (OTP-7)."""
    form = CodeForm({"code": ""})
    form.errors.clear()
    form.add_error("code", explain_wrong_code(answer))
    return _code_page(request, txn, standing, form=form, is_unchecked=not answer.is_checked)


def explain_wrong_code(answer: PasscodeAnswer) -> str:
    """The sentence at the field for a code that is not right, with the tries left (OTP-7)."""
    text = _("That code doesn’t match the newest one. Check your inbox and try again.")
    if settings.PORTAL_PASSCODE_TRIES - answer.tries_left < TRIES_BEFORE_COUNTING:
        return text
    left = ngettext("%(count)d try left.", "%(count)d tries left.", answer.tries_left)
    return f"{text} {left % {'count': answer.tries_left}}"


def _code_page(
    request: HttpRequest,
    txn: SignInTransaction,
    standing: CodeStatus | None,
    *,
    form: CodeForm | None = None,
    wait: CodeWait | None = None,
    **more: object,
) -> HttpResponse:
    """The page for how the code of this browser stands, and how long there is no other (BET-5).

    A lock comes first: then no code works (OTP-9). A code that is over has no field any more
    (OTP-8). A refusal of a POST has its status, with the wait where that is the reason.
    """
    wait = wait or one_time_codes.wait_before_next(txn)
    is_short = wait.seconds <= settings.PORTAL_PASSCODE_COOL_DOWN.total_seconds()
    is_error = request.method == "POST"
    context = {
        **_context(txn),
        "standing": standing,
        "form": form or CodeForm(),
        "wait": wait,
        "has_wait_box": bool(wait.seconds) and ("is_refused" in more or not is_short),
        "is_error": is_error,
        # Not after a wrong code: a person who has one waits for no mail.
        "is_late": form is None and standing is not None and is_passcode_late(standing),
        **more,
    }
    status = 400 if is_error else 200
    if wait.is_locked:
        name = "codes_paused"
        context["paused_until"] = timezone.now() + timedelta(seconds=wait.seconds)
    elif standing is None:
        name = "send_code"
    else:
        name = "code_over" if standing.is_over else "enter_code"
    is_limited = is_error and (wait.is_locked or "is_refused" in more)
    response = render(
        request,
        f"identityproviders/passcodes/{name}.html",
        context,
        status=TooSoon.status if is_limited else status,
    )
    if is_limited:
        response["Retry-After"] = str(wait.seconds)
    return response


def is_passcode_late(standing: CodeStatus) -> bool:
    """Whether the page says that the mail takes longer.

    The answer depends on the queue and the relay, never on the address: the same worker takes a
    stranger's mail, and only drops it at the end (SEC-14).
    """
    is_waiting = standing.row.expires_at is None and standing.age > USUAL_DELAY
    return is_waiting or is_relay_in_trouble(Queue.PASSCODE)


def _context(txn: SignInTransaction) -> dict[str, object]:
    links = page_links(txn)
    return {
        "host": None if txn.tenant.is_platform else txn.tenant,
        "purpose": str(txn.code_for),
        # Where the code really goes: the mailbox of the account, not an alias that was typed.
        "mailbox": txn.mailbox.masked,
        **links,
        "may_use_another": not txn.code_for and links["may_use_another"],
        "is_unconfirmed": txn.code_for == CodePurpose.ALIAS and not txn.account_address,
        "minutes": one_time_codes.lifetime_minutes(txn.tenant),
    }
