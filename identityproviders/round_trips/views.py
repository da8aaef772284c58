"""Guest pages to an outside provider and back (SEC-42, SEC-45, SEC-49, SEC-50, SEC-69)."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from identityproviders.models import Federation, RoundTrip
from identityproviders.oidc.client_keys import public_key
from identityproviders.providers import our_urls, provider_config
from identityproviders.providers.provider_config import ProviderNotConfigured
from identityproviders.providers.verification_report import AnswerRefused, ProviderAnswer
from identityproviders.round_trips import actions, answers, provider_sign_out
from identityproviders.saml import requests, response, wsfed
from identityproviders.saml.assertion_checks import INVALID_TOKEN
from identityproviders.saml.documents import BadDocument
from identityproviders.sign_in import log, rate_limits
from identityproviders.sign_in.actions import (
    advance_or_next,
    current_sign_in,
    next_url,
    refuse_sign_in,
)
from identityproviders.sign_in.page_links import page_links
from identityproviders.sign_in.responses import SeeOther, leaving_page
from identityproviders.sign_in.views import tenant_or_404
from portal.console.blades import guest_page
from portal.errors import DomainError, NotFound


class NotBelieved(DomainError):
    """An answer that belongs to no sign-in; why, stands in the log alone."""

    message = gettext_lazy(
        "This answer of an identity provider can’t be used. Start your sign-in again, in one "
        "browser, and finish it within 10 minutes."
    )


@require_safe
@guest_page
def to_provider(request: HttpRequest) -> HttpResponse:
    """A page that leads on to the provider: a link, and the browser follows it by itself.

    It answers 200, because a browser would hold `form-action` against the redirect of the form
    that led here (SEC-69).
    """
    txn = current_sign_in(request)
    if next_url(txn) != reverse("identityproviders:to_provider"):
        return SeeOther(next_url(txn))
    try:
        found, departure = actions.start_for_sign_in(txn)
    except (ProviderNotConfigured, AnswerRefused) as error:
        refuse_sign_in(txn, error.code, remark=str(error))
        return SeeOther(reverse("identityproviders:refused"))
    context = {
        "host": txn.tenant,
        "provider": found.name,
        "departure": departure,
        **page_links(txn),
    }
    return leaving_page(
        render(request, "identityproviders/round_trips/to_provider.html", context), departure
    )


@require_safe
@guest_page
def oidc_callback(
    request: HttpRequest, tenant_id: uuid.UUID, federation_id: uuid.UUID
) -> HttpResponse:
    """A custom OpenID provider sends the browser back; each provider has its own address."""
    return _openid_answer(request, str(federation_id), tenant_id)


@require_safe
@guest_page
def google_callback(request: HttpRequest, tenant: str) -> HttpResponse:
    """Google or Facebook, which share the address, send the browser back (IDP-5, IDP-8).

    Whose answer it is, says the passage that the state opened.
    """
    host = tenant_or_404(tenant)
    return _openid_answer(request, actions.social_key(host, request.GET.get("state", "")), host.pk)


@require_safe
@guest_page
def operator_callback(request: HttpRequest, provider_id: uuid.UUID) -> HttpResponse:
    """A provider of the operator sends the browser back."""
    return _openid_answer(request, str(provider_id), None)


@sensitive_post_parameters("SAMLResponse", "wresult")
@csrf_exempt
@require_POST
@guest_page
def saml_acs(request: HttpRequest, tenant_id: uuid.UUID, federation_id: uuid.UUID) -> HttpResponse:
    """A SAML or WS-Fed provider lets the browser post its answer here, from its own site.

    Our cookie does not come along (SameSite=Lax): the answer is verified and laid aside, and the
    browser sent to pick it up with its cookie (SEC-50). RelayState is not read (SEC-49).
    """
    rate_limits.pay_address()
    tenant = tenant_or_404(str(tenant_id))
    provider = Federation.objects.of(tenant).filter(pk=federation_id).first()
    if provider is None or provider.protocol == Federation.Protocol.OIDC:
        raise NotFound
    try:
        if provider.protocol == Federation.Protocol.WS_FED:
            passage = _wsfed_answer(request, provider)
        else:
            passage = _saml_answer(request, provider)
    except (BadDocument, AnswerRefused, actions.UnknownRoundTrip) as error:
        code = error.code or INVALID_TOKEN
        log.note_unattributed_failure(tenant, provider.issuer, code, str(error))
        raise NotBelieved(code=code) from error
    handle = actions.hand_over_outcome(passage)
    return SeeOther(reverse("identityproviders:federation_arrival", args=[handle]))


@require_safe
@guest_page
def federation_arrival(request: HttpRequest, handle: str) -> HttpResponse:
    """The browser picks up what its provider’s answer came to (SEC-50)."""
    return _arrive(request, actions.pick_up_outcome(request, handle))


@require_safe
@guest_page
def client_keys(
    request: HttpRequest, tenant_id: uuid.UUID, federation_id: uuid.UUID
) -> HttpResponse:
    """The key set that a provider checks our `private_key_jwt` with (IDP-18)."""
    client = provider_config.find_provider_config(
        tenant_or_404(str(tenant_id)), str(federation_id)
    ).client
    if client is None or not client.private_key:
        raise NotFound
    return JsonResponse({"keys": [public_key(client.private_key)]})


@require_safe
@guest_page
def service_provider(
    request: HttpRequest, tenant_id: uuid.UUID, federation_id: uuid.UUID
) -> HttpResponse:
    """Our metadata for a SAML provider, to be read by its administrator’s program."""
    tenant = tenant_or_404(str(tenant_id))
    provider = Federation.objects.of(tenant).filter(pk=federation_id).first()
    if provider is None or provider.protocol != Federation.Protocol.SAML:
        raise NotFound
    document = requests.service_provider(our_urls.entity_id(tenant), our_urls.reply_url(provider))
    return HttpResponse(document, content_type="application/samlmetadata+xml")


def _openid_answer(
    request: HttpRequest, provider_key: str, tenant_id: uuid.UUID | None
) -> HttpResponse:
    state = request.GET.get("state", "")
    passage = actions.find_round_trip(actions.hash_of_state(state), provider_key, tenant_id)
    actions.require_same_browser(request, passage)
    answer = answers.read_openid_answer(passage, request.GET.dict())
    return _arrive(request, passage, answer)


def _saml_answer(request: HttpRequest, provider: Federation) -> RoundTrip:
    root = response.parse_saml_document(request.POST.get("SAMLResponse", ""))
    request_id = response.in_response_to(root)
    if not request_id:
        raise AnswerRefused(
            _("The response was not asked for: it names no request of ours."), code=INVALID_TOKEN
        )
    passage = actions.find_round_trip(request_id, str(provider.pk), provider.tenant_id)
    answers.read_saml_answer(passage, root)
    return passage


def _wsfed_answer(request: HttpRequest, provider: Federation) -> RoundTrip:
    if request.POST.get("wa") != "wsignin1.0" or not request.POST.get("wctx"):
        raise AnswerRefused(
            _("The message was not asked for: it is no answer to a sign-in of ours."),
            code=wsfed.MESSAGE_INVALID,
        )
    passage = actions.find_round_trip(request.POST["wctx"], str(provider.pk), provider.tenant_id)
    answers.read_wsfed_answer(passage, request.POST.get("wresult", ""))
    return passage


def _arrive(
    request: HttpRequest, passage: RoundTrip, answer: ProviderAnswer | None = None
) -> HttpResponse:
    if passage.purpose == RoundTrip.Purpose.TRIAL:
        arguments = [passage.provider_key, passage.pk]
        return SeeOther(reverse("identityproviders:trial_result", args=arguments))
    txn = answers.continue_sign_in(passage)
    provider_sign_out.note_provider(request, passage, answer)
    return SeeOther(advance_or_next(request, txn))
