"""Inviting: T18 in its order, what is created, what is not (INV-1 to INV-14)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from guests.models import Sponsorship, User
from invitations.blocking.actions import block_invitations
from invitations.blocking.tokens import Blockable
from invitations.inviting import actions as inviting_actions
from invitations.inviting.checks import DomainRefused
from invitations.inviting.guest_quota import QuotaSpent
from invitations.inviting.invite_notes import InviteNote
from invitations.lifecycle.actions import revoke_invitation
from invitations.models import Invitation, InvitationStatus, OrganizationAccess
from portal.audit import log
from portal.audit.models import AuditEvent
from portal.errors import InvalidInput, NotAllowed, TooSoon
from portal.outbox.models import OutgoingMail
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, TARGET, Invite, SetPolicy, later, mails_of
from tests.support.inviting import invite_guest, send_invitations


def refused_field(invite: Invite, address: str = NICOLE, **values: Any) -> str:
    with pytest.raises(InvalidInput) as refusal:
        invite(address, **values)
    return refusal.value.field


def activities(tenant: Tenant) -> list[tuple[str, str]]:
    rows = AuditEvent.objects.of(tenant).order_by("created_at", "id")
    return list(
        rows.exclude(activity__in=["Add user", "Add member to role"]).values_list(
            "activity", "result"
        )
    )


@pytest.mark.rule("INV-1", "INV-3", "INF-2", "DIR-20", "DIR-25", "REL-1", "AUD-1", "T23")
def test_inviting_makes_guest_sponsor_invitation_mail_and_audit_row(
    invite: Invite, fabrikam: Tenant, ada: User
) -> None:
    result = invite(display_name="Nicole Wagner", profile={"company_name": "First Up"})

    guest = User.objects.of(fabrikam).get(invited_address_key=NICOLE)
    assert result.user == guest
    assert (guest.display_name, guest.company_name) == ("Nicole Wagner", "First Up")
    assert guest.is_pending
    assert guest.is_guest
    assert not guest.has_usable_password()
    assert guest.creation_type == "Invitation"
    assert [s.sponsor for s in Sponsorship.objects.of(fabrikam).filter(guest=guest)] == [ada]
    assert result.invitation.status == InvitationStatus.PENDING
    assert (result.is_new, result.is_mail_queued, result.notes) == (True, True, ())
    assert [m.recipient for m in mails_of(result.invitation)] == [NICOLE]
    assert activities(fabrikam) == [("Invite external user", "success")]


@pytest.mark.rule("INV-5", "INF-3")
def test_without_sending_the_inviter_gets_the_link(invite: Invite) -> None:
    result = invite(is_mail_wanted=False)

    assert not result.is_mail_queued
    assert mails_of(result.invitation) == []
    assert "/redeem/" in result.redeem_url


@pytest.mark.rule("T9")
def test_the_local_part_stands_in_for_a_missing_name(invite: Invite) -> None:
    assert invite().user.display_name == "nicole"


EVERYONE, MEMBERS = "everyone", "adminsGuestInvitersAndAllMembers"
ROLES, NOBODY = "adminsAndGuestInviters", "none"


@pytest.mark.rule("EX-28", "T15", "ROL-4", "T18", "COL-3")
@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        (EVERYONE, {"ada", "inviter", "member", "guest"}),
        (MEMBERS, {"ada", "inviter", "member"}),
        (ROLES, {"ada", "inviter"}),
        (NOBODY, set()),
    ],
)
def test_who_may_invite(
    invite: Invite,
    set_policy: SetPolicy,
    fabrikam: Tenant,
    ada: User,
    inviter: User,
    member: User,
    policy: str,
    allowed: set[str],
) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam)
    set_policy(allow_invites_from=policy)
    people = {"ada": ada, "inviter": inviter, "member": member, "guest": guest}

    done = set()
    for name, person in people.items():
        try:
            invite(f"{name}@partner.example", by=person)
        except NotAllowed:
            continue
        done.add(name)

    assert done == allowed


@pytest.mark.rule("AUD-1", "SEC-103")
def test_a_refusal_for_lack_of_rights_is_logged_and_creates_nothing(
    invite: Invite, set_policy: SetPolicy, fabrikam: Tenant, member: User
) -> None:
    set_policy(allow_invites_from=ROLES)

    with pytest.raises(NotAllowed):
        invite(by=member)

    assert activities(fabrikam) == [("Invite external user", "failure")]
    assert not Invitation.objects.of(fabrikam).exists()
    assert not User.objects.of(fabrikam).external().exists()


@pytest.mark.rule("SEC-80", "SEC-79")
def test_nobody_invites_into_another_organization(contoso: Tenant, ada: User) -> None:
    with pytest.raises(NotAllowed):
        invite_guest(contoso, by=ada, address=NICOLE, redirect_url=TARGET)
    assert not AuditEvent.objects.of(contoso).exists()


@pytest.mark.rule("INV-9", "SEC-28", "T17")
def test_inviting_as_member_needs_an_administrator(
    invite: Invite, ada: User, inviter: User
) -> None:
    with pytest.raises(NotAllowed):
        invite(by=inviter, user_type="Member")
    assert refused_field(invite, user_type="Owner") == "user_type"

    assert invite(user_type="Member").user.user_type == "Member"


@pytest.mark.rule("T18", "SEC-84")
@pytest.mark.parametrize(
    "text",
    ["", "nicole", "Nicole <n@partner.example>", "a@b.example, c@d.example", "a@b", '"a"@b.c'],
)
def test_one_bare_address_is_needed(invite: Invite, text: str) -> None:
    assert refused_field(invite, text) == "email"


@pytest.mark.rule("INV-11", "T18")
@pytest.mark.parametrize("text", ["x@fabrikam.com", "x@FABRIKAM.com", "x@fabrikam.onmicrosoft.com"])
def test_the_own_organizations_addresses_are_no_guests(invite: Invite, text: str) -> None:
    assert refused_field(invite, text) == "email"


@pytest.mark.rule("COL-10", "COL-12", "SEC-30", "T18")
def test_a_denied_domain_is_refused_whatever_its_writing(
    invite: Invite, set_policy: SetPolicy, fabrikam: Tenant
) -> None:
    set_policy(restriction="deny", listed=["xn--bcher-kva.example"])
    for text in ("a@bücher.example", "a@BÜCHER.example", "a@xn--bcher-kva.example"):
        with pytest.raises(DomainRefused):
            invite(text)
    assert not User.objects.of(fabrikam).external().exists()


@pytest.mark.rule("CTA-1", "CTA-2", "T18")
def test_an_inbound_block_is_refused(invite: Invite, fabrikam: Tenant) -> None:
    OrganizationAccess.objects.create(
        tenant=fabrikam, domain="firstupconsultants.com", is_inbound_allowed=False
    )
    assert refused_field(invite) == "email"


@pytest.mark.rule("T18", "SEC-60")
@pytest.mark.parametrize(
    "url", ["", "http://fabrikam.com", "javascript:alert(1)", "//fabrikam.com"]
)
def test_the_redirect_url_must_be_one(invite: Invite, url: str) -> None:
    assert refused_field(invite, redirect_url=url) == "redirect_url"


@pytest.mark.rule("INV-12", "T18")
def test_an_internal_user_is_refused_with_a_hint(invite: Invite, fabrikam: Tenant) -> None:
    MemberFactory(tenant=fabrikam, display_name="Ines", email="ines@fabrikam.com", mail=NICOLE)

    with pytest.raises(InvalidInput, match=r"Ines .* internal user.*B2B collaboration"):
        invite()


@pytest.mark.rule("INV-12", "SEC-29", "INV-7")
def test_an_accepted_guest_stays_as_they_are_and_gets_no_mail(
    invite: Invite, fabrikam: Tenant
) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE, company_name="First Up")
    before = model_to_dict(User.unscoped.get(pk=guest.pk))

    result = invite(
        NICOLE.upper(), display_name="Mallory", user_type="Member", profile={"job_title": "CEO"}
    )

    assert result.user == guest
    assert (result.is_new, result.is_mail_queued) == (False, False)
    assert result.notes == (InviteNote.ALREADY_ACCEPTED,)
    assert result.invitation.status == InvitationStatus.COMPLETED
    assert model_to_dict(User.unscoped.get(pk=guest.pk)) == before
    assert not OutgoingMail.objects.of(fabrikam).exists()
    assert invite().invitation == result.invitation


@pytest.mark.rule("INV-12", "SEC-29", "SEC-97")
def test_a_pending_guest_gets_a_new_mail_and_keeps_object_and_ticket(
    invite: Invite, inviter: User
) -> None:
    first = invite("Nicole@firstupconsultants.com", display_name="Nicole")
    before = model_to_dict(User.unscoped.get(pk=first.user.pk))
    later(first.invitation, minutes=2)

    again = invite(
        "NICOLE@firstupconsultants.com",
        by=inviter,
        display_name="Other",
        redirect_url="https://fabrikam.com/other",
        message="Again",
    )

    assert (again.user, again.invitation) == (first.user, first.invitation)
    assert again.redeem_url == first.redeem_url
    assert again.notes == (InviteNote.ALREADY_INVITED,)
    assert (again.invitation.inviter, again.invitation.message) == (inviter, "Again")
    assert model_to_dict(User.unscoped.get(pk=first.user.pk)) == before
    # To the address as it was first typed, never to the one of this request.
    assert {m.recipient for m in mails_of(again.invitation)} == {"Nicole@firstupconsultants.com"}
    assert len(mails_of(again.invitation)) == 2


@pytest.mark.rule("INV-12", "SEC-32", "T21")
def test_inviting_again_cannot_get_round_the_limit_of_resending(invite: Invite) -> None:
    first = invite().invitation
    later(first, minutes=2)
    invite()
    later(first, minutes=2)

    with pytest.raises(TooSoon) as refusal:
        invite()
    assert 0 < refusal.value.retry_after <= 181


@pytest.mark.rule("INV-12", "SEC-23")
def test_a_guest_whose_invitation_was_revoked_gets_a_new_one(invite: Invite, ada: User) -> None:
    first = invite()
    revoke_invitation(first.invitation, by=ada)

    again = invite()

    assert again.user == first.user
    assert again.invitation != first.invitation
    assert again.redeem_url != first.redeem_url


@pytest.mark.rule("INV-13")
def test_a_deleted_guest_is_invited_as_a_new_object(invite: Invite, fabrikam: Tenant) -> None:
    gone = GuestFactory(tenant=fabrikam, address=NICOLE)
    User.unscoped.filter(pk=gone.pk).update(deleted_at=timezone.now())

    result = invite()

    assert result.is_new
    assert result.user.pk != gone.pk


@pytest.mark.rule("INV-14")
def test_a_plus_address_is_an_address_of_its_own(invite: Invite) -> None:
    one, other = invite("nicole+a@partner.example"), invite("nicole@partner.example")
    assert one.user != other.user


@pytest.mark.rule("T18", "T21")
def test_the_quota_of_guests_is_kept(invite: Invite, fabrikam: Tenant) -> None:
    fabrikam.guest_quota = 1
    fabrikam.save()
    invite("one@partner.example")

    with pytest.raises(QuotaSpent):
        invite("two@partner.example")
    assert User.objects.of(fabrikam).external().count() == 1


@pytest.mark.rule("SEC-32", "T21")
def test_five_hundred_invitations_an_hour(invite: Invite, ada: User, inviter: User) -> None:
    first = invite("one@partner.example").invitation
    send_invitations(ada, 499)

    with pytest.raises(TooSoon) as refusal:
        invite("more@partner.example")
    assert 3590 <= refusal.value.retry_after <= 3601
    assert invite("other@partner.example", by=inviter).is_new

    Invitation.unscoped.filter(pk=first.pk).update(
        created_at=timezone.now() - timedelta(hours=1, seconds=1)
    )
    assert invite("more@partner.example").is_new


@pytest.mark.rule("SEC-32", "T21")
def test_a_revoked_invitation_still_counts_within_its_hour(invite: Invite, ada: User) -> None:
    first = invite("one@partner.example").invitation
    send_invitations(ada, 499)
    revoke_invitation(first, by=ada)

    with pytest.raises(TooSoon) as refusal:
        invite("more@partner.example")
    assert 3590 <= refusal.value.retry_after <= 3601


@pytest.mark.rule("SEC-32", "T21")
def test_a_new_invitation_after_a_revocation_is_under_the_hourly_limit_too(
    invite: Invite, ada: User
) -> None:
    first = invite("one@partner.example").invitation
    send_invitations(ada, 498)
    revoke_invitation(first, by=ada)

    again = invite("one@partner.example").invitation
    revoke_invitation(again, by=ada)

    with pytest.raises(TooSoon) as refusal:
        invite("one@partner.example")
    assert 3590 <= refusal.value.retry_after <= 3601
    assert Invitation.unscoped.filter(user=first.user).count() == 2


@pytest.mark.rule("EX-16", "INV-16", "SEC-33", "T23")
def test_ex_16_a_blocked_address_is_invited_without_mail(invite: Invite, fabrikam: Tenant) -> None:
    block_invitations(Blockable(fabrikam, NICOLE))

    result = invite()

    assert result.is_new
    assert not result.is_mail_queued
    assert result.notes == (InviteNote.MAIL_SUPPRESSED,)
    assert mails_of(result.invitation) == []
    assert ("Email not sent, user unsubscribed", "success") in activities(fabrikam)


@pytest.mark.rule("INV-8", "BET-7")
def test_an_inviter_without_address_hears_that_the_message_is_dropped(
    invite: Invite, fabrikam: Tenant
) -> None:
    nobody = MemberFactory(tenant=fabrikam, display_name="No Mail", mail="")

    assert invite(by=nobody, message="Hello").notes == (InviteNote.MESSAGE_DROPPED,)
    assert invite("b@partner.example", by=nobody).notes == ()


@pytest.mark.rule("SEC-31", "T21")
def test_messages_have_5000_characters_and_no_controls(invite: Invite) -> None:
    assert refused_field(invite, message="x" * 5001) == "message"
    assert refused_field(invite, message="a\x00b") == "message"
    assert refused_field(invite, message="a\u202eb") == "message"
    result = invite(message="one\r\ntwo\tthree\n" + "ü" * 4900)
    assert result.invitation.message.startswith("one\ntwo\tthree\n")


@pytest.mark.rule("INV-10", "SEC-97", "T21")
def test_cc_recipients_get_messages_of_their_own(invite: Invite) -> None:
    result = invite(cc=["boss@partner.example", "BOSS@partner.example", NICOLE])

    assert [m.recipient for m in mails_of(result.invitation)] == [NICOLE]
    copies = mails_of(result.invitation, copies=True)
    assert [m.recipient.lower() for m in copies] == ["boss@partner.example"]
    assert refused_field(invite, "b@x.example", cc=["nobody"]) == "cc"
    assert refused_field(invite, "b@x.example", cc=[f"a{n}@x.example" for n in range(11)]) == "cc"


@pytest.mark.rule("REL-23")
def test_the_same_request_again_gives_the_same_invitation_and_no_second_mail(
    invite: Invite, fabrikam: Tenant
) -> None:
    first, again = invite(), invite(NICOLE.title())

    assert again.invitation == first.invitation
    assert again.notes == (InviteNote.REPEATED,)
    assert len(mails_of(first.invitation)) == 1
    assert activities(fabrikam) == [("Invite external user", "success")]


@pytest.mark.rule("INF-2", "REL-1", "DIR-25")
def test_a_refused_sponsor_leaves_nothing_behind(
    invite: Invite, fabrikam: Tenant, contoso: Tenant
) -> None:
    stranger = MemberFactory(tenant=contoso)
    assert refused_field(invite, sponsors=[stranger]) == "sponsors"
    many = [MemberFactory(tenant=fabrikam) for _ in range(6)]
    assert refused_field(invite, sponsors=many) == "sponsors"

    assert not User.objects.of(fabrikam).external().exists()
    assert not OutgoingMail.objects.of(fabrikam).exists()
    assert activities(fabrikam) == []


@pytest.mark.rule("REL-1", "INF-2")
@pytest.mark.parametrize("broken", ["create_guest", "send_invitation", "record"])
def test_a_fault_after_any_statement_leaves_none_of_them(
    invite: Invite, fabrikam: Tenant, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    place: Any = log if broken == "record" else inviting_actions
    real = getattr(place, broken)

    def breaks(*args: Any, **values: Any) -> Any:
        real(*args, **values)
        raise RuntimeError("pulled the plug")

    monkeypatch.setattr(place, broken, breaks)
    with pytest.raises(RuntimeError):
        invite()
    monkeypatch.undo()

    assert not User.objects.of(fabrikam).external().exists()
    assert not Invitation.objects.of(fabrikam).exists()
    assert not OutgoingMail.objects.of(fabrikam).exists()
    assert activities(fabrikam) == []


@pytest.mark.rule("SEC-28", "SEC-81")
@pytest.mark.parametrize(
    "name", ["external_user_state", "account_enabled", "id", "tenant", "password", "mail", "roles"]
)
def test_an_invitation_sets_no_other_property(invite: Invite, name: str) -> None:
    with pytest.raises(TypeError):
        invite(profile={name: "x"})
