"""Nonsense at the addresses of providers is refused, never an error of ours (SEC-91)."""

from __future__ import annotations

import base64
import random
import time
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings

from identityproviders.models import Federation, RoundTrip
from portal.tenants.models import Tenant
from tests.support.counterparts.node import NodeProvider
from tests.support.counterparts.openid import OpenIDProvider
from tests.support.federated_guest import Guest, answer_of, post

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SEC-91")]
NONSENSE = ["", "\x00", "a\x00b", "é" * 100, "x" * 5_000, "' OR 1=1 --", "<a/>", "%00", "\ud7ff"]
MUTATIONS = 60


@pytest.fixture(autouse=True)
def patience(settings: Settings) -> None:
    """Let one client try as often as it likes."""
    settings.PORTAL_SIGN_INS_PER_CLIENT = 10_000


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_refused_with_4xx(contoso: Tenant, text: str) -> None:
    saml, wsfed, custom = (
        Federation.objects.create(
            tenant=contoso, display_name=protocol, protocol=protocol, issuer=protocol
        )
        for protocol in ("saml", "wsfed", "oidc")
    )
    for provider in (saml, wsfed):
        consumer = f"/{provider.tenant_id}/saml/{provider.pk}/acs/"
        packed = base64.b64encode(text.encode()).decode()
        for fields in (
            {"SAMLResponse": text},
            {"SAMLResponse": packed, "RelayState": text},
            {"wa": "wsignin1.0", "wctx": text, "wresult": text},
            {"wa": text, "wctx": text, "wresult": packed},
        ):
            assert 400 <= post(consumer, fields).status_code < 500
    client = Client()
    for path in (
        f"/{custom.tenant_id}/oidc/{custom.pk}/callback/",
        f"/te/{custom.tenant_id}/oauth2/authresp",
        f"/signin/provider/{custom.pk}/callback/",
    ):
        query = urlencode({"state": text, "code": text, "iss": text, "error": text})
        assert 400 <= client.get(f"{path}?{query}").status_code < 500


@pytest.mark.rule("SEC-47", "SEC-46")
def test_mutated_responses_sign_nobody_in(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    """Bytes flipped, cut and doubled all over a real response of samlp."""
    chance = random.Random(1)
    action, fields = answer_of(ada.open_invitation())
    good = base64.b64decode(fields["SAMLResponse"])
    for _ in range(MUTATIONS):
        data = bytearray(good)
        at, length = chance.randrange(len(data)), chance.randrange(1, 40)
        match chance.randrange(3):
            case 0:
                data[at] ^= 1 << chance.randrange(7)
            case 1:
                del data[at : at + length]
            case _:
                data[at:at] = data[at : at + length]
        began = time.monotonic()
        sent = {"SAMLResponse": base64.b64encode(bytes(data)).decode()}
        answer = post(action, sent)
        assert time.monotonic() - began < 1
        assert answer.status_code in {303, 400}
        passage = RoundTrip.unscoped.get()
        if passage.answered_at is not None and not passage.problem:
            # Nothing signed was touched: the envelope’s id, or the sender’s own certificate.
            assert passage.result["answer"]["subject"] == "subject-1"
        RoundTrip.unscoped.update(answered_at=None, result=None, problem="")
        ada.tenant.refresh_from_db()
    assert not ada.is_signed_in


def test_callbacks_with_mutated_parameters_sign_nobody_in(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    back = openid.authorize(ada.open_invitation(), "sub-ada")
    chance = random.Random(2)
    for _ in range(MUTATIONS):
        at = chance.randrange(back.index("?"), len(back))
        mutated = back[:at] + chance.choice("Aa0&=%/\\") + back[at + 1 :]
        if mutated == back:
            continue
        page = ada.get(mutated)
        assert page.status_code < 500
        assert not ada.is_signed_in
        if ada.transaction.step != "method":
            break
