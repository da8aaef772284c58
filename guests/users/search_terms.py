"""Keep the search terms of a user in step with the user (USR-7)."""

from __future__ import annotations

from collections.abc import Iterable

from guests.models import SearchTerm, User
from portal.tenants import bulk_inserts

MAXIMUM_TERM = 320


def refresh_search_terms(user: User) -> None:
    """Write the search terms of `user`; call it in the transaction that changed a name."""
    wanted = terms_of(user)
    mine = SearchTerm.objects.of(user.tenant).filter(user=user)
    stored = set(mine.values_list("term", flat=True))
    if gone := stored - wanted:
        mine.filter(term__in=gone).delete()
    SearchTerm.unscoped.bulk_create(_rows(user, wanted - stored), ignore_conflicts=True)


def write_first_search_terms(user: User) -> None:
    """`refresh` for a user who was inserted in this transaction, without looking for old terms."""
    bulk_inserts.insert_row(*_rows(user, terms_of(user)))


def refresh_many_search_terms(users: Iterable[User]) -> None:
    """`refresh` for users that have no terms yet, in few statements."""
    rows = [row for user in users for row in _rows(user, terms_of(user))]
    SearchTerm.unscoped.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def terms_of(user: User) -> set[str]:
    """Each word of the display name, the whole name, and every name and address (USR-7)."""
    words = user.display_name.split()
    texts = [
        *words,
        *(" ".join(words[index:]) for index in range(len(words))),
        user.given_name,
        user.surname,
        user.user_principal_name,
        *user.addresses,
    ]
    return {text.strip().casefold()[:MAXIMUM_TERM] for text in texts if text.strip()}


def _rows(user: User, terms: Iterable[str]) -> list[SearchTerm]:
    return [SearchTerm(tenant=user.tenant, user=user, term=term) for term in sorted(terms)]
