"""Why somebody does not get in: a sentence, the code, the ids, a next step (SIN-6, BET-24)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from identityproviders.actions import sign_in
from identityproviders.discovery import Decision, Method
from identityproviders.models import SignInTransaction
from identityproviders.pages.responses import SeeOther
from identityproviders.sign_in_log import INTERNAL
from portal import addresses
from portal.errors import DomainError
from portal.shell.blades import guest_page

NOT_SIGNED_IN_THERE, NOT_REACHED = 50012, 90006
_NOT_BELIEVED = (20001, 20012, 50008, 50027, 5000819)
"""Answers of outside providers that prove nothing (T25); the log has the reason."""


@require_safe
@guest_page
def refused(request: HttpRequest) -> HttpResponse:
    """The neutral page of refusals (T19 D7 to D9, T20) and of methods without a flow."""
    txn = sign_in.refused(request)
    if sign_in.next_url(txn) != reverse("identityproviders:refused"):
        return SeeOther(sign_in.next_url(txn))
    error = DomainError(text_for(txn), code=txn.error_code)
    now = timezone.now()
    context = {
        "host": txn.tenant,
        "error": error,
        "error_details": _details(error, txn, now),
        "correlation_id": txn.pk,
        "occurred_at": now,
        "sign_in_url": reverse("identityproviders:tenant_signin", args=[txn.tenant.primary_domain]),
    }
    return render(request, "identityproviders/refused.html", context, status=403)


def text_for(txn: SignInTransaction) -> str:
    """What the refused person reads."""
    texts = {
        sign_in.USER_UNAUTHORIZED: _(
            "The account %(address)s has no access to %(tenant)s. Ask the organization to invite "
            "you, or use another account."
        ),
        sign_in.USER_DISABLED: _(
            "Your account is disabled. Contact the administrator of your organization."
        )
        if txn.method in sign_in.BY_PASSWORD
        else _("Your account is disabled. Contact the organization that invited you."),
        sign_in.PASSWORD_EXPIRED: _(
            "Your temporary password has expired. Ask your administrator for a new one."
        ),
        sign_in.OUTBOUND_BLOCKED: _(
            "Your own organization doesn’t let its people sign in to %(tenant)s. Ask your "
            "administrator."
        ),
        sign_in.INBOUND_BLOCKED: _(
            "%(tenant)s doesn’t let people of your organization in. Contact the person who "
            "invited you."
        ),
        NOT_SIGNED_IN_THERE: _(
            "Your identity provider did not sign you in. Try again, or ask its administrator."
        ),
        NOT_REACHED: _(
            "Your identity provider can’t be reached at the moment. Try again in a few minutes."
        ),
    }
    texts |= dict.fromkeys(
        _NOT_BELIEVED,
        _(
            "The answer of your identity provider can’t be used. Try again. If it happens again, "
            "send the details below to the organization that invited you."
        ),
    )
    neutral = _(
        "You can’t sign in with this address here at the moment. Contact the organization that "
        "invited you."
    )
    text = texts.get(txn.error_code) or _refusal_of(txn) or neutral
    return text.replace("%(address)s", txn.address).replace("%(tenant)s", txn.tenant.display_name)


def _refusal_of(txn: SignInTransaction) -> str:
    """The text of the row of T19 or T20 that decided."""
    if not txn.discovery_row or txn.method == INTERNAL:
        return ""
    address = addresses.parse(txn.address)
    return Decision(txn.discovery_row, Method(txn.method), address).refusal


def _details(error: DomainError, txn: SignInTransaction, now: datetime) -> str:
    code = f"Error code: {error.code}\n" if error.code else ""
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{error.message}\n{code}Correlation ID: {txn.pk}\nTime: {moment}"
