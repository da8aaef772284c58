"""Domain errors that actions raise; the console maps each once to HTTP.

Every message is a sentence for the person in front of the screen.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class DomainError(Exception):
    """An operation was refused; nothing was changed."""

    status = 400
    message: Text = _("That did not work.")

    def __init__(self, message: Text | None = None, *, code: int = 0) -> None:
        """Take the sentence to show and, where T25 has one, its error code."""
        super().__init__(message)
        if message is not None:
            self.message = message
        self.code = code

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(DomainError):
    """A value cannot be used; `field` names the form field it belongs to."""

    def __init__(self, field: str, message: Text, *, code: int = 0) -> None:
        """Take the field's name and the sentence to show under it."""
        super().__init__(message, code=code)
        self.field = field


class NotAllowed(DomainError):
    """The actor lacks the right (T17).

    `is_logged` is set once the audit log has a row about this refusal (AUD-1).
    """

    status = 403
    is_logged = False
    message = _("You don’t have permission to do this.")

    def __init__(
        self,
        message: Text | None = None,
        *,
        capability: str = "",
        roles: tuple[str, ...] = (),
        code: int = 0,
    ) -> None:
        """Take the capability that was asked for and the roles that grant it (USR-12)."""
        super().__init__(message, code=code)
        self.capability = capability
        self.roles = roles


class NotFound(DomainError):
    """Nothing of the actor's tenant has this address."""

    status = 404
    message = _("We couldn’t find that.")


class Conflict(DomainError):
    """Somebody else changed it first, or another object stands in the way."""

    status = 409


class ChangedMeanwhile(Conflict):
    """The row has another version than the one the form was filled in from; nothing was saved."""

    message = _("Somebody changed this setting meanwhile. Nothing was saved. Look at it again.")


class NotConfirmed(Conflict):
    """A change affects guests, and its number of them was not confirmed; nothing was saved (BET-2).

    `impact` is what to show before asking again, `discarded` how many entries of a list go too.
    """

    def __init__(self, message: Text, *, impact: Any = None, discarded: int = 0) -> None:
        """Take the sentence to show, and what the question is about."""
        super().__init__(message)
        self.impact = impact
        self.discarded = discarded


class TooSoon(DomainError):
    """A limit of T21 is spent; `retry_after` seconds from now it is not."""

    status = 429

    def __init__(self, message: Text, *, retry_after: int, code: int = 0) -> None:
        """Take the sentence and the whole seconds until a new try can work (SEC-109)."""
        super().__init__(message, code=code)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A part of the system is down (REL-16); `retry_after` in seconds."""

    status = 503

    def __init__(self, message: Text, *, retry_after: int = 60, code: int = 0) -> None:
        """Take the sentence and when to try again."""
        super().__init__(message, code=code)
        self.retry_after = retry_after
