"""The draft of a redemption order: what is on, in which place (T16, CTA-3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from identityproviders.discovery.decide import Primary
from identityproviders.discovery.redemption_order import OrderDraft, order_differences
from identityproviders.models import RedemptionOrder
from portal.audit.log import Change

pytestmark = pytest.mark.rule("CTA-3", "T16")

ORG, FED, SOCIAL = Primary


def test_the_default_has_every_method_in_the_order_of_the_table() -> None:
    order = OrderDraft().order

    assert order.primary == (ORG, FED, SOCIAL)
    assert (order.microsoft_account_fallback, order.passcode_fallback) == (True, True)


def test_what_is_off_keeps_its_place_and_is_not_asked() -> None:
    draft = OrderDraft(((SOCIAL, True), (ORG, False), (FED, True)), passcode_fallback=False)

    assert draft.order.primary == (SOCIAL, FED)
    assert (draft.order.microsoft_account_fallback, draft.order.passcode_fallback) == (True, False)


def test_a_draft_is_stored_and_read_as_it_was() -> None:
    draft = OrderDraft(((SOCIAL, True), (ORG, False), (FED, True)), False, True)

    assert draft.columns == {
        "primary": [
            {"name": SOCIAL.value, "enabled": True},
            {"name": ORG.value, "enabled": False},
            {"name": FED.value, "enabled": True},
        ],
        "microsoft_account_fallback": False,
        "passcode_fallback": True,
    }
    assert OrderDraft.of(RedemptionOrder(**draft.columns)) == draft
    other = replace(draft, microsoft_account_fallback=True, passcode_fallback=False)
    assert OrderDraft.of(RedemptionOrder(**other.columns)) == other


@pytest.mark.parametrize(
    ("name", "by", "expected"),
    [
        (FED, -1, (FED, ORG, SOCIAL)),
        (FED, 1, (ORG, SOCIAL, FED)),
        (ORG, 1, (FED, ORG, SOCIAL)),
        (SOCIAL, -1, (ORG, SOCIAL, FED)),
        (ORG, -1, (ORG, FED, SOCIAL)),
        (SOCIAL, 1, (ORG, FED, SOCIAL)),
    ],
)
def test_a_method_moves_one_place_and_not_beyond_the_ends(
    name: Primary, by: int, expected: tuple[Primary, ...]
) -> None:
    moved = OrderDraft(passcode_fallback=False).moved(name, by)

    assert moved.order.primary == expected
    assert not moved.passcode_fallback


@pytest.mark.rule("AUD-1")
def test_the_log_names_both_lists_before_and_after() -> None:
    after = OrderDraft(((SOCIAL, True), (ORG, False), (FED, True)), passcode_fallback=False)

    assert order_differences(None, after) == [
        Change("PrimaryIdentityProviderPrecedenceOrder", None, [SOCIAL.value, FED.value]),
        Change("FallbackIdentityProvider", None, [after.order.fallbacks[0].value]),
    ]
    primary, fallbacks = order_differences(OrderDraft(), None)
    assert (primary.old, primary.new) == ([one.value for one in Primary], None)
    both = [one.value for one in OrderDraft().order.fallbacks]
    assert (fallbacks.old, fallbacks.new) == (both, None)
    assert len(both) == 2
