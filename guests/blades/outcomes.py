"""What was done to several users or groups at once, and what was not (USR-11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.http import HttpRequest

from guests.models import Group, User
from portal.errors import DomainError
from portal.shell import toasts

Subject = TypeVar("Subject", User, Group)


@dataclass
class Outcome(Generic[Subject]):
    """Those an operation worked for, and the refusals of the others."""

    done: list[Subject] = field(default_factory=list)
    refused: list[tuple[Subject, str]] = field(default_factory=list)


def for_each(subjects: Iterable[Subject], operation: Callable[[Subject], None]) -> Outcome[Subject]:
    """Run `operation` for each of them; one that is refused never stops the others."""
    outcome: Outcome[Subject] = Outcome()
    for subject in subjects:
        try:
            operation(subject)
        except DomainError as refusal:
            outcome.refused.append((subject, str(refusal)))
        else:
            outcome.done.append(subject)
    return outcome


def tell(request: HttpRequest, outcome: Outcome[Any], *, done: str, refused: str) -> None:
    """Say it on the next page; takes the sentences for either part, with their numbers in."""
    if outcome.done:
        toasts.succeeded(request, done)
    if outcome.refused:
        reasons = dict.fromkeys(f"{one.display_name}: {text}" for one, text in outcome.refused)
        toasts.failed(request, refused, " ".join(list(reasons)[:5]))
