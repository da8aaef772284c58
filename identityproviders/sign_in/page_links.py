"""Say where the links of a sign-in page lead: back, and to another account (SEC-25, HRD-9).

A link does what its words say. An invitation is for one address, so its pages lead back to it and
offer another account only where the page for that is open; elsewhere another address is typed where
the sign-in began.
"""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from identityproviders.models import CodePurpose, SignInTransaction
from identityproviders.sign_in import method_choice
from identityproviders.sign_in.destinations import restart_url, sign_in_entrance
from portal.values.email_address import EmailAddress

Link = dict[str, str]


def page_links(txn: SignInTransaction) -> dict[str, object]:
    """The address and the links that a page of this sign-in shows, for its template."""
    may_use_another = bool(method_choice.other_accounts(txn))
    return {
        "shown_address": _shown_address(txn),
        "back": _back_link(txn),
        "other": _other_account(txn, may_use_another=may_use_another),
        "may_use_another": may_use_another,
    }


def _shown_address(txn: SignInTransaction) -> EmailAddress:
    """The address as the page may show it: an invited one was not typed here (SEC-25)."""
    return txn.typed_address.masked if txn.invitation_id else txn.typed_address


def _back_link(txn: SignInTransaction) -> Link:
    if txn.invitation_id:
        return {"url": restart_url(txn), "label": _("Back to the invitation")}
    label = _("Back, use another address instead of %(address)s")
    return {"url": restart_url(txn), "label": label % {"address": _shown_address(txn).written}}


def _other_account(txn: SignInTransaction, *, may_use_another: bool) -> Link:
    if may_use_another:
        url = reverse("identityproviders:another_account")
        return {"url": url, "label": _("Use another account")}
    if txn.invitation_id:
        return _back_link(txn)
    is_inbox = txn.code_for == CodePurpose.INBOX
    label = _("Use another address") if is_inbox else _("Use another account")
    return {"url": sign_in_entrance(txn), "label": label}
