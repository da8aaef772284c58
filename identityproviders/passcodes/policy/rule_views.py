"""Pages of the passcode rules: the list, and the rule for one guest (BET-10)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from guests.users.page.views import user_of
from identityproviders.discovery.decide import Rule
from identityproviders.impact.proposed_change import ProposedChange
from identityproviders.models import PasscodeRule
from identityproviders.passcodes.policy import actions
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number
from portal.errors import InvalidInput, NotConfirmed, NotFound
from portal.permissions import Capability

TITLE = gettext_lazy("Passcode rules")
PAGE = "identityproviders:passcode_rules"
MOST_SHOWN = 1000


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="external_identities",
    page="all_identity_providers",
    title=TITLE,
    capability=Capability.PASSCODE_POLICY_READ,
    parent="identityproviders:providers",
)
def passcode_rules(request: TenantRequest) -> HttpResponse:
    """The rules about domains and guests; add one, or end one, after its impact was shown."""
    if request.method != "POST":
        return _show(request)
    actions.require_may_edit(request.user)
    rule = _rule(request.POST.get("effect", ""))
    typed = request.POST.get("domain", "")
    try:
        domain = actions.domain_of(typed)
    except InvalidInput as error:
        return _show(request, typed=typed, rule=rule, error=str(error), status=400)
    if "preview" in request.POST:
        return _show(request, typed=typed, domain=domain, rule=rule)
    try:
        actions.set_for_domain(
            request.tenant,
            domain,
            rule,
            by=request.user,
            acknowledged=posted_number(request, "acknowledged"),
        )
    except NotConfirmed as error:
        unconfirmed = str(error) if "seen" in request.POST else ""
        return _show(
            request, typed=typed, domain=domain, rule=rule, unconfirmed=unconfirmed, status=400
        )
    title = _("Rule saved") if rule else _("Rule ended")
    toasts.succeeded(request, title, domain)
    return redirect(PAGE)


@require_POST
@blade(
    service="users",
    page="authentication_methods",
    title=TITLE,
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def guest_rule(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The rule about one guest, chosen on the page of their authentication methods (BET-11)."""
    guest = user_of(request, user_id)
    rule = _rule(request.POST.get("effect", ""))
    if actions.set_for_guest(guest, rule, by=request.user):
        toasts.succeeded(request, _("Passcode rule saved"), guest.display_name)
    return redirect("guests:user_methods", user_id=guest.pk)


def _show(
    request: TenantRequest,
    *,
    typed: str = "",
    domain: str = "",
    rule: Rule | None = Rule.FORCE,
    error: str = "",
    unconfirmed: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = PasscodeRule.objects.of(request.tenant).select_related("user")
    context: dict[str, object] = {
        "about_domains": rows.filter(user=None)[:MOST_SHOWN],
        "about_guests": rows.filter(user__deleted_at=None).exclude(user=None)[:MOST_SHOWN],
        "effects": PasscodeRule.Effect.choices,
        "typed": typed,
        "domain": domain,
        "effect": rule.value if rule else "",
        "error": error,
        "unconfirmed": unconfirmed,
        "may_edit": permissions.may(request.user, Capability.PASSCODE_POLICY_EDIT),
        "roles": permissions.role_names(Capability.PASSCODE_POLICY_EDIT),
    }
    if domain:
        context |= {
            "consequences": actions.consequences_for_domain(request.tenant, domain, rule),
            "change": ProposedChange.with_rule(domain, rule),
            "back": reverse(PAGE),
            "may_confirm": True,
        }
    return render(
        request, "identityproviders/passcodes/passcode_rules.html", context, status=status
    )


def _rule(text: str) -> Rule | None:
    """The effect that was chosen; empty for none.

    Raises: NotFound for a value that no page sends.
    """
    if not text:
        return None
    if text not in set(Rule):
        raise NotFound
    return Rule(text)
