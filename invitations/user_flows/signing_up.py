"""Sign up as a guest through a user flow (SSU-1, SSU-2)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.identities.actions import IdentityTaken, accept_identity, bind_identity
from guests.models import CreationType, Issuer, User
from guests.users.creation.actions import create_guest
from identityproviders.discovery.decide import Primary, Provider, RedemptionOrder
from identityproviders.discovery.queries import order_for
from identityproviders.models import PersonalAccount, SignInStep, SignInTransaction, SocialProvider
from identityproviders.sign_in.actions import move_sign_in
from invitations.inviting import checks
from invitations.inviting.checks import DomainRefused
from invitations.inviting.errors import NotPending, NotProven, RedemptionRefused
from invitations.inviting.guest_quota import room_for_guests
from invitations.models import UserFlow
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import Conflict, InvalidInput, NotFound
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress, parse_email_address


class FlowClosed(NotFound):
    """There is no such sign-up: deleted, switched off (COL-6), or never there."""

    message = gettext_lazy("This sign-up page is not available. Ask the organization for access.")


class KnownAlready(Conflict):
    """Somebody with this address or account became a guest meanwhile."""

    message = gettext_lazy("There is a guest account for you by now. Sign in with it.")


def open_flow(tenant: Tenant, *, name: str = "", flow_id: uuid.UUID | None = None) -> UserFlow:
    """The flow with this name or id, while the tenant allows sign-ups (COL-6).

    Raises: FlowClosed.
    """
    flows = UserFlow.objects.of(tenant).select_related("tenant")
    wanted = flows.filter(pk=flow_id) if flow_id else flows.filter(name=name)
    flow: UserFlow | None = wanted.first()
    if flow is None or not checks.policy_of(tenant).is_self_service_allowed:
        raise FlowClosed
    return flow


def order_of(flow: UserFlow, address: EmailAddress) -> RedemptionOrder:
    """What discovery may answer here: accounts of organizations, and what the flow offers.

    Organizations with a federation of the tenant are asked there. What the tenant turned off
    in its redemption order, or in that of the organization behind the address, is no way in
    here either (CTA-1, CTA-4, CTA-5).
    """
    own = order_for(flow.tenant, address.domain)
    left_out = set() if flow.offers_google else {Primary.SOCIAL}
    primary = [name for name in own.primary if name not in left_out]
    if Primary.ORGANIZATION not in primary:
        primary.insert(0, Primary.ORGANIZATION)
    return RedemptionOrder(
        primary=tuple(primary),
        microsoft_account_fallback=flow.offers_microsoft_account and own.microsoft_account_fallback,
        passcode_fallback=flow.offers_passcode and own.passcode_fallback,
    )


def facebook_of(flow: UserFlow) -> Provider | None:
    """Facebook, where the flow offers it and the tenant has set it up (IDP-8)."""
    kind = SocialProvider.Kind.FACEBOOK
    rows = SocialProvider.objects.of(flow.tenant).filter(kind=kind)
    return Provider(kind.value, kind.label) if flow.offers_facebook and rows.exists() else None


def require_welcome(tenant: Tenant, address: EmailAddress) -> None:
    """Pass an address that may sign up: of another organization, in a domain that may (COL-10).

    Raises: InvalidInput at `address`.
    """
    if address.domain in tenant.verified_domains:
        raise InvalidInput(
            "address",
            _("This address belongs to %(name)s itself. Sign in instead.")
            % {"name": tenant.display_name},
        )
    try:
        checks.require_allowed_domain(tenant, address)
    except DomainRefused as refusal:
        raise InvalidInput("address", _refused_domain(tenant)) from refusal


def sign_up(txn: SignInTransaction, attributes: Mapping[str, str]) -> User:
    """Make the accepted guest, bind what was proven and note who signs in, all or nothing.

    Takes the checked values of the attributes that the flow asks. The guest has no invitation;
    `creationType` says how they came (SSU-2, T4).

    Raises: FlowClosed, NotPending before a proof, NotProven, RedemptionRefused, KnownAlready.
    """
    if txn.step != SignInStep.CONSENT or not txn.proven_issuer or not txn.is_sign_up:
        raise NotPending
    flow = open_flow(txn.tenant, flow_id=txn.sign_up_id)
    address = parse_email_address(txn.address)
    _require_allowed(txn, address)
    try:
        with transaction.atomic():
            user = _create(txn, address, attributes)
            move_sign_in(txn, {SignInStep.CONSENT}, SignInStep.CONSENT, user=user)
            _record(txn, flow, user)
    except (IntegrityError, IdentityTaken) as error:
        raise KnownAlready from error
    return user


def _require_allowed(txn: SignInTransaction, address: EmailAddress) -> None:
    if txn.proven_address != address.canonical:
        raise NotProven
    try:
        checks.require_allowed_domain(txn.tenant, address)
    except DomainRefused as refusal:
        raise RedemptionRefused(_refused_domain(txn.tenant)) from refusal


def _create(txn: SignInTransaction, address: EmailAddress, attributes: Mapping[str, str]) -> User:
    if room_for_guests(txn.tenant) == 0:
        raise RedemptionRefused(
            _("%(name)s can’t take more guests at the moment.") % {"name": txn.tenant.display_name}
        )
    values = dict(attributes)
    named = " ".join(filter(None, (values.get("given_name"), values.get("surname"))))
    display_name = values.pop("display_name", "") or named or _name_at_home(txn)
    user = create_guest(
        txn.tenant,
        address,
        display_name=display_name,
        profile=values,
        creation_type=CreationType.SELF_SERVICE,
    )
    is_mailbox = txn.proven_issuer == Issuer.PASSCODE
    bind_identity(
        user,
        issuer=txn.proven_issuer,
        provider_key=txn.proven_provider_key,
        subject=txn.proven_subject,
        issuer_assigned_id=txn.proven_subject if is_mailbox else "",
    )
    accept_identity(user)
    return user


def _name_at_home(txn: SignInTransaction) -> str:
    if txn.home_user is not None:
        return str(txn.home_user.display_name)
    if txn.proven_issuer != Issuer.PERSONAL:
        return ""
    account = PersonalAccount.objects.filter(pk=txn.proven_subject).first()
    return account.display_name if account else ""


def _refused_domain(tenant: Tenant) -> str:
    return _("%(name)s doesn’t accept people with an address in this domain.") % {
        "name": tenant.display_name
    }


def _record(txn: SignInTransaction, flow: UserFlow, user: User) -> None:
    log.record(
        log.ADD_USER,
        txn.tenant,
        by=user,
        target=Target.of_user(user),
        details=Details(
            changes=[
                Change("CreationType", None, user.creation_type),
                Change("UserState", None, user.external_user_state),
                Change("Identities", None, txn.proven_issuer),
            ],
            additional={"UserFlow": flow.name},
        ),
    )
