"""Session store in the database, under the hash of the cookie (SEC-64)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, cast

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone


def stored_key(session_key: str) -> str:
    """The primary key of a session's row: SHA-256 of the cookie's value, 40 characters.

    Base 85, because the column of `django.contrib.sessions` holds 40 characters, exactly what
    the 256 bits take.
    """
    return base64.b85encode(hashlib.sha256(session_key.encode()).digest()).decode("ascii")


class SessionStore(db.SessionStore):
    """Django's database sessions; a copy of the table does not open any of them."""

    def _get_session_from_db(self) -> Session | None:
        session = self._live().filter(session_key=self._row_key()).first()
        if session is None:
            self._session_key = None
        return session

    async def _aget_session_from_db(self) -> Session | None:
        session = await self._live().filter(session_key=self._row_key()).afirst()
        if session is None:
            self._session_key = None
        return session

    def exists(self, session_key: str) -> bool:
        """Whether a session lives under this cookie value."""
        return super().exists(stored_key(session_key))

    async def aexists(self, session_key: str) -> bool:
        """Whether a session lives under this cookie value."""
        return await super().aexists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to write for the current state."""
        session = cast(Session, super().create_model_instance(data))
        session.session_key = stored_key(session.session_key)
        return session

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to write for the current state."""
        session = cast(Session, await super().acreate_model_instance(data))
        session.session_key = stored_key(session.session_key)
        return session

    def delete(self, session_key: str | None = None) -> None:
        """End the session of this cookie value, or the current one."""
        key = session_key or self.session_key
        if key is not None:
            super().delete(stored_key(key))

    async def adelete(self, session_key: str | None = None) -> None:
        """End the session of this cookie value, or the current one."""
        key = session_key or self.session_key
        if key is not None:
            await super().adelete(stored_key(key))

    def _row_key(self) -> str:
        return stored_key(self.session_key or "")

    def _live(self) -> QuerySet[Session]:
        return Session.objects.filter(expire_date__gt=timezone.now())
