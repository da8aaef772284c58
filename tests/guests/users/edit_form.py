"""The form *Edit properties* as a browser fills and sends it (USR-18)."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from guests.models import User
from portal.audit.models import AuditEvent

INPUT = re.compile(r"<(input|select|textarea)\b([^>]*)>(?:(.*?)</\1>)?", re.DOTALL)


def url_of(user: User) -> str:
    return f"/users/{user.pk}/properties/edit/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def values_in(html: str) -> dict[str, Any]:
    """What a browser would send of the form, buttons and searches left out."""
    form = html[html.index('id="edit"') :]
    form = form[: form.index("</form>")]
    found: dict[str, Any] = {}
    for tag, attributes, inner in INPUT.findall(form):
        named = dict(re.findall(r'([a-z-]+)="([^"]*)"', attributes))
        if "name" not in named or "disabled" in attributes or named["name"].endswith("-search"):
            continue
        if named.get("type") == "checkbox" and "checked" not in attributes:
            continue
        if tag == "select":
            chosen = re.search(r'value="([^"]*)" selected', inner)
            value = chosen[1] if chosen else ""
        else:
            value = named.get("value", "on" if named.get("type") == "checkbox" else "")
        name = named["name"]
        if name.endswith(("manager", "sponsors")):
            found.setdefault(name, []).append(value)
        else:
            found[name] = unescape(value)
    return found


def save(client: Client, user: User, **changes: Any) -> Any:
    sent = values_in(text(client.get(url_of(user)))) | changes
    return client.post(url_of(user), {**sent, "go": "save"})


def events(user: User) -> list[str]:
    rows = AuditEvent.objects.of(user.tenant).filter(target_id=str(user.pk))
    return list(
        rows.exclude(actor_id=None).values_list("activity", flat=True).order_by("created_at")
    )


def row(user: User) -> dict[str, Any]:
    return dict(User.unscoped.values().get(pk=user.pk))
