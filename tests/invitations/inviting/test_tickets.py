"""Tickets: derived, hashed, opaque (SEC-21, SEC-23)."""

from __future__ import annotations

import base64
import json

import pytest
from django.core import serializers
from pytest_django import Settings

from guests.models import User
from invitations.blocking import tokens
from invitations.inviting import tickets
from invitations.lifecycle.actions import revoke_invitation
from invitations.models import Invitation
from tests.support.invitations import NICOLE, Invite, mails_of


@pytest.mark.rule("SEC-21", "INV-6")
def test_a_ticket_has_256_bits_and_finds_its_invitation(invite: Invite) -> None:
    result = invite()
    ticket = tickets.ticket_of(result.invitation)

    assert len(base64.urlsafe_b64decode(ticket + "=")) == 32
    assert tickets.find_invitation(ticket) == result.invitation
    assert result.redeem_url.endswith(f"/redeem/{ticket}/")
    assert NICOLE not in result.redeem_url


@pytest.mark.rule("SEC-21")
def test_one_changed_character_is_unknown(invite: Invite) -> None:
    ticket = tickets.ticket_of(invite().invitation)
    for index in range(len(ticket)):
        other = "A" if ticket[index] != "A" else "B"
        assert tickets.find_invitation(ticket[:index] + other + ticket[index + 1 :]) is None


@pytest.mark.rule("SEC-21", "SEC-26")
@pytest.mark.parametrize("text", ["", "x", "ü", "\ud800", "A" * 43, "A" * 5000, "../", "%00"])
def test_other_texts_are_unknown(db: None, text: str) -> None:
    assert tickets.find_invitation(text) is None


@pytest.mark.rule("SEC-21")
def test_a_dump_without_the_keys_opens_no_link(invite: Invite, settings: Settings) -> None:
    invitation = invite().invitation
    ticket = tickets.ticket_of(invitation)
    dump = json.dumps(serializers.serialize("json", [invitation]))
    assert ticket not in dump

    settings.PORTAL_KEYS = f"tests:{base64.b64encode(b'another key of thirty-two bytes!').decode()}"
    forged = tickets.ticket_of(Invitation.unscoped.get(pk=invitation.pk))
    assert forged != ticket
    assert tickets.find_invitation(forged) is None


@pytest.mark.rule("SEC-23", "SEC-99")
def test_links_outlive_a_key_rotation_and_die_with_the_key(
    invite: Invite, settings: Settings
) -> None:
    ticket = tickets.ticket_of(invite().invitation)
    old = settings.PORTAL_KEYS
    fresh = f"next:{base64.b64encode(b'another key of thirty-two bytes!').decode()}"

    settings.PORTAL_KEYS = f"{fresh},{old}"
    assert tickets.find_invitation(ticket) is not None
    settings.PORTAL_KEYS = fresh
    assert tickets.find_invitation(ticket) is None


@pytest.mark.rule("SEC-23")
def test_revoking_raises_the_generation_and_kills_the_link(invite: Invite, ada: User) -> None:
    invitation = invite().invitation
    ticket = tickets.ticket_of(invitation)

    revoke_invitation(invitation, by=ada)

    assert invitation.generation == 2
    assert tickets.find_invitation(ticket) is None


@pytest.mark.rule("SEC-33")
def test_a_block_token_names_recipient_and_tenant_and_cannot_be_forged(invite: Invite) -> None:
    invitation = invite().invitation
    [mail] = mails_of(invitation)
    token = tokens.make_block_token(mail, invitation.key_id)

    about = tokens.read_block_token(token)
    assert about is not None
    assert (about.tenant, about.address_key) == (invitation.tenant, NICOLE)
    assert NICOLE not in token
    for index in range(0, len(token), 3):
        other = "A" if token[index] != "A" else "B"
        assert tokens.read_block_token(token[:index] + other + token[index + 1 :]) is None
    for text in ("", "x", "ü", "A" * 64, "A" * 63, "=" * 64, "\ud800"):
        assert tokens.read_block_token(text) is None
