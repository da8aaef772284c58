"""Read the rows ticked in a list, and report what was done to each (USR-11)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guests.models import Group, User
from guests.users import queries
from portal.console import toasts
from portal.console.blades import TenantRequest
from portal.errors import DomainError

MAXIMUM_SELECTION = 500


class NothingSelected(DomainError):
    """No row was ticked, which script prevents."""

    message = _("Select at least one row in the list first.")


class TooManySelected(DomainError):
    """More rows than one request works through."""

    message = _("Select 500 rows at most at a time.")


_SENTENCES: Mapping[str, tuple[Promise, Promise]] = {
    "user": (
        _("Select at least one user in the list first."),
        _("Select 500 users at most at a time."),
    ),
    "group": (
        _("Select at least one group in the list first."),
        _("Select 500 groups at most at a time."),
    ),
    "invitation": (
        _("Select at least one invitation in the list first."),
        _("Select 500 invitations at most at a time."),
    ),
}
"""What is said where no box was ticked, and where too many were; by the name of the boxes."""


def selected_users(request: TenantRequest, rows: QuerySet[User]) -> list[User]:
    """The users among `rows` whose boxes were ticked, by name.

    Those who left the list meanwhile are left out.
    Raises: NothingSelected, TooManySelected; Http404 when none of them is there (SEC-80).
    """
    found = queries.with_roles(rows, selected_ids(request, "user"))
    if not found:
        raise Http404
    return found


def selected_user(request: TenantRequest, rows: QuerySet[User]) -> User:
    """The one user whose box was ticked; the first by name if there are several."""
    return selected_users(request, rows)[0]


def selected_groups(request: TenantRequest, rows: QuerySet[Group]) -> list[Group]:
    """The groups among `rows` whose boxes were ticked, by name. Raises as `selected_users`."""
    ids = selected_ids(request, "group")
    found = list(rows.filter(pk__in=ids).order_by("display_name_key", "pk"))
    if not found:
        raise Http404
    return found


def selected_ids(request: TenantRequest, name: str) -> set[uuid.UUID]:
    """The object ids sent under `name`. Raises: NothingSelected, TooManySelected; Http404."""
    nothing, too_many = _SENTENCES[name]
    texts = request.POST.getlist(name)
    if not texts:
        raise NothingSelected(nothing)
    if len(texts) > MAXIMUM_SELECTION:
        raise TooManySelected(too_many)
    try:
        return {uuid.UUID(text) for text in texts}
    except ValueError as error:
        raise Http404 from error


Subject = TypeVar("Subject", User, Group)


@dataclass
class Outcome(Generic[Subject]):
    """Those an operation worked for, and the refusals of the others."""

    done: list[Subject] = field(default_factory=list)
    refused: list[tuple[Subject, str]] = field(default_factory=list)


def apply_to_each(
    subjects: Iterable[Subject], operation: Callable[[Subject], None]
) -> Outcome[Subject]:
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


def show_outcome(request: HttpRequest, outcome: Outcome[Any], *, done: str, refused: str) -> None:
    """Say it on the next page; takes the sentences for either part, with their numbers in."""
    if outcome.done:
        toasts.succeeded(request, done)
    if outcome.refused:
        reasons = dict.fromkeys(f"{one.display_name}: {text}" for one, text in outcome.refused)
        toasts.failed(request, refused, " ".join(list(reasons)[:5]))
