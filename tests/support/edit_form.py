"""The form *Edit properties* as a browser fills and sends it (USR-18)."""

from __future__ import annotations

from typing import Any

from django.test import Client

from guests.models import User
from portal.audit.models import AuditEvent
from tests.support.page import read_page


def url_of(user: User) -> str:
    return f"/users/{user.pk}/properties/edit/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def values_in(html: str) -> dict[str, Any]:
    """What a browser would send of the form, buttons and searches left out."""
    found: dict[str, Any] = {}
    for name, value in read_page(html).form("edit").sent:
        if name.endswith("-search"):
            continue
        if name.endswith(("manager", "sponsors")):
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def save(client: Client, user: User, **changes: Any) -> Any:
    form = read_page(client.get(url_of(user))).form("edit")
    return form.submit(client, url_of(user), **changes, go="save")


def events(user: User) -> list[str]:
    rows = AuditEvent.objects.of(user.tenant).filter(target_id=str(user.pk))
    return list(
        rows.exclude(actor_id=None).values_list("activity", flat=True).order_by("created_at")
    )


def row(user: User) -> dict[str, Any]:
    return dict(User.unscoped.values().get(pk=user.pk))
