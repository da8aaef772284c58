"""How an app takes part in another one."""

from __future__ import annotations

import pytest

from portal.hooks import Hook


def test_values_come_by_order_and_then_by_name() -> None:
    hook: Hook[str] = Hook("letters")
    hook.register("c", "C")
    hook.register("b", "B")
    hook.register("a", "A", order=200)
    hook.register("d", "D", order=10)

    assert list(hook) == ["D", "B", "C", "A"]


def test_registering_a_name_again_replaces_its_value() -> None:
    hook: Hook[int] = Hook("numbers")
    hook.register("one", 1)
    hook.register("one", 11)

    assert list(hook) == [11]
    assert hook["one"] == 11


def test_unknown_name_has_no_value() -> None:
    hook: Hook[int] = Hook("numbers")
    hook.register("one", 1)
    hook.unregister("one")

    assert hook.get("one") is None
    with pytest.raises(KeyError):
        hook["one"]
