"""Pages of *Test this provider*: a real sign-in there, and what came back.

A test run creates nothing and changes no session.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from identityproviders.models import RoundTrip
from identityproviders.providers import our_urls, provider_config
from identityproviders.providers.provider_config import ProviderConfig, ProviderNotConfigured
from identityproviders.providers.verification_report import AnswerRefused, ProviderAnswer
from identityproviders.round_trips import actions
from identityproviders.saml import names
from identityproviders.sign_in.responses import leaving_page
from portal import permissions
from portal.audit import error_codes
from portal.console.blades import TenantRequest, blade
from portal.errors import NotFound
from portal.permissions import Capability

TITLE = _("Test identity provider")


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="external_identities",
    page="all_identity_providers",
    title=TITLE,
    capability=Capability.PROVIDERS_READ,
    icon="key_multiple",
    parent="identityproviders:providers",
)
def test_provider(request: TenantRequest, key: str) -> HttpResponse:
    """What a trial does; a POST leads to the provider, by a page of its own (SEC-69)."""
    found = _provider(request, key)
    may_test = permissions.may(request.user, Capability.PROVIDERS_EDIT)
    context: dict[str, Any] = {
        "provider": found,
        "addresses": _addresses(found),
        "may_test": may_test,
        "roles": permissions.role_names(Capability.PROVIDERS_EDIT),
    }
    if request.method != "POST":
        return render(request, "identityproviders/round_trips/test_provider.html", context)
    try:
        departure = actions.start_test_run(request, found, by=request.user)
    except AnswerRefused as refusal:
        context["problem"] = str(refusal)
        return render(
            request, "identityproviders/round_trips/test_provider.html", context, status=400
        )
    context["departure"] = departure
    return leaving_page(
        render(request, "identityproviders/round_trips/test_provider.html", context), departure
    )


@require_safe
@blade(
    service="external_identities",
    page="all_identity_providers",
    title=TITLE,
    capability=Capability.PROVIDERS_READ,
    icon="key_multiple",
    parent="identityproviders:providers",
)
def trial_result(request: TenantRequest, key: str, passage_id: uuid.UUID) -> HttpResponse:
    """Show what came back, claim by claim, to the administrator who ran the test."""
    found = _provider(request, key)
    passage = (
        RoundTrip.objects.of(request.tenant)
        .filter(
            pk=passage_id,
            provider_key=key,
            purpose=RoundTrip.Purpose.TRIAL,
            tester=request.user,
            result__isnull=False,
        )
        .first()
    )
    if passage is None:
        raise NotFound
    result: dict[str, Any] = passage.result
    answer = actions.stored_answer(passage)
    context = {
        "provider": found,
        "passage": passage,
        "checks": sorted(result["checks"], key=lambda check: not check["problem"]),
        "claims": result["claims"],
        "code": result["code"],
        "reason": error_codes.error_reason(result["code"]),
        "answer": answer,
        "is_proof": bool(answer and answer.addresses),
        "verdict": _verdict(answer),
        "may_test": permissions.may(request.user, Capability.PROVIDERS_EDIT),
    }
    return render(request, "identityproviders/round_trips/trial_result.html", context)


def _provider(request: TenantRequest, key: str) -> ProviderConfig:
    try:
        return provider_config.find_provider_config(request.tenant, key)
    except ProviderNotConfigured as error:
        raise NotFound from error


def _addresses(found: ProviderConfig) -> list[tuple[str, str]]:
    """What the partner must have entered about us, to compare before the trial."""
    federation = found.federation
    if found.client is not None:
        return [
            (str(_("Redirect URI")), found.client.redirect_uri),
            (str(_("Issuer")), found.client.issuer),
            (str(_("Client ID")), found.client.client_id),
        ]
    if found.facebook is not None:
        return [
            (str(_("Redirect URI")), found.facebook.redirect_uri),
            (str(_("Client ID")), found.facebook.client_id),
        ]
    assert federation is not None  # noqa: S101 - every other provider is a federation
    subject = (
        names.IMMUTABLE_ID_CLAIM
        if federation.protocol == federation.Protocol.WS_FED
        else names.PERSISTENT
    )
    return [
        (str(_("Reply URL (ACS)")), our_urls.reply_url(federation)),
        (str(_("Audience")), our_urls.entity_id(found.tenant)),
        (str(_("Issuer")), federation.issuer),
        (str(_("Subject")), subject),
        (str(_("E-mail claim")), names.EMAIL_CLAIM),
    ]


def _verdict(answer: ProviderAnswer | None) -> str:
    """What a guest's sign-in with this answer would do."""
    if answer is None:
        return ""
    if answer.addresses:
        return str(
            _("A guest invited as %(address)s would be signed in, and this identity bound.")
        ) % {"address": answer.address}
    if answer.address:
        return str(
            _(
                "The provider names %(address)s but is no authority on it: a guest invited with "
                "it would also get a passcode before this identity is bound."
            )
        ) % {"address": answer.address}
    return str(
        _(
            "The provider names no e-mail address: a guest could not accept an invitation with "
            "it. Map a claim to “email”."
        )
    )
