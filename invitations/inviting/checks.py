"""The checks at invitation, in the order of T18; the first failure decides.

Permission comes first, so that a user without the right does not learn what a tenant contains.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import User, UserType
from invitations.collaboration.rules import CollaborationRules, Refusal, Restriction, refusal_of
from invitations.inviting.request import InvitationRequest
from invitations.models import CollaborationPolicy, ListedDomain, OrganizationAccess
from portal import permissions
from portal.errors import InvalidInput, NotAllowed
from portal.permissions import Capability, InvitePolicy
from portal.tenants.models import Domain, Tenant
from portal.values import email_address, redirect_url
from portal.values.email_address import EmailAddress, InvalidEmailAddress
from portal.values.redirect_url import BadRedirect, RedirectUrl
from portal.values.text import (
    DISPLAY_NAME_LENGTH,
    refuse_control_characters,
    refuse_control_characters_in_lines,
)

MAXIMUM_MESSAGE_CHARACTERS = 5000
MAXIMUM_CC_RECIPIENTS = 10
_LINE_BREAK = re.compile("\r\n|[\r\u2028\u2029]")
SENTENCES = {
    Refusal.DOMAIN_NOT_ALLOWED: gettext_lazy(
        "Invitations to %(domain)s are not allowed by the collaboration restrictions of your "
        "organization."
    ),
    Refusal.INBOUND_BLOCKED: gettext_lazy(
        "Guests from %(domain)s are blocked by the cross-tenant access settings of your "
        "organization."
    ),
}


class DomainRefused(InvalidInput):
    """The tenant's restrictions exclude the domain (T18 rows 4 and 5)."""


def invite_policy(tenant: Tenant) -> InvitePolicy:
    """The tenant's guest invite setting (T15)."""
    stored = (
        CollaborationPolicy.objects.filter(tenant=tenant)
        .values_list("allow_invites_from", flat=True)
        .first()
    )
    return InvitePolicy(stored) if stored else InvitePolicy.EVERYONE


def may_invite(actor: User, tenant: Tenant, policy: InvitePolicy | None = None) -> bool:
    """Whether `actor` may invite guests of `tenant`, or resend invitations (ROL-4)."""
    return actor.tenant_id == tenant.pk and permissions.may_invite(
        actor, policy or invite_policy(tenant)
    )


def require_may_invite(
    actor: User,
    tenant: Tenant,
    *,
    user_type: str = UserType.GUEST,
    policy: InvitePolicy | None = None,
) -> None:
    """T18 row 1, and SEC-28 for members; `policy` where it was read before.

    Raises: NotAllowed, naming the roles that would do.
    """
    policy = policy or invite_policy(tenant)
    if policy is InvitePolicy.NOBODY:
        raise NotAllowed(
            _(
                "Invitations are set to “No one”, which holds for administrators too. Change it "
                "under External collaboration settings."
            ),
            capability=Capability.INVITATIONS_INVITE,
        )
    if not may_invite(actor, tenant, policy):
        raise NotAllowed(
            _("You’re not allowed to invite guests."),
            capability=Capability.INVITATIONS_INVITE,
            roles=_roles_that_may(policy),
        )
    if user_type == UserType.MEMBER:
        permissions.require(actor, Capability.INVITATIONS_INVITE_MEMBER)
    elif user_type != UserType.GUEST:
        raise InvalidInput("user_type", _("Choose Guest or Member."))


def _roles_that_may(policy: InvitePolicy) -> tuple[str, ...]:
    if policy is InvitePolicy.NOBODY:
        return ()
    return permissions.role_names(Capability.INVITATIONS_INVITE)


def address_of(
    text: str, field: str = "email", *, domain_of: Callable[[str], str] | None = None
) -> EmailAddress:
    """T18 row 2; `domain_of` as `parse_email_address` takes it. Raises: InvalidInput at `field`."""
    try:
        return email_address.parse_email_address(text, domain_of=domain_of)
    except InvalidEmailAddress as error:
        raise InvalidInput(field, error.reason) from error


def require_other_organization(tenant: Tenant, address: EmailAddress) -> None:
    """T18 row 3, INV-11. Raises: InvalidInput."""
    if address.domain in tenant.verified_domains:
        raise InvalidInput(
            "email",
            _("%(domain)s belongs to your own organization. Create a user instead.")
            % {"domain": address.unicode_domain},
        )


