"""Guest pages: address, tenant sign-in, options, sign-out (RED-2 to RED-5, SIN-1, SES-1)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guests.models import User
from guests.users import lookups
from identityproviders.discovery.decide import Entry
from identityproviders.round_trips import provider_sign_out
from identityproviders.sign_in import actions, method_choice, rate_limits
from identityproviders.sign_in.forms import AddressForm, OrganizationForm
from identityproviders.sign_in.responses import SeeOther, ask_again_page
from portal import languages
from portal.audit import error_codes, log
from portal.audit.models import SignInStatus
from portal.console.blades import guest_page
from portal.hooks import HtmlHook
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress
from portal.values.redirect_url import same_origin_path

TYPED = "typed_address"
NOT_IN_TENANT = 16003

SIGN_IN_LINKS = HtmlHook("sign_in.links")
"""Other ways on, below the form that asks for the address."""


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def signin(request: HttpRequest) -> HttpResponse:
    """The common endpoint: members go on at their tenant, guests name one first (RED-3)."""
    form = AddressForm(request.POST or None)
    context = {"host": None, "form": form, "options_url": _options_url(request)}
    if request.method != "POST":
        return render(request, "identityproviders/sign_in/signin.html", context)
    rate_limits.pay_address()
    if not form.is_valid():
        return ask_again_page(request, "identityproviders/sign_in/signin.html", context)
    address: EmailAddress = form.cleaned_data["address"]
    tenant = _tenant_named(address.domain)
    if tenant is None:
        request.session[TYPED] = address.ascii
        return SeeOther(_options_url(request))
    return _begin(request, tenant, Entry.COMMON, address)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def tenant_signin(request: HttpRequest, tenant: str) -> HttpResponse:
    """The endpoint of one tenant, for its members and its guests (RED-2, RED-6)."""
    host = tenant_or_404(tenant)
    typed = str(request.session.get(TYPED, ""))
    form = AddressForm(request.POST or None, initial={"address": typed})
    context = {"host": host, "form": form, "options_url": _options_url(request)}
    if request.method != "POST":
        return render(request, "identityproviders/sign_in/signin.html", context)
    rate_limits.pay_address()
    if not form.is_valid():
        return ask_again_page(request, "identityproviders/sign_in/signin.html", context)
    return _begin(request, host, Entry.DIRECT, form.cleaned_data["address"])


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def options(request: HttpRequest) -> HttpResponse:
    """Sign in to an organization: name it by domain or id (RED-3, RED-4)."""
    form = OrganizationForm(request.POST or None)
    context = options_context(request, form, same_origin_path(request.GET.get("next", "")))
    if request.method != "POST":
        return render(request, "identityproviders/sign_in/options.html", context)
    rate_limits.pay_lookup()
    if form.is_valid():
        tenant = _tenant_named(form.cleaned_data["organization"])
        if tenant is not None:
            url = reverse("identityproviders:tenant_signin", args=[tenant.primary_domain])
            return SeeOther(url + _with_next(request))
        text = _("We couldn’t find an organization with that domain. Check its spelling.")
        form.add_error("organization", text)
    return ask_again_page(request, "identityproviders/sign_in/options.html", context)


def options_context(
    request: HttpRequest,
    form: OrganizationForm | None,
    wanted: str,
    finder: AddressForm | None = None,
) -> dict[str, object]:
    """What the page of the options shows; a faulty `finder` takes the focus from the other form."""
    typed = str(request.session.get(TYPED, ""))
    form = form or OrganizationForm()
    form.takes_focus_on_opening = finder is None
    finder = finder or AddressForm(initial={"address": typed}, auto_id="own_%s")
    finder.takes_focus_on_opening = False
    return {
        "host": None,
        "form": form,
        "finder": finder,
        "is_sent_here": TYPED in request.session,
        "wanted": wanted,
        "back_url": reverse("identityproviders:signin") + _query(wanted),
    }


@require_safe
@guest_page
def tenant_home(request: HttpRequest, tenant: str) -> HttpResponse:
    """The direct link of a tenant: to its My Apps, through sign-in where needed (RED-2, SIN-4).

    A person signed in elsewhere and known here is not asked for the address again.
    """
    host = tenant_or_404(tenant)
    url = reverse("identityproviders:tenant_signin", args=[tenant])
    apps = reverse("applications:my_apps", args=[host.primary_domain])
    user, wanted = request.user, request.GET.get("next", "")
    if not isinstance(user, User) or not user.is_authenticated:
        return redirect(f"{url}?{urlencode({'next': apps})}")
    if user.tenant_id == host.pk:
        return redirect(apps)
    address = lookups.address_at(host, user)
    if address is not None:
        # Known here too: they prove it here, whatever session they have elsewhere (SIN-5).
        return _start(request, host, Entry.DIRECT, address, same_origin_path(wanted) or apps)
    return _not_here(request, host, user, url)


def tenant_or_404(selector: str) -> Tenant:
    """The tenant with this id or verified domain (DIR-2).

    Raises: Http404, also for a suspended one (SEC-40).
    """
    tenant = _tenant_named(selector)
    if tenant is None:
        raise Http404
    return tenant


def _tenant_named(selector: str) -> Tenant | None:
    return Tenant.objects.by_selector(selector).filter(is_suspended=False).first()


def _begin(
    request: HttpRequest, tenant: Tenant, entry: Entry, address: EmailAddress
) -> HttpResponse:
    request.session.pop(TYPED, None)
    return _start(request, tenant, entry, address, request.GET.get("next", ""))


def _start(
    request: HttpRequest, tenant: Tenant, entry: Entry, address: EmailAddress, wanted: str
) -> HttpResponse:
    txn = actions.start_sign_in(request, tenant=tenant, entry=entry, continue_to=wanted)
    method_choice.choose_method(txn, address)
    return SeeOther(actions.next_url(txn))


def _not_here(request: HttpRequest, host: Tenant, user: User, url: str) -> HttpResponse:
    log.record_sign_in(
        host,
        user=None,
        identifier=user.own_address.ascii if user.own_address else user.display_name,
        status=SignInStatus.FAILURE,
        error_code=NOT_IN_TENANT,
        failure_reason=error_codes.error_reason(NOT_IN_TENANT),
    )
    context = {"host": host, "visitor": user, "sign_in_url": url}
    return render(request, "identityproviders/sign_in/not_here.html", context, status=403)


def _with_next(request: HttpRequest) -> str:
    return _query(same_origin_path(request.GET.get("next", "")))


def _query(wanted: str) -> str:
    return f"?{urlencode({'next': wanted})}" if wanted else ""


def _options_url(request: HttpRequest) -> str:
    return reverse("identityproviders:signin_options") + _with_next(request)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session on the server; the back button shows nothing afterwards."""
    user, provider = request.user, request.session.get(actions.PROVIDER_SIGN_OUT)
    url = reverse("identityproviders:signed_out")
    if isinstance(user, User) and user.is_authenticated and not user.is_operator:
        url += "?" + urlencode({"at": user.tenant.primary_domain})
    with languages.keep_language_of_mail(request):
        logout(request)
    provider_sign_out.keep_offer(request, provider)
    response = SeeOther(url)
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_safe
@guest_page
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say so; offer to sign out at the provider too, and to sign in here again (SES-1)."""
    selector = request.GET.get("at", "") or request.GET.get("state", "")
    host = Tenant.objects.by_selector(selector).first() if selector else None
    url = (
        reverse("identityproviders:tenant_signin", args=[host.primary_domain])
        if host
        else reverse("identityproviders:signin")
    )
    context = {
        "host": host,
        "sign_in_url": url,
        "provider": provider_sign_out.offer_in(request),
    }
    response = render(request, "identityproviders/sign_in/signed_out.html", context)
    add_never_cache_headers(response)
    return response
