"""Sessions are stored under a hash (SEC-64)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.db import connections

from portal.security.sessions import SessionStore, stored_key

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SEC-64")]


def new_session(**values: str) -> SessionStore:
    session = SessionStore()
    session.update(values)
    session.create()
    session.save()
    return session


def test_the_table_does_not_hold_what_the_cookie_says() -> None:
    session = new_session(color="blue")

    row = Session.objects.get()

    assert session.session_key
    assert row.pk == stored_key(session.session_key)
    assert session.session_key not in row.pk
    assert len(row.pk) == 40


def test_the_value_of_a_row_opens_no_session() -> None:
    new_session(color="blue")

    stolen = SessionStore(Session.objects.get().pk)

    assert stolen.load() == {}
    assert stolen.session_key is None


def test_the_value_of_the_cookie_opens_the_session() -> None:
    session = new_session(color="blue")

    assert SessionStore(session.session_key)["color"] == "blue"
    assert SessionStore().exists(session.session_key or "")


def test_a_deleted_session_is_gone() -> None:
    session = new_session(color="blue")

    session.delete()

    assert not Session.objects.exists()


def test_cycling_the_key_ends_the_old_one() -> None:
    session = new_session(color="blue")
    old = session.session_key or ""

    session.cycle_key()

    assert session.session_key != old
    assert not SessionStore().exists(old)
    assert SessionStore(session.session_key)["color"] == "blue"
    assert Session.objects.count() == 1


def test_flushing_removes_the_row_and_the_key() -> None:
    session = new_session(color="blue")

    session.flush()

    assert session.session_key is None
    assert not Session.objects.exists()


async def _asynchronous_round() -> tuple[str | None, bool, bool]:
    session = SessionStore()
    await session.aset("color", "blue")
    await session.acreate()
    await session.asave()
    key = session.session_key or ""
    color = await SessionStore(key).aget("color")
    existed = await session.aexists(key)
    await session.adelete()
    return color, existed, await session.aexists(key)


@pytest.mark.django_db(transaction=True)
def test_asynchronous_methods_hash_as_well() -> None:
    # In a thread of its own: a browser that another test started leaves an event loop in ours.
    with ThreadPoolExecutor(1) as thread:
        outcome = thread.submit(_in_a_new_loop).result()

    assert outcome == ("blue", True, False)


def _in_a_new_loop() -> tuple[str | None, bool, bool]:
    try:
        return async_to_sync(_asynchronous_round)()
    finally:
        connections.close_all()
