"""Page External Identities | Overview (EXT-1, EXT-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from identityproviders.discovery.queries import passcode_policy_of, passcode_settings
from identityproviders.passcodes.policy.state import passcode_state
from identityproviders.providers import provider_list
from identityproviders.providers.provider_list import Expiry
from invitations.inviting import checks
from invitations.overview import figures
from invitations.overview.figures import Guests, Mails
from portal import permissions
from portal.console.blades import TenantRequest, blade
from portal.outbox.models import Queue
from portal.outbox.sending import sweeper
from portal.permissions import Capability


@dataclass(frozen=True)
class Notice:
    """One line of *Needs attention*; `is_good` says that there is nothing to do."""

    text: str
    url: str = ""
    is_good: bool = False


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
        "notices": _notices(guests, mails, _expiring(providers)),
        "may": {
            "invite": checks.may_invite(request.user, tenant),
            "providers": permissions.may(request.user, Capability.PROVIDERS_READ),
            "passcode": permissions.may(request.user, Capability.PASSCODE_POLICY_READ),
        },
    }
    return render(request, "invitations/overview/overview.html", context)


def _expiring(providers: list[provider_list.CustomRow]) -> list[datetime]:
    """When the certificates that are marked end, soonest first (IDP-3)."""
    return sorted(
        row.certificate_expires_at
        for row in providers
        if row.certificate_expires_at and row.expiry is not Expiry.FINE
    )


def _notices(guests: Guests, mails: Mails, expiring: list[datetime]) -> list[Notice]:
    pending = f"{reverse('invitations:invitations')}?age=stale"
    failed = f"{reverse('invitations:invitations')}?delivery=failed"
    found: list[Notice] = []
    if mails.failed:
        text = ngettext(
            "%(n)d invitation could not be delivered",
            "%(n)d invitations could not be delivered",
            mails.failed,
        )
        found.append(Notice(text % {"n": mails.failed}, failed))
    if guests.stale:
        text = ngettext(
            "%(n)d guest was invited more than 30 days ago and has not accepted",
            "%(n)d guests were invited more than 30 days ago and have not accepted",
            guests.stale,
        )
        found.append(Notice(text % {"n": guests.stale}, pending))
    if expiring:
        text = ngettext(
            "%(n)d provider certificate expires on %(day)s",
            "%(n)d provider certificates expire, the first on %(day)s",
            len(expiring),
        )
        day = date_format(expiring[0], "M j, Y")
        url = reverse("identityproviders:providers")
        found.append(Notice(text % {"n": len(expiring), "day": day}, url))
    if sweeper.is_served(Queue.MAIL) and sweeper.is_served(Queue.PASSCODE):
        found.append(Notice(_("Mail worker and queue are running"), is_good=True))
    else:
        found.append(Notice(_("No worker sends mails right now; they wait and are not lost")))
    return found
