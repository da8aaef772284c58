"""Page External Identities | Overview (EXT-1, EXT-2)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from identityproviders.discovery.queries import passcode_policy_of, passcode_settings
from identityproviders.passcodes.policy.state import passcode_state
from identityproviders.providers import provider_list
from invitations.inviting import checks
from invitations.overview import attention, figures
from portal import permissions
from portal.console.blades import TenantRequest, blade
from portal.permissions import Capability


@require_safe
@blade(
    service="external_identities",
    page="overview",
    title=gettext_lazy("Overview"),
    capability=Capability.EXTERNAL_IDENTITIES_OPEN,
    icon="globe_person",
)
def external_identities(request: TenantRequest) -> HttpResponse:
    """How guests come in, counted just now, and what wants a look."""
    tenant, now = request.tenant, timezone.now()
    guests, mails = figures.guest_figures(tenant, now), figures.mail_figures(tenant, now)
    days, sign_ins = figures.sign_in_days(tenant, now)
    policy = passcode_policy_of(tenant)
    state = passcode_state(passcode_settings(tenant, policy), now)
    providers = provider_list.custom_providers(tenant, now=now)
    context = {
        "guests": guests,
        "mails": mails,
        "methods": figures.method_shares(tenant, guests.pending),
        "days": days,
        "sign_ins": sign_ins,
        "sign_in_count": sum(share.count for share in sign_ins),
        "passcode": state,
        "built_in": provider_list.built_in_providers(tenant, now),
        "custom": providers,
        "notices": attention.list_notices(guests, mails, providers),
        "may": {
            "invite": checks.may_invite(request.user, tenant),
            "providers": permissions.may(request.user, Capability.PROVIDERS_READ),
            "passcode": permissions.may(request.user, Capability.PASSCODE_POLICY_READ),
        },
    }
    return render(request, "invitations/overview/overview.html", context)
