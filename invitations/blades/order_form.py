"""The two lists of T16 in a form that carries the draft (CTA-3)."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from identityproviders.actions.redemption_order import OrderDraft
from identityproviders.discovery import Fallback, Primary

LABELS = {
    Primary.ORGANIZATION: gettext_lazy("Microsoft Entra ID"),
    Primary.FEDERATION: gettext_lazy("SAML/WS-Fed and OpenID Connect identity providers"),
    Primary.SOCIAL: gettext_lazy("Social identity providers"),
}
FALLBACK_LABELS = {
    Fallback.MICROSOFT_ACCOUNT: gettext_lazy("Microsoft account"),
    Fallback.PASSCODE: gettext_lazy("Email one-time passcode"),
}
_MOVES = {"up": -1, "down": 1}


def lists(draft: OrderDraft) -> dict[str, object]:
    """What the template of the lists shows: names, labels, and which are on."""
    return {
        "primary": [(name.value, LABELS[name], is_on) for name, is_on in draft.primary],
        "fallbacks": [
            (name.value, FALLBACK_LABELS[name], name in draft.order.fallbacks) for name in Fallback
        ],
    }


def draft_of(request: HttpRequest) -> OrderDraft | None:
    """The draft that the form carries, after the button that moves; None where it has no lists."""
    names = request.POST.getlist("primary")
    if sorted(names) != sorted(Primary):
        return None
    enabled = set(request.POST.getlist("enabled"))
    draft = OrderDraft(
        primary=tuple((Primary(name), name in enabled) for name in names),
        microsoft_account_fallback=Fallback.MICROSOFT_ACCOUNT in enabled,
        passcode_fallback=Fallback.PASSCODE in enabled,
    )
    return _moved(draft, request.POST.get("move", ""))


def _moved(draft: OrderDraft, text: str) -> OrderDraft:
    """The draft after a button such as `up:externalFederation`; unchanged for other texts."""
    where, _separator, name = text.partition(":")
    if where not in _MOVES or name not in set(Primary):
        return draft
    return draft.moved(Primary(name), _MOVES[where])
