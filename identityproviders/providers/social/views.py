"""Panes of Google, Facebook and the built-in providers (IDP-5 to IDP-8)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from identityproviders.impact import confirmation
from identityproviders.models import SocialProvider
from identityproviders.providers import our_urls, provider_pane
from identityproviders.providers.actions import require_may_edit
from identityproviders.providers.forms import SocialForm
from identityproviders.providers.social import actions
from portal import permissions
from portal.audit import log
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number, shown_version
from portal.errors import Conflict, InvalidInput, NotConfirmed, NotFound
from portal.permissions import Capability

Text = str | Promise
Kind = SocialProvider.Kind


@dataclass(frozen=True)
class Page:
    """What the pane of one social provider says."""

    kind: SocialProvider.Kind
    url_name: str
    introduction: Text
    id_hint: Text
    loss: Text

    @property
    def name(self) -> str:
        """The provider's own name."""
        return str(self.kind.label)


GOOGLE = Page(
    Kind.GOOGLE,
    "identityproviders:google",
    gettext_lazy(
        "Guests with an address at gmail.com or googlemail.com sign in with their Google account. "
        "Other domains that Google hosts need a SAML provider."
    ),
    gettext_lazy("From the OAuth client of your project in the Google Cloud console."),
    gettext_lazy("Guests who accepted with a Google account can’t sign in any more."),
)
FACEBOOK = Page(
    Kind.FACEBOOK,
    "identityproviders:facebook",
    gettext_lazy(
        "People can sign up for your apps with a Facebook account, in user flows only. Facebook "
        "is never used to accept an invitation."
    ),
    gettext_lazy("The app ID and the app secret, from the settings of your app at Facebook."),
    gettext_lazy("People who signed up with a Facebook account can’t sign in any more."),
)

BUILT_IN: dict[str, tuple[Text, tuple[Text, ...]]] = {
    "microsoft-entra-id": (
        gettext_lazy("Microsoft Entra ID"),
        (
            gettext_lazy(
                "Guests whose organization has a tenant of its own sign in with the account they "
                "have there."
            ),
            gettext_lazy("It is always on, and there is nothing to set."),
        ),
    ),
    "microsoft-account": (
        gettext_lazy("Personal account"),
        (
            gettext_lazy("Guests with a personal account sign in with it."),
            gettext_lazy(
                "It is always available. As a fallback it can be turned off in the redemption "
                "order; guests who accepted with it keep it."
            ),
        ),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_READ)
def google(request: TenantRequest) -> HttpResponse:
    """Google: client ID, secret, the redirect URIs to register (IDP-5, IDP-6)."""
    return _pane(request, GOOGLE)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_READ)
def facebook(request: TenantRequest) -> HttpResponse:
    """Facebook: app ID, app secret; for user flows only (IDP-8)."""
    return _pane(request, FACEBOOK)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_EDIT)
def delete_google(request: TenantRequest) -> HttpResponse:
    """Yes or No, with the number of guests who lose their sign-in (IDP-7)."""
    return _delete(request, GOOGLE)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_EDIT)
def delete_facebook(request: TenantRequest) -> HttpResponse:
    """Yes or No, with the number of users who lose their sign-in (IDP-8)."""
    return _delete(request, FACEBOOK)


@require_safe
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_READ)
def built_in(request: TenantRequest, name: str) -> HttpResponse:
    """What a provider does that is always on (T11)."""
    if name not in BUILT_IN:
        raise NotFound
    title, lines = BUILT_IN[name]
    context = provider_pane.pane_context(
        request,
        title,
        lines=lines,
        selected_url=request.path,
        may_read_order=permissions.may(request.user, Capability.CROSS_TENANT_READ),
    )
    return render(request, "identityproviders/providers/built_in_pane.html", context)


def _pane(request: TenantRequest, page: Page) -> HttpResponse:
    row = actions.find_social_provider(request.tenant, page.kind)
    if request.method != "POST":
        return _show(request, page, _stored_form(row), row)
    require_may_edit(request.tenant, request.user, log.UPDATE_PROVIDER)
    form = SocialForm(request.POST, is_stored=row is not None)
    if not form.is_valid():
        return _show(request, page, form, row, status=400)
    try:
        actions.save_social_provider(
            request.tenant,
            page.kind,
            by=request.user,
            edition=request.POST.get("edition", ""),
            **form.cleaned_data,
        )
    except InvalidInput as refusal:
        form.refuse(refusal)
        return _show(request, page, form, row, status=refusal.status)
    except Conflict as refusal:
        row = actions.find_social_provider(request.tenant, page.kind)
        form = _stored_form(row)
        return _show(request, page, form, row, status=refusal.status, error=str(refusal))
    toasts.succeeded(request, _("%(name)s is configured") % {"name": page.name})
    return redirect("identityproviders:providers")


def _stored_form(row: SocialProvider | None) -> SocialForm:
    return SocialForm(
        initial={"client_id": row.client_id} if row else {}, is_stored=row is not None
    )


def _show(
    request: TenantRequest,
    page: Page,
    form: SocialForm,
    row: SocialProvider | None,
    *,
    status: int = 200,
    error: str = "",
) -> HttpResponse:
    context = provider_pane.pane_context(
        request,
        page.name,
        page=page,
        form=form,
        row=row,
        edition=shown_version(request, form, row.edition if row else "", "edition"),
        redirect_uris=our_urls.social_redirect_uris(request.tenant),
        selected_url=reverse(page.url_name),
        delete_url=reverse(f"identityproviders:delete_{page.name.lower()}"),
        error=error,
    )
    return render(request, "identityproviders/providers/social_pane.html", context, status=status)


def _delete(request: TenantRequest, page: Page) -> HttpResponse:
    row = actions.find_social_provider(request.tenant, page.kind)
    if row is None:
        raise NotFound
    unconfirmed = ""
    if request.method == "POST":
        try:
            actions.delete_social_provider(
                request.tenant,
                page.kind,
                by=request.user,
                acknowledged=posted_number(request, "acknowledged"),
            )
        except NotConfirmed as refusal:
            unconfirmed = str(refusal)
        else:
            toasts.succeeded(request, _("%(name)s was deleted") % {"name": page.name})
            return redirect("identityproviders:providers")
    context = provider_pane.pane_context(
        request,
        page.name,
        page=page,
        removal=confirmation.without_provider(row),
        back_url=reverse(page.url_name),
        selected_url=reverse(page.url_name),
        unconfirmed=unconfirmed,
    )
    status = 409 if unconfirmed else 200
    return render(request, "identityproviders/providers/delete_social.html", context, status=status)
