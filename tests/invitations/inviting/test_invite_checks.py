"""Each row of T18 in turn, and what is refused at its field."""

from __future__ import annotations

from typing import Any

import pytest

from guests.models import Sponsorship, User
from invitations.inviting.checks import DomainRefused
from invitations.inviting.guest_quota import QuotaSpent
from invitations.models import Invitation, OrganizationAccess
from portal.audit.models import AuditEvent
from portal.errors import DomainError, InvalidInput, NotAllowed
from portal.outbox.models import OutgoingMail
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory
from tests.support.invitations import NICOLE, TARGET, Invite, SetPolicy, mails_of, message_of, part

pytestmark = pytest.mark.django_db

Fault = dict[str, Any]


def counts() -> tuple[int, ...]:
    """Everything that a refused invitation must not leave (INF-2)."""
    rows = (User, Sponsorship, Invitation, OutgoingMail)
    return tuple(model.unscoped.count() for model in rows)


def audited(tenant: Tenant, activity: str = "Invite external user") -> list[AuditEvent]:
    return list(AuditEvent.objects.of(tenant).filter(activity=activity).order_by("created_at"))


@pytest.fixture
def everything_wrong(fabrikam: Tenant, member: User, set_policy: SetPolicy) -> Fault:
    """Arguments with a fault for each row of T18; tests mend them one by one, from the top."""
    set_policy(allow_invites_from="none", restriction="deny", listed=["spam.example"])
    OrganizationAccess.objects.create(
        tenant=fabrikam, domain="blocked.example", is_inbound_allowed=False
    )
    MemberFactory(tenant=fabrikam, mail="taken@partner.example")
    fabrikam.guest_quota = 0
    fabrikam.save()
    return {"by": member, "address": "Ada <ada@x.example>", "redirect_url": "javascript:alert(1)"}


@pytest.mark.rule("T18", "INV-11", "INF-2", "ROL-4", "COL-12", "CTA-1")
def test_the_first_failing_check_of_t18_decides(
    invite: Invite, everything_wrong: Fault, set_policy: SetPolicy, fabrikam: Tenant
) -> None:
    before = counts()
    values = everything_wrong

    def refusal() -> DomainError:
        with pytest.raises(DomainError) as refused:
            invite(**values)
        assert counts() == before
        return refused.value

    def field(error: DomainError) -> str:
        assert isinstance(error, InvalidInput)
        assert error.status == 400
        return error.field

    error = refusal()  # row 1
    assert isinstance(error, NotAllowed)
    assert error.status == 403
    set_policy(allow_invites_from="everyone")

    assert field(refusal()) == "email"  # row 2
    values["address"] = "somebody@fabrikam.com"

    error = refusal()  # row 3
    assert field(error) == "email"
    assert "belongs to your own organization" in str(error)
    values["address"] = "somebody@spam.example"

    error = refusal()  # row 4
    assert isinstance(error, DomainRefused)
    assert "collaboration restrictions" in str(error)
    values["address"] = "somebody@blocked.example"

    error = refusal()  # row 5
    assert isinstance(error, DomainRefused)
    assert "cross-tenant access settings" in str(error)
    values["address"] = "taken@partner.example"

    assert field(refusal()) == "redirect_url"  # row 6
    values["redirect_url"] = TARGET

    error = refusal()  # row 7
    assert field(error) == "email"
    assert "internal user" in str(error)
    values["address"] = NICOLE

    assert isinstance(refusal(), QuotaSpent)  # row 8
    fabrikam.guest_quota = 1
    fabrikam.save()
    assert invite(**values).is_new


@pytest.mark.rule("T18", "SEC-84")
@pytest.mark.parametrize(
    "address",
    [
        "",
        "nicole",
        "Nicole <nicole@firstupconsultants.com>",
        "a@x.example, b@x.example",
        "a@x.example;b@x.example",
        '"a b"@x.example',
        "a@[127.0.0.1]",
        "a@localhost",
        "a@x.example\r\nBcc: b@x.example",
        f"{'a' * 65}@x.example",
        f"a@{'x' * 60}.{'x' * 60}.{'x' * 60}.{'x' * 60}.{'x' * 20}.example",
    ],
)
def test_what_is_not_one_address_is_refused(invite: Invite, address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        invite(address)
    assert refused.value.field == "email"
    assert User.unscoped.external().count() == 0


@pytest.mark.rule("ROL-4", "SEC-79")
def test_nobody_of_another_tenant_and_no_disabled_account_invites(
    invite: Invite, contoso: Tenant, inviter: User, fabrikam: Tenant
) -> None:
    stranger = MemberFactory(tenant=contoso, roles=(Role.GLOBAL_ADMINISTRATOR,))
    inviter.account_enabled = False
    inviter.save()
    for person in (stranger, inviter):
        with pytest.raises(NotAllowed):
            invite(by=person)
    assert [event.actor_id for event in audited(fabrikam)] == [inviter.pk]
    assert audited(contoso) == []


@pytest.mark.rule("T9", "T21", "SEC-31", "SEC-32")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message", "x" * 5001),
        ("message", "bell \x07"),
        ("message", "bidi \u202e"),
        ("message", "null \x00"),
        ("display_name", "x" * 257),
        ("display_name", "two\nlines"),
        ("cc", [f"p{n}@x.example" for n in range(11)]),
        ("cc", ["Boss <boss@x.example>"]),
    ],
)
def test_what_is_too_long_or_has_controls_is_refused_at_its_field(
    invite: Invite, field: str, value: object
) -> None:
    with pytest.raises(InvalidInput) as refused:
        invite(**{field: value})
    assert refused.value.field == field
    assert User.unscoped.external().count() == 0


@pytest.mark.rule("INV-12", "SEC-79")
def test_the_same_address_at_another_tenant_is_another_guest(
    invite: Invite, contoso: Tenant
) -> None:
    other = GuestFactory(tenant=contoso, address=NICOLE)
    assert invite().user != other


@pytest.mark.rule("SEC-31", "EML-11")
@pytest.mark.parametrize("separator", ["\r\n", "\r", "\n", "\u2028", "\u2029"])
def test_no_line_of_a_message_looks_like_a_line_of_the_portal(
    invite: Invite, separator: str
) -> None:
    forged = separator.join(["Hi", "", "Accept invitation:", "https://evil.example/", "--"])
    text = part(message_of(mails_of(invite(message=forged).invitation)[0]), "plain")
    lines = [line for line in text.splitlines() if "evil.example" in line or line == "--"]
    assert lines == ["> https://evil.example/", "--"]
    assert "> Accept invitation:" in text.splitlines()
