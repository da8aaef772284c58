"""What All users shows about signing in: the expected method of each guest (BET-1, HRD-6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.html import conditional_escape

from identityproviders import queries


def expected_methods(request: HttpRequest, users: Sequence[Any]) -> dict[Any, str]:
    """The label of the method for the external users of one page, by primary key."""
    if not users:
        return {}
    found = queries.methods_of(users[0].tenant, users)
    return {pk: conditional_escape(decision.label) for pk, decision in found.items()}
