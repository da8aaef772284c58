"""What was done to several users at once, and what was not (USR-11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.http import HttpRequest

from guests.models import User
from portal.errors import DomainError
from portal.shell import toasts


@dataclass
class Outcome:
    """The users an operation worked for, and the refusals of the others."""

    done: list[User] = field(default_factory=list)
    refused: list[tuple[User, str]] = field(default_factory=list)


def for_each(users: Iterable[User], operation: Callable[[User], None]) -> Outcome:
    """Run `operation` for each user; one that is refused never stops the others."""
    outcome = Outcome()
    for user in users:
        try:
            operation(user)
        except DomainError as refusal:
            outcome.refused.append((user, str(refusal)))
        else:
            outcome.done.append(user)
    return outcome


def tell(request: HttpRequest, outcome: Outcome, *, done: str, refused: str) -> None:
    """Say it on the next page; takes the sentences for either part, with their numbers in."""
    if outcome.done:
        toasts.succeeded(request, done)
    if outcome.refused:
        reasons = dict.fromkeys(f"{user.display_name}: {text}" for user, text in outcome.refused)
        toasts.failed(request, refused, " ".join(list(reasons)[:5]))
