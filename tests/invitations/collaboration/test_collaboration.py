"""Domain lists and inbound access, as a table (COL-10 to COL-14)."""

from __future__ import annotations

import pytest

from invitations.collaboration.rules import CollaborationRules, Refusal, Restriction, refusal_of

LIST = frozenset({"partner.example", "*.group.example"})
DOMAIN, INBOUND = Refusal.DOMAIN_NOT_ALLOWED, Refusal.INBOUND_BLOCKED
ANY, DENY, ALLOW = Restriction.ANY, Restriction.DENY, Restriction.ALLOW


@pytest.mark.rule("COL-12", "COL-14", "CTA-1", "CTA-2", "T18")
@pytest.mark.parametrize(
    ("restriction", "domain", "default", "organization", "expected"),
    [
        (ANY, "other.example", True, None, None),
        (ANY, "partner.example", True, None, None),
        (ANY, "other.example", False, None, INBOUND),
        (ANY, "other.example", False, True, None),
        (ANY, "other.example", True, False, INBOUND),
        (DENY, "partner.example", True, None, DOMAIN),
        (DENY, "partner.example", False, True, DOMAIN),
        (DENY, "sub.partner.example", True, None, None),
        (DENY, "a.group.example", True, None, DOMAIN),
        (DENY, "b.a.group.example", True, None, DOMAIN),
        (DENY, "group.example", True, None, None),
        (DENY, "notgroup.example", True, None, None),
        (DENY, "other.example", True, None, None),
        (DENY, "other.example", False, None, INBOUND),
        (ALLOW, "partner.example", True, None, None),
        (ALLOW, "partner.example", False, None, None),
        (ALLOW, "partner.example", True, False, INBOUND),
        (ALLOW, "sub.partner.example", True, None, DOMAIN),
        (ALLOW, "a.group.example", True, None, None),
        (ALLOW, "other.example", True, True, DOMAIN),
    ],
)
def test_domain_list_and_inbound_access(
    restriction: Restriction,
    domain: str,
    default: bool,
    organization: bool | None,
    expected: Refusal | None,
) -> None:
    rules = CollaborationRules(
        restriction=restriction,
        listed=LIST if restriction is not ANY else frozenset(),
        is_inbound_allowed=default,
        inbound_by_organization={} if organization is None else {domain: organization},
    )

    assert refusal_of(domain, rules) is expected
