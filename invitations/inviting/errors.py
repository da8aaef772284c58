"""Errors that redeeming and resending raise."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.errors import Conflict, DomainError, NotFound


class NotPending(Conflict):
    """The invitation is accepted or revoked already (INV-15, SEC-22)."""

    message = _("This invitation is not waiting for an answer any more. Reload the page.")


class NoLongerValid(NotFound):
    """The link leads nowhere; one text for every reason (SEC-26, RED-7)."""

    message = _(
        "This invitation link is no longer valid. Ask the person who invited you for a new one."
    )


class Expired(DomainError):
    """The invitation is older than the organization lets it get (INV-4, SEC-23)."""

    status = 410
    message = _("This invitation has expired. Ask the person who invited you for a new one.")


class NotProven(DomainError):
    """The identity that was proven is not the invited one (RED-8, SEC-36)."""

    status = 403
    message = _(
        "The account you signed in with is not the invited one. Sign in with the address the "
        "invitation was sent to."
    )


class RedemptionRefused(DomainError):
    """The organization does not take this guest now (COL-13, 50057)."""

    status = 403
