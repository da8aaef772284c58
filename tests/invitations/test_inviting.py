"""Inviting: the checks of T18 in their order, and what an invitation makes (INV-1 to INV-14)."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from guests.models import ExternalUserState, Sponsorship, User, UserType
from invitations import limits, tickets
from invitations.actions import inviting
from invitations.actions.inviting import Note, QuotaSpent
from invitations.checks import DomainRefused
from invitations.models import Invitation, InvitationStatus, OrganizationAccess
from portal.audit.models import AuditEvent, Result
from portal.errors import DomainError, InvalidInput, NotAllowed, TooSoon
from portal.outbox.models import OutgoingMail
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.invitations.conftest import (
    NICOLE,
    TARGET,
    Invite,
    SetPolicy,
    later,
    mails_of,
)

pytestmark = pytest.mark.django_db

Fault = dict[str, Any]


def counts() -> tuple[int, ...]:
    """Everything that a refused invitation must not leave (INF-2)."""
    rows = (User, Sponsorship, Invitation, OutgoingMail)
    return tuple(model.unscoped.count() for model in rows)


def audited(tenant: Tenant, activity: str = "Invite external user") -> list[AuditEvent]:
    return list(AuditEvent.objects.of(tenant).filter(activity=activity).order_by("created_at"))


# What an invitation makes


@pytest.mark.rule("INV-1", "INV-3", "INV-6", "DIR-25", "REL-1", "AUD-1")
def test_an_invitation_makes_guest_sponsor_invitation_mail_and_audit_row(
    invite: Invite, ada: User, fabrikam: Tenant
) -> None:
    result = invite(display_name="Nicole", message="Welcome")

    nicole = result.user
    assert (nicole.mail, nicole.display_name, nicole.user_type) == (NICOLE, "Nicole", "Guest")
    assert nicole.external_user_state == ExternalUserState.PENDING
    assert not nicole.has_usable_password()
    assert not nicole.identities.exists()
    assert [row.sponsor for row in nicole.sponsorships.all()] == [ada]
    assert result.invitation.status == InvitationStatus.PENDING
    assert result.invitation.inviter == ada
    assert [mail.recipient for mail in mails_of(result.invitation)] == [NICOLE]
    assert (result.is_new, result.is_mail_queued, result.notes) == (True, True, ())
    [event] = audited(fabrikam)
    assert event.result == Result.SUCCESS
    assert (event.actor_id, event.target_id) == (ada.pk, str(nicole.pk))
    assert tickets.ticket_of(result.invitation) not in repr(vars(event))


@pytest.mark.rule("DIR-25", "T9")
def test_chosen_sponsors_take_the_inviters_place(invite: Invite, member: User) -> None:
    assert [s.sponsor for s in invite(sponsors=[member]).user.sponsorships.all()] == [member]


@pytest.mark.rule("T9")
def test_without_a_name_the_local_part_stands_in(invite: Invite) -> None:
    assert invite().user.display_name == "nicole"


@pytest.mark.rule("INV-5", "INV-23")
def test_without_sending_there_is_a_link_and_no_mail(invite: Invite) -> None:
    result = invite(is_mail_wanted=False)
    assert OutgoingMail.unscoped.count() == 0
    assert not result.is_mail_queued
    assert "/redeem/" in result.redeem_url


@pytest.mark.rule("INV-10", "SEC-97", "T21")
def test_each_cc_recipient_gets_a_copy_of_their_own_once(invite: Invite) -> None:
    cc = ["Boss@Partner.example", "boss@partner.example", NICOLE, "two@partner.example"]
    invitation = invite(cc=cc).invitation
    assert [m.recipient for m in mails_of(invitation)] == [NICOLE]
    copies = {m.recipient for m in mails_of(invitation, copies=True)}
    assert copies == {"boss@partner.example", "two@partner.example"}


@pytest.mark.rule("INV-14", "SEC-85")
def test_a_plus_tag_is_an_address_of_its_own(invite: Invite) -> None:
    tagged = invite("nicole+work@firstupconsultants.com")
    assert tagged.is_new
    assert invite().user != tagged.user


@pytest.mark.rule("INV-8", "BET-7")
def test_an_inviter_without_mail_is_told_that_the_message_is_left_out(
    invite: Invite, fabrikam: Tenant
) -> None:
    silent = MemberFactory(tenant=fabrikam, roles=(Role.GUEST_INVITER,), mail="")
    assert invite(by=silent, message="Hello").notes == (Note.MESSAGE_DROPPED,)
    assert invite("two@partner.example", by=silent).notes == ()


# T18, row by row


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


@pytest.mark.rule("AUD-1", "T18")
def test_a_refused_inviter_leaves_an_audit_row(
    invite: Invite, member: User, fabrikam: Tenant, set_policy: SetPolicy
) -> None:
    set_policy(allow_invites_from="adminsAndGuestInviters")
    with pytest.raises(NotAllowed):
        invite(by=member)
    [event] = audited(fabrikam)
    assert (event.result, event.actor_id) == (Result.FAILURE, member.pk)
    assert NICOLE not in repr(vars(event))


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


@pytest.mark.rule("EX-28", "T15", "COL-3", "COL-4")
@pytest.mark.parametrize(
    ("choice", "may"),
    [
        ("everyone", {"guest", "member", "inviter", "administrator"}),
        ("adminsGuestInvitersAndAllMembers", {"member", "inviter", "administrator"}),
        ("adminsAndGuestInviters", {"inviter", "administrator"}),
        ("none", set[str]()),
    ],
)
def test_ex_28_the_guest_invite_setting_decides_at_once(
    invite: Invite,
    fabrikam: Tenant,
    member: User,
    inviter: User,
    ada: User,
    set_policy: SetPolicy,
    choice: str,
    may: set[str],
) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address="gus@partner.example")
    people = {"guest": guest, "member": member, "inviter": inviter, "administrator": ada}
    set_policy(allow_invites_from=choice)
    allowed = set()
    for number, (name, person) in enumerate(people.items()):
        try:
            invite(f"person{number}@partner.example", by=person)
        except NotAllowed:
            continue
        allowed.add(name)
    assert allowed == may


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


@pytest.mark.rule("INV-9", "SEC-28")
def test_inviting_as_member_needs_an_administrator(
    invite: Invite, inviter: User, member: User
) -> None:
    for person in (inviter, member):
        with pytest.raises(NotAllowed):
            invite(by=person, user_type="Member")
    with pytest.raises(InvalidInput):
        invite(user_type="Owner")
    assert invite(user_type="Member").user.user_type == UserType.MEMBER


@pytest.mark.rule("SEC-28", "SEC-81")
@pytest.mark.parametrize(
    "name", ["account_enabled", "tenant", "id", "external_user_state", "roles", "password", "mail"]
)
def test_a_profile_sets_nothing_but_the_properties_of_t2(invite: Invite, name: str) -> None:
    with pytest.raises(TypeError), transaction.atomic():
        invite(profile={name: "x"})
    assert Invitation.unscoped.count() == 0


@pytest.mark.rule("DIR-25", "SEC-79", "INF-2")
def test_sponsors_are_five_at_most_and_of_the_same_tenant(
    invite: Invite, fabrikam: Tenant, contoso: Tenant
) -> None:
    six = [MemberFactory(tenant=fabrikam) for _ in range(6)]
    for sponsors in (six, [MemberFactory(tenant=contoso)]):
        before = counts()
        with pytest.raises(InvalidInput) as refused:
            invite(sponsors=sponsors)
        assert refused.value.field == "sponsors"
        assert counts() == before
    assert len(invite(sponsors=six[:5]).user.sponsorships.all()) == 5


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


@pytest.mark.rule("T21", "SEC-32")
def test_five_hundred_invitations_an_hour_and_no_more(
    invite: Invite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "INVITATIONS_PER_HOUR", 3)
    start = timezone.now()
    for number in range(3):
        with time_machine.travel(start + timezone.timedelta(minutes=number), tick=False):
            invite(f"p{number}@x.example")
    with time_machine.travel(start + timezone.timedelta(minutes=10), tick=False):
        with pytest.raises(TooSoon) as refused:
            invite("p3@x.example")
        assert 49 * 60 < refused.value.retry_after <= 50 * 60 + 1
    with time_machine.travel(start + timezone.timedelta(seconds=3601), tick=False):
        assert invite("p3@x.example").is_new


# Addresses that are known already


def columns(user: User) -> dict[str, object]:
    return User.unscoped.filter(pk=user.pk).values().get()


@pytest.mark.rule("INV-12", "SEC-29")
def test_a_pending_guest_keeps_object_ticket_and_state_and_gets_a_new_mail(
    invite: Invite, ada: User
) -> None:
    first = invite(display_name="Nicole")
    ticket = tickets.ticket_of(first.invitation)
    later(first.invitation, minutes=10)
    before = columns(first.user)

    again = invite(
        "NICOLE@firstupconsultants.com", display_name="Evil", user_type="Member", message="Again"
    )

    assert (again.is_new, again.user, again.invitation) == (False, first.user, first.invitation)
    assert again.notes == (Note.ALREADY_INVITED,)
    assert again.invitation.message == "Again"
    assert tickets.ticket_of(again.invitation) == ticket
    assert columns(first.user) == before
    assert [m.recipient for m in mails_of(first.invitation)] == [NICOLE, NICOLE]


@pytest.mark.rule("INV-12", "SEC-29", "SEC-97")
def test_an_accepted_guest_stays_as_they_are_and_gets_no_mail(
    invite: Invite, fabrikam: Tenant
) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    before = columns(guest)

    result = invite(display_name="Evil", user_type="Member")

    assert (result.user, result.is_new, result.is_mail_queued) == (guest, False, False)
    assert result.invitation.status == InvitationStatus.COMPLETED
    assert result.notes == (Note.ALREADY_ACCEPTED,)
    assert OutgoingMail.unscoped.count() == 0
    assert columns(guest) == before
    assert invite().invitation == result.invitation


@pytest.mark.rule("INV-12", "INV-21")
def test_an_internal_users_address_is_refused_with_the_way_that_works(
    invite: Invite, fabrikam: Tenant
) -> None:
    MemberFactory(tenant=fabrikam, display_name="Ines", mail=NICOLE)
    with pytest.raises(InvalidInput, match="Ines has this address"):
        invite()


@pytest.mark.rule("INV-13")
def test_the_address_of_a_deleted_guest_is_invited_as_new(invite: Invite, fabrikam: Tenant) -> None:
    gone = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    User.unscoped.filter(pk=gone.pk).update(deleted_at=timezone.now())
    result = invite()
    assert result.is_new
    assert result.user != gone


@pytest.mark.rule("INV-12", "SEC-79")
def test_the_same_address_at_another_tenant_is_another_guest(
    invite: Invite, contoso: Tenant
) -> None:
    other = GuestFactory(tenant=contoso, address=NICOLE)
    assert invite().user != other


@pytest.mark.rule("REL-23")
def test_the_same_again_within_a_minute_sends_no_second_mail(invite: Invite) -> None:
    first = invite()
    again = invite()
    assert (again.invitation, again.notes) == (first.invitation, (Note.REPEATED,))
    assert len(mails_of(first.invitation)) == 1
    later(first.invitation, seconds=61)
    assert invite().is_mail_queued


@pytest.mark.rule("T21", "REL-23", "SEC-32")
def test_inviting_again_counts_as_a_resend(invite: Invite) -> None:
    first = invite()
    later(first.invitation, minutes=2)
    invite()
    later(first.invitation, minutes=2)
    with pytest.raises(TooSoon) as refused:
        invite()
    assert 170 < refused.value.retry_after <= 181
    assert invite(is_mail_wanted=False).notes == (Note.ALREADY_INVITED,)
    assert len(mails_of(first.invitation)) == 2


# All or nothing


@pytest.mark.rule("REL-1", "INF-2")
@pytest.mark.parametrize("step", ["invitation", "mail", "audit"])
def test_a_failure_at_any_step_leaves_nothing(
    invite: Invite, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    model = {"invitation": Invitation, "mail": OutgoingMail, "audit": AuditEvent}[step]
    monkeypatch.setattr(model, "save", fail)
    before = counts()
    with pytest.raises(ZeroDivisionError):
        invite()
    assert counts() == before


@pytest.mark.rule("SEC-21", "SEC-62")
def test_the_link_is_built_from_the_portals_own_address(invite: Invite, settings: Any) -> None:
    settings.PORTAL_BASE_URL = "https://portal.example"
    invitation = invite().invitation
    ticket = tickets.ticket_of(invitation)
    assert inviting.redeem_url(invitation) == f"https://portal.example/redeem/{ticket}/"
