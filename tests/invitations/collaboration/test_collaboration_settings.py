"""External collaboration settings: the blade, its actions, their consequences (COL-1 to COL-14)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import override_settings

from guests.models import User
from invitations.collaboration import access_impact, domain_list
from invitations.collaboration.access_impact import Effect
from invitations.collaboration.actions import (
    PrivacyMissing,
    choose_invite_policy,
    choose_leave,
    proposed_rules,
    restriction_confirmation,
    save_restrictions,
)
from invitations.collaboration.rules import Restriction
from invitations.inviting import checks
from invitations.inviting.errors import RedemptionRefused
from invitations.models import CollaborationPolicy, ListedDomain
from invitations.redemption.actions import redeem_invitation
from portal.audit.models import AuditEvent, Result
from portal.console import navigation
from portal.errors import ChangedMeanwhile, InvalidInput, NotAllowed, NotConfirmed
from portal.permissions import InvitePolicy, Role
from portal.tenants.models import GuestAccess, Tenant
from tests.factories import MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, TARGET, Invite, SetPolicy, proven, signed_in
from tests.support.inviting import invite_guest
from tests.support.page import read_page, words

pytestmark = pytest.mark.django_db

PAGE = "/external-identities/external-collaboration-settings/"
HERS = "firstupconsultants.com"
DENY, ALLOW, ANY = Restriction.DENY, Restriction.ALLOW, Restriction.ANY


def events(name: str) -> list[AuditEvent]:
    return list(AuditEvent.unscoped.filter(activity=name).order_by("created_at"))


def restricted(tenant: Tenant, by: User, kind: Restriction, *names: str) -> None:
    """Save and confirm whatever is asked."""
    values: dict[str, Any] = {"by": by, "version": checks.policy_of(tenant).restriction_version}
    try:
        save_restrictions(tenant, kind, names, **values)
    except NotConfirmed as question:
        token = restriction_confirmation(question.impact, question.discarded)
        save_restrictions(tenant, kind, names, confirmed=token, **values)


# The sections


@pytest.mark.rule("COL-1", "T14", "T23")
def test_guest_access_is_shown_here_and_saved_through_the_same_action(
    ada: User, fabrikam: Tenant
) -> None:
    browser = signed_in(ada)
    assert "Guest user access restrictions" in words(browser.get(PAGE))
    data = {
        "guest_access": GuestAccess.RESTRICTED.value,
        "guest_access_shown": fabrikam.guest_access,
    }
    assert browser.post(PAGE, data)["Location"] == PAGE
    fabrikam.refresh_from_db()
    assert fabrikam.guest_access == GuestAccess.RESTRICTED
    assert len(events("Update authorization policy")) == 1


@pytest.mark.rule("COL-3", "T15", "T23", "COL-4", "BET-8")
@pytest.mark.parametrize("choice", list(InvitePolicy), ids=[c.name for c in InvitePolicy])
def test_each_invite_setting_is_saved_logged_and_acts_at_once(
    ada: User, fabrikam: Tenant, choice: InvitePolicy
) -> None:
    browser = signed_in(ada)
    data = {"invites": choice.value, "invites_shown": "everyone"}
    assert browser.post(PAGE, data)["Location"] == PAGE
    assert checks.invite_policy(fabrikam) is choice
    changed = choice is not InvitePolicy.EVERYONE
    assert len(events("Update authorization policy")) == changed


@pytest.mark.rule("EX-28", "T15", "ROL-4")
def test_ex_28_a_guest_inviter_invites_until_no_one_may(
    ada: User, inviter: User, member: User, fabrikam: Tenant
) -> None:
    choose_invite_policy(fabrikam, InvitePolicy.ROLES, by=ada, shown=InvitePolicy.EVERYONE)
    invite_guest(fabrikam, by=inviter, address=NICOLE, redirect_url=TARGET)
    with pytest.raises(NotAllowed):
        invite_guest(fabrikam, by=member, address="a@b.example", redirect_url=TARGET)
    choose_invite_policy(fabrikam, InvitePolicy.NOBODY, by=ada, shown=InvitePolicy.ROLES)
    for by in (inviter, ada):
        with pytest.raises(NotAllowed):
            invite_guest(fabrikam, by=by, address="c@d.example", redirect_url=TARGET)


@pytest.mark.rule("ROL-3", "T17", "AUD-1", "USR-12")
def test_who_lacks_the_right_sees_the_form_disabled_and_is_refused(
    inviter: User, fabrikam: Tenant
) -> None:
    reader = MemberFactory(tenant=fabrikam, roles=(Role.GLOBAL_READER,))
    page = signed_in(reader).get(PAGE)
    assert page.content.decode().count("<fieldset") == page.content.decode().count(" disabled>")
    assert "Needs one of these roles: Global Administrator." in words(page)
    with pytest.raises(NotAllowed):
        choose_invite_policy(fabrikam, InvitePolicy.NOBODY, by=inviter, shown=InvitePolicy.EVERYONE)
    event = events("Update authorization policy")[0]
    assert (event.result, event.actor_id) == (Result.FAILURE, inviter.pk)


@pytest.mark.rule("ROL-3", "T17")
@override_settings(PORTAL_INVITERS_CHANGE_SETTINGS=True)
def test_a_guest_inviter_saves_the_invite_settings_where_the_deployment_lets_them(
    inviter: User, fabrikam: Tenant
) -> None:
    browser = signed_in(inviter)
    assert browser.get(PAGE).status_code == 200
    answer = browser.post(PAGE, {"invites": "none", "invites_shown": "everyone"})
    assert answer.status_code == 302
    assert checks.invite_policy(fabrikam) is InvitePolicy.NOBODY


@pytest.mark.rule("COL-6", "T23")
def test_self_service_is_off_until_somebody_allows_it(ada: User, fabrikam: Tenant) -> None:
    assert not checks.policy_of(fabrikam).is_self_service_allowed
    browser = signed_in(ada)
    browser.post(PAGE, {"self_service": "yes", "self_service_shown": "no"})
    assert checks.policy_of(fabrikam).is_self_service_allowed
    assert len(events("Update authentication flows policy")) == 1
    late = browser.post(PAGE, {"self_service": "yes", "self_service_shown": "no"})
    assert late.status_code == 409
    assert "meanwhile" in words(late)


@pytest.mark.rule("COL-7", "COL-9", "DIR-7")
def test_leaving_is_chosen_only_with_privacy_information(ada: User, fabrikam: Tenant) -> None:
    assert checks.policy_of(fabrikam).may_guests_leave
    with pytest.raises(PrivacyMissing):
        choose_leave(fabrikam, False, by=ada, shown=True)
    assert "Not available yet." in words(signed_in(ada).get(PAGE))
    values = {
        "privacy_contact": "dpo@fabrikam.com",
        "privacy_statement_url": "https://fabrikam.com/p",
    }
    Tenant.objects.filter(pk=fabrikam.pk).update(**values)
    answer = signed_in(ada).post(PAGE, {"leave": "no", "leave_shown": "yes"})
    assert answer.status_code == 302
    assert not checks.policy_of(fabrikam).may_guests_leave


@pytest.mark.rule("OTC-1")
def test_a_link_leads_to_the_passcode_pane(ada: User) -> None:
    page = signed_in(ada).get(PAGE).content.decode()
    assert "/external-identities/identity-providers/email-one-time-passcode/" in page


@pytest.mark.rule("EXT-1")
def test_the_menu_has_the_entries_in_their_order(ada: User) -> None:
    entries = [str(e.label) for e in navigation.entries_for(ada, "external_identities")]
    wanted = [
        "Cross-tenant access settings",
        "All identity providers",
        "External collaboration settings",
        "User flows",
        "Terms of use",
        "Custom branding",
        "Audit logs",
    ]
    assert [label for label in entries if label in wanted] == wanted


def everything(tenant: Tenant) -> dict[str, str]:
    return {
        "guest_access": GuestAccess.RESTRICTED.value,
        "guest_access_shown": tenant.guest_access,
        "invites": "none",
        "invites_shown": "everyone",
        "self_service": "yes",
        "self_service_shown": "no",
        "restriction": "deny",
        "deny_domains": "spam.example",
        "version": "0",
    }


@pytest.mark.rule("COL-3", "COL-6", "BET-8")
def test_one_save_stores_what_was_changed_in_several_sections(ada: User, fabrikam: Tenant) -> None:
    browser = signed_in(ada)
    page = read_page(browser.get(PAGE))
    assert page.names("button").count("Save") == 1

    assert browser.post(PAGE, everything(fabrikam))["Location"] == PAGE

    fabrikam.refresh_from_db()
    policy = checks.policy_of(fabrikam)
    assert fabrikam.guest_access == GuestAccess.RESTRICTED
    assert (policy.allow_invites_from, policy.is_self_service_allowed) == ("none", True)
    assert [row.name for row in ListedDomain.objects.of(fabrikam)] == ["spam.example"]


@pytest.mark.rule("COL-3", "COL-10")
def test_nothing_is_stored_when_one_section_is_wrong_and_what_was_typed_stays(
    ada: User, fabrikam: Tenant
) -> None:
    before = fabrikam.guest_access

    answer = signed_in(ada).post(PAGE, everything(fabrikam) | {"deny_domains": "no domain"})

    assert answer.status_code == 400
    page = read_page(answer)
    assert "line 1" in page.field("deny_domains").described_by
    assert [one.value for one in page.fields("invites") if one.is_checked] == ["none"]
    fabrikam.refresh_from_db()
    assert fabrikam.guest_access == before
    assert not CollaborationPolicy.objects.filter(allow_invites_from="none").exists()
    assert events("Update authorization policy") == []


@pytest.mark.rule("BET-8")
def test_a_page_with_an_error_still_tells_of_a_change_made_meanwhile(
    ada: User, fabrikam: Tenant
) -> None:
    browser = signed_in(ada)
    wrong = everything(fabrikam) | {"deny_domains": "no domain"}
    page = read_page(browser.post(PAGE, wrong))
    choose_invite_policy(fabrikam, InvitePolicy.ROLES, by=ada, shown=InvitePolicy.EVERYONE)

    answer = page.form("collaboration").submit(browser, PAGE, deny_domains="spam.example")

    assert answer.status_code == 409
    assert checks.invite_policy(fabrikam) is InvitePolicy.ROLES


@pytest.mark.rule("T17", "AUD-1")
def test_one_section_without_the_right_refuses_the_whole_save(
    inviter: User, fabrikam: Tenant
) -> None:
    reader = MemberFactory(tenant=fabrikam, roles=(Role.SECURITY_ADMINISTRATOR,))

    answer = signed_in(reader).post(PAGE, everything(fabrikam))

    assert answer.status_code == 403
    assert not CollaborationPolicy.objects.exists()
    assert AuditEvent.unscoped.filter(result=Result.FAILURE, actor_id=reader.pk).count() == 1


@pytest.mark.rule("COL-13", "BET-2")
def test_what_was_changed_elsewhere_is_saved_when_the_question_is_answered(
    ada: User, fabrikam: Tenant, invite: Invite
) -> None:
    invite(is_mail_wanted=False)
    browser = signed_in(ada)
    asked = browser.post(PAGE, everything(fabrikam) | {"deny_domains": HERS})
    assert not CollaborationPolicy.objects.filter(allow_invites_from="none").exists()

    token = read_page(asked).field("confirmed").value
    answer = read_page(asked).form("review").submit(browser, PAGE, confirmed=token)

    assert answer["Location"] == PAGE
    assert checks.invite_policy(fabrikam) is InvitePolicy.NOBODY


# The list


@pytest.mark.rule("COL-10", "COL-12")
def test_a_list_is_read_line_by_line_in_canonical_form() -> None:
    text = "Partner.Example\n\n  *.Group.example \nbücher.example\n@at.example\npartner.example"
    expected = {"partner.example", "*.group.example", "xn--bcher-kva.example", "at.example"}
    assert domain_list.parse_domain_list(text) == expected
    assert "bücher.example" in domain_list.domain_list_text(expected)


@pytest.mark.rule("COL-12", "COL-10", "T21", "BET-21")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("good.example\nnot a domain", "line 2: not a domain"),
        ("*.*.example", "line 1"),
        ("localhost", "line 1"),
        (" \n ", "at least one domain"),
        ("\n".join(f"d{n}.example" for n in range(10_001)), "10,000"),
    ],
)
def test_a_wrong_list_is_refused_with_its_lines(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)):
        domain_list.parse_domain_list(text)


@pytest.mark.rule("T21", "BET-21", "COL-11")
def test_ten_thousand_domains_are_stored_and_changed(ada: User, fabrikam: Tenant) -> None:
    names = [f"d{n}.example" for n in range(10_000)]
    restricted(fabrikam, ada, DENY, *names)
    assert ListedDomain.objects.of(fabrikam).count() == 10_000
    restricted(fabrikam, ada, DENY, *names[1:])
    assert not ListedDomain.objects.of(fabrikam).filter(name="d0.example").exists()
    assert ListedDomain.objects.of(fabrikam).count() == 9_999


@pytest.mark.rule("COL-11", "T23")
def test_switching_the_kind_asks_and_offers_the_old_list(ada: User, fabrikam: Tenant) -> None:
    restricted(fabrikam, ada, DENY, "spam.example", "xn--bcher-kva.example")
    browser = signed_in(ada)
    data = {"restriction": "allow", "allow_domains": "partner.example", "version": "1"}
    page = browser.post(PAGE, data)
    assert page.status_code == 200
    assert "The stored list of 2 domains is thrown away." in words(page)
    assert ListedDomain.objects.of(fabrikam).count() == 2
    file = b"".join(browser.get(f"{PAGE}restrictions/list/"))
    assert file.decode() == "spam.example\nbücher.example\n"
    token = read_page(page).field("confirmed").value
    answer = browser.post(PAGE, data | {"confirmed": token})
    assert answer["Location"] == PAGE
    assert list(ListedDomain.objects.of(fabrikam).values_list("name", flat=True)) == [
        "partner.example"
    ]
    restricted(fabrikam, ada, ANY)
    assert not ListedDomain.objects.of(fabrikam).exists()
    assert [len(events(f"{verb} policy")) for verb in ("Add", "Update", "Delete")] == [1, 1, 1]


@pytest.mark.rule("COL-10", "COL-11")
def test_a_list_is_never_read_as_the_other_kind(ada: User, fabrikam: Tenant) -> None:
    data = {"restriction": "allow", "deny_domains": "partner.example", "version": "0"}
    page = signed_in(ada).post(PAGE, data)
    assert page.status_code == 400
    assert "Enter at least one domain" in words(page)
    assert not CollaborationPolicy.objects.exists()


@pytest.mark.rule("COL-11")
def test_two_administrators_at_once_do_not_overwrite_each_other(
    ada: User, fabrikam: Tenant
) -> None:
    restricted(fabrikam, ada, DENY, "spam.example")
    with pytest.raises(ChangedMeanwhile):
        save_restrictions(fabrikam, DENY, ["other.example"], by=ada, version=0)
    answer = signed_in(ada).post(PAGE, {"restriction": "any", "version": "0"})
    assert answer.status_code == 409


@pytest.mark.rule("COL-13", "BET-2")
def test_the_pending_guests_who_lose_and_gain_are_shown_before_saving(
    ada: User, fabrikam: Tenant, invite: Invite
) -> None:
    nicole = invite(is_mail_wanted=False, display_name="Nicole").user
    invite("pat@partner.example", is_mail_wanted=False)
    PasscodeGuestFactory(tenant=fabrikam, address=f"old@{HERS}")
    browser = signed_in(ada)
    data = {"restriction": "deny", "deny_domains": HERS, "version": "0"}
    page = browser.post(PAGE, data)
    assert " 1 can no longer accept" in words(page)
    who = browser.post(f"{PAGE}restrictions/guests/", data | {"effect": "lose"})
    assert "Nicole" in words(who)
    assert "old@" not in words(who)
    restricted(fabrikam, ada, DENY, HERS)
    impact = access_impact.compare(fabrikam, *proposed_rules(fabrikam, ANY, []))
    assert (impact.lose, impact.gain) == (0, 1)
    assert access_impact.affected_guests(fabrikam, impact, Effect.GAIN).users == (nicole,)


@pytest.mark.rule("COL-13")
def test_what_changed_between_question_and_answer_is_asked_again(
    ada: User, fabrikam: Tenant, invite: Invite
) -> None:
    invite(is_mail_wanted=False)
    with pytest.raises(NotConfirmed) as asked:
        save_restrictions(fabrikam, DENY, [HERS], by=ada, version=0)
    invite(f"second@{HERS}", is_mail_wanted=False)
    token = restriction_confirmation(asked.value.impact, asked.value.discarded)
    with pytest.raises(NotConfirmed):
        save_restrictions(fabrikam, DENY, [HERS], by=ada, version=0, confirmed=token)


@pytest.mark.rule("EX-13", "COL-13")
def test_ex_13_a_denied_domain_stops_the_pending_guest_and_not_the_accepted_one(
    ada: User, fabrikam: Tenant, invite: Invite, set_policy: SetPolicy
) -> None:
    pending = invite(is_mail_wanted=False).invitation
    accepted = invite(f"accepted@{HERS}", is_mail_wanted=False).invitation
    redeem_invitation(proven(accepted))
    restricted(fabrikam, ada, DENY, HERS)
    with pytest.raises(RedemptionRefused):
        redeem_invitation(proven(pending))
    assert User.unscoped.get(pk=pending.user_id).is_pending
    guest = User.unscoped.get(pk=accepted.user_id)
    assert signed_in(guest, method="mail").get("/myapps/fabrikam.com/").status_code == 200
