"""Whoever takes a sign-in away from guests must have said that they mean it (OTC-10, BET-2)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from identityproviders.consequences import Consequences
from portal.errors import Conflict


class NotAcknowledged(Conflict):
    """Guests lose their sign-in, and nobody said that this is meant, or of fewer of them."""

    message = _("Confirm that these guests lose their sign-in, then save again.")


def require(consequences: Consequences, acknowledged: int) -> None:
    """Pass a change that takes nobody’s sign-in, or whose number of losing guests was confirmed.

    Raises: NotAcknowledged.
    """
    if consequences.lose and acknowledged != consequences.lose:
        raise NotAcknowledged