def policy_of(tenant: Tenant) -> CollaborationPolicy:
    """The stored settings; unsaved ones with the defaults for a tenant that set nothing."""
    found = CollaborationPolicy.objects.filter(tenant=tenant).first()
    return found or CollaborationPolicy(tenant=tenant)


def collaboration_rules(tenant: Tenant) -> CollaborationRules:
    """What the tenant has set about domains, in three queries; a fourth for other tenants."""
    policy = policy_of(tenant)
    return CollaborationRules(
        restriction=Restriction(policy.restriction),
        listed=frozenset(ListedDomain.objects.of(tenant).values_list("name", flat=True)),
        is_inbound_allowed=policy.is_inbound_allowed,
        inbound_by_organization=_inbound_by_domain(tenant),
    )


def _inbound_by_domain(tenant: Tenant) -> dict[str, bool]:
    """Organizations with a setting of their own, under every domain that they proved (CTA-1)."""
    rows = list(
        OrganizationAccess.objects.of(tenant)
        .filter(is_inbound_allowed__isnull=False)
        .values_list("domain", "organization", "is_inbound_allowed")
    )
    found = {domain: is_allowed for domain, _organization, is_allowed in rows}
    by_tenant = {organization: is_allowed for _d, organization, is_allowed in rows if organization}
    if by_tenant:
        proven = Domain.objects.filter(tenant__in=by_tenant, is_verified=True)
        for name, organization in proven.values_list("name", "tenant"):
            found.setdefault(name, by_tenant[organization])
    return found


def require_allowed_domain(
    tenant: Tenant, address: EmailAddress, rules: CollaborationRules | None = None
) -> None:
    """T18 rows 4 and 5 (COL-12, COL-14, CTA-2); `rules` where they were read before.

    Raises: DomainRefused.
    """
    refusal = refusal_of(address.domain, rules or collaboration_rules(tenant))
    if refusal is not None:
        raise DomainRefused("email", str(SENTENCES[refusal]) % {"domain": address.unicode_domain})


def require_allowed_address(
    tenant: Tenant, address: EmailAddress, rules: CollaborationRules | None = None
) -> None:
    """T18 rows 3 to 5; `rules` where they were read before. Raises: InvalidInput at `email`."""
    require_other_organization(tenant, address)
    require_allowed_domain(tenant, address, rules)


def redirect_of(text: str) -> RedirectUrl:
    """T18 row 6, SEC-60. Raises: InvalidInput at `redirect_url`."""
    try:
        return redirect_url.parse_redirect_url(
            text.strip(" "), own_origin=redirect_url.origin_of(settings.PORTAL_BASE_URL)
        )
    except BadRedirect as error:
        raise InvalidInput("redirect_url", error.message) from error


def message_of(text: str) -> str:
    """The custom message as stored: plain text, line breaks of every kind as LF (INV-8, SEC-31).

    Raises: InvalidInput at `message`.
    """
    lines = _LINE_BREAK.sub("\n", text).strip()
    if len(lines) > MAXIMUM_MESSAGE_CHARACTERS:
        raise InvalidInput("message", _("The message can have 5,000 characters at most."))
    try:
        refuse_control_characters_in_lines(lines)
    except ValidationError as error:
        raise InvalidInput("message", error.messages[0]) from error
    return lines


def display_name_of(text: str) -> str:
    """The display name on one line (T9). Raises: InvalidInput at `display_name`."""
    name = text.strip()
    if len(name) > DISPLAY_NAME_LENGTH:
        raise InvalidInput("display_name", _("The name can have 256 characters at most."))
    try:
        refuse_control_characters(name)
    except ValidationError as error:
        raise InvalidInput("display_name", error.messages[0]) from error
    return name


def require_few_copies(request: InvitationRequest) -> None:
    """Pass at most ten Cc recipients (INV-10, T21). Raises: InvalidInput at `cc`."""
    if len(request.cc) > MAXIMUM_CC_RECIPIENTS:
        raise InvalidInput("cc", _("An invitation can have 10 Cc recipients at most."))


def checked_texts(request: InvitationRequest) -> InvitationRequest:
    """The request with its texts as they are stored (T18 row 6, T9, INV-8).

    Raises: InvalidInput at `redirect_url`, `display_name` or `message`.
    """
    return replace(
        request,
        redirect_url=str(redirect_of(request.redirect_url)),
        display_name=display_name_of(request.display_name),
        message=message_of(request.message),
    )
