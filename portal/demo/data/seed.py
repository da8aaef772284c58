"""Write the tenants of the demo, once (decision 6: one tenant in each of the states S1, S3, S4).

Contoso switched the passcode on, Fabrikam was never touched and its date lies ahead, Wingtip Toys
switched it off. A second call changes nothing.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from guests.models import (
    CreationType,
    ExternalUserState,
    Group,
    GroupMembership,
    GroupOwnership,
    Identity,
    RoleAssignment,
    Sponsorship,
    User,
    UserType,
)
from guests.users import search_terms
from guests.users.user_principal_name import guest_user_principal_name
from identityproviders.models import (
    Federation,
    FederationDomain,
    PasscodePolicy,
    PersonalAccount,
    SocialProvider,
)
from identityproviders.passcodes.policy.models import StoredState
from invitations.delivery.send_invitation import INVITATION_MAIL
from invitations.inviting import tickets
from invitations.models import Invitation, InvitationStatus
from portal.audit.models import AuditEvent, SignInEvent
from portal.demo import certificates
from portal.demo.data import history, story
from portal.demo.data.story import InvitedPerson, Person
from portal.outbox.models import MailState, OutgoingMail, Queue, SuppressedAddress
from portal.tenants.models import PLATFORM_TENANT_ID, Domain, Tenant
from portal.values import email_address

FABRIKAM_WAITS = timedelta(days=30)


def seed_demo() -> None:
    """Write everything in one transaction, unless it is there already."""
    if Tenant.objects.filter(is_demo=True).exists():
        return
    with transaction.atomic():
        hashed = make_password(story.demo_password())
        contoso = _tenant("Contoso", "contoso", "contoso.com", "#0b6a6f")
        fabrikam = _tenant("Fabrikam", "fabrikam", "fabrikam.com", "#7a2101")
        wingtip = _tenant("Wingtip Toys", "wingtiptoys", "", "#6d2064")
        guests = story.contoso_guests()
        members = [
            *_members(contoso, story.CONTOSO_MEMBERS, hashed),
            *_members(fabrikam, [story.FABRIKAM_ADMINISTRATOR, *_home_people(guests)], hashed),
            *_members(wingtip, [story.WINGTIP_ADMINISTRATOR], hashed),
        ]
        _operator(hashed)
        _providers(contoso, fabrikam, wingtip)
        _personal_accounts(guests, hashed)
        homes = {member.mail: member for member in members}
        _guests(contoso, guests, homes, inviter=homes["grace.nakamura@contoso.com"])
        _groups(contoso, homes)
        for tenant, administrator, people in (
            (fabrikam, story.FABRIKAM_ADMINISTRATOR, story.FABRIKAM_GUESTS),
            (wingtip, story.WINGTIP_ADMINISTRATOR, story.WINGTIP_GUESTS),
        ):
            _guests(tenant, people, homes, inviter=homes[administrator.address])


def _tenant(name: str, label: str, domain: str, color: str) -> Tenant:
    tenant = Tenant.objects.create(display_name=name, brand_color=color, is_demo=True)
    now = timezone.now()
    Domain.objects.create(
        tenant=tenant,
        name=f"{label}.onmicrosoft.com",
        is_initial=True,
        is_verified=True,
        is_primary=not domain,
        verified_at=now,
    )
    if domain:
        Domain.objects.create(
            tenant=tenant, name=domain, is_verified=True, is_primary=True, verified_at=now
        )
    return tenant


def _operator(hashed: str) -> None:
    platform = Tenant.objects.get(pk=PLATFORM_TENANT_ID)
    User.unscoped.bulk_create([_member(platform, story.OPERATOR, hashed, timezone.now())])


def _home_people(guests: list[InvitedPerson]) -> list[Person]:
    """Guests with an organization account are members of Fabrikam."""
    return [Person(g.name, g.address) for g in guests if g.issuer == story.ORGANIZATION]


def _members(tenant: Tenant, people: list[Person] | tuple[Person, ...], hashed: str) -> list[User]:
    start = timezone.now() - timedelta(days=900)
    users = [
        _member(tenant, person, hashed, start + timedelta(days=9 * index))
        for index, person in enumerate(people)
    ]
    User.unscoped.bulk_create(users)
    RoleAssignment.unscoped.bulk_create(
        RoleAssignment(tenant=tenant, user=user, role=role.value)
        for user, person in zip(users, people, strict=True)
        for role in person.roles
    )
    search_terms.refresh_many_search_terms(users)
    return users


def _member(tenant: Tenant, person: Person, hashed: str, created_at: datetime) -> User:
    first, _space, last = person.name.partition(" ")
    return User(
        tenant=tenant,
        user_principal_name=person.address,
        display_name=person.name,
        display_name_key=person.name.casefold(),
        given_name=first,
        surname=last,
        mail=person.address,
        job_title=person.job_title,
        department=person.department,
        identity_issuer=tenant.initial_domain,
        password=hashed,
        last_password_change_at=created_at,
        created_at=created_at,
    )


def _providers(contoso: Tenant, fabrikam: Tenant, wingtip: Tenant) -> None:
    PasscodePolicy.objects.create(tenant=contoso, stored=StoredState.ENABLED)
    PasscodePolicy.objects.create(
        tenant=fabrikam, automatic_on=(timezone.now() + FABRIKAM_WAITS).date()
    )
    PasscodePolicy.objects.create(tenant=wingtip, stored=StoredState.DISABLED)
    SocialProvider.objects.create(
        tenant=contoso,
        kind=SocialProvider.Kind.GOOGLE,
        client_id="demo.apps.googleusercontent.com",
        client_secret=uuid.uuid4().hex,
    )
    certificate, expires_at = certificates.of_partner("Litware signing", timedelta(days=130))
    litware = Federation.objects.create(
        tenant=contoso,
        display_name="Litware sign-in",
        protocol=Federation.Protocol.SAML,
        issuer=story.FEDERATION_ISSUER,
        endpoint=f"{story.FEDERATION_ISSUER}/sso",
        certificates=certificate,
        certificate_expires_at=expires_at,
    )
    FederationDomain.objects.create(tenant=contoso, federation=litware, name="litware.com")


def _personal_accounts(guests: list[InvitedPerson], hashed: str) -> None:
    PersonalAccount.objects.bulk_create(
        PersonalAccount(address_key=g.address, password=hashed)
        for g in guests
        if g.issuer == story.PERSONAL
    )


def _guests(
    tenant: Tenant, people: Sequence[InvitedPerson], homes: dict[str, User], *, inviter: User
) -> None:
    """Guests with identities, invitations, sponsors, and what the logs say of them."""
    chance = random.Random(1)  # noqa: S311  the same story every time
    now = timezone.now()
    users = [_guest(tenant, p, now - timedelta(days=chance.randint(3, 600))) for p in people]
    both = list(zip(users, people, strict=True))
    User.unscoped.bulk_create(users)
    Identity.unscoped.bulk_create(
        _identity(tenant, u, p, _home_of(p, homes)) for u, p in both if p.has_accepted
    )
    Invitation.unscoped.bulk_create(_invitation(tenant, u, inviter) for u in users)
    _refused_mails(tenant)
    Sponsorship.unscoped.bulk_create(
        Sponsorship(tenant=tenant, guest=user, sponsor=inviter) for user in users
    )
    SignInEvent.unscoped.bulk_create(
        event
        for u, p in both
        if p.has_accepted
        for event in history.write_sign_in_history(tenant, u, p, chance)
    )
    AuditEvent.unscoped.bulk_create(history.write_audit_history(tenant, users, inviter=inviter))
    search_terms.refresh_many_search_terms(users)


def _groups(tenant: Tenant, homes: dict[str, User]) -> None:
    """Three groups; one of them answers for the guests of a partner instead of the inviter."""
    for told in story.CONTOSO_GROUPS:
        group = Group.objects.create(
            tenant=tenant, display_name=told.name, description=told.description
        )
        partners = User.objects.of(tenant).accepted()
        people = [homes[address] for address in told.members]
        if told.sponsors_domain:
            guests = list(partners.filter(mail__iendswith=f"@{told.sponsors_domain}"))
            people += guests[:3]
            mine = Sponsorship.objects.of(tenant).filter(guest__in=guests)
            mine.update(sponsor=None, group=group)
        GroupMembership.unscoped.bulk_create(
            GroupMembership(tenant=tenant, group=group, user=user) for user in people
        )
        GroupOwnership.unscoped.bulk_create(
            GroupOwnership(tenant=tenant, group=group, user=homes[address])
            for address in told.owners
        )


def _refused_mails(tenant: Tenant) -> None:
    """The outbox rows of the invitations that did not arrive (BET-3)."""
    for invitation in Invitation.objects.of(tenant).filter(address__in=story.UNDELIVERABLE):
        code, text = story.UNDELIVERABLE[invitation.address]
        is_gone = text.startswith("5.1.1")
        mail = OutgoingMail.objects.create(
            tenant=tenant,
            kind=INVITATION_MAIL,
            subject_id=invitation.pk,
            recipient=invitation.address,
            queue=Queue.MAIL,
            state=MailState.BOUNCED if is_gone else MailState.FAILED,
            tries=1,
            reply_code=code,
            reply_text=text,
            created_at=invitation.created_at,
            due_at=invitation.created_at,
            give_up_at=invitation.created_at,
            finished_at=invitation.created_at,
        )
        if is_gone:
            SuppressedAddress.objects.create(
                tenant=tenant,
                address=invitation.email_address.canonical,
                status="5.1.1",
                reason=f"{code} {text}",
                mail=mail,
                created_at=invitation.created_at,
            )


def _home_of(person: InvitedPerson, homes: dict[str, User]) -> User | None:
    return homes.get(person.address) if person.issuer == story.ORGANIZATION else None


def _guest(tenant: Tenant, person: InvitedPerson, invited_at: datetime) -> User:
    address = email_address.parse_email_address(person.address)
    first, _space, last = person.name.partition(" ")
    accepted_at = invited_at + timedelta(hours=26)
    user = User(
        tenant=tenant,
        user_principal_name=guest_user_principal_name(
            address, tenant.initial_domain, lambda name: False
        ),
        display_name=person.name,
        display_name_key=person.name.casefold(),
        given_name=first,
        surname=last,
        user_type=UserType.GUEST,
        creation_type=CreationType.INVITATION,
        external_user_state=(
            ExternalUserState.ACCEPTED if person.has_accepted else ExternalUserState.PENDING
        ),
        external_user_state_changed_at=accepted_at if person.has_accepted else invited_at,
        invited_address=person.address,
        invited_address_key=address.canonical,
        identity_issuer=person.issuer if person.has_accepted else tenant.initial_domain,
        mail=person.address,
        company_name=_company(address.domain),
        created_at=invited_at,
    )
    user.set_unusable_password()
    return user


def _company(domain: str) -> str:
    is_own = domain not in {"gmail.com", "outlook.com"}
    return domain.partition(".")[0].capitalize() if is_own else ""


def _identity(tenant: Tenant, user: User, person: InvitedPerson, home: User | None) -> Identity:
    key, subject = "", user.invited_address_key
    if home is not None:
        key, subject = str(home.tenant_id), str(home.pk)
    elif person.issuer in {story.GOOGLE, story.FEDERATION_ISSUER}:
        subject = uuid.uuid5(uuid.NAMESPACE_URL, f"{person.issuer}/{person.address}").hex
    return Identity(
        tenant=tenant, user=user, issuer=person.issuer, provider_key=key, subject=subject
    )


def _invitation(tenant: Tenant, user: User, inviter: User) -> Invitation:
    invitation_id = uuid.uuid4()
    is_open = user.is_pending
    return Invitation(
        id=invitation_id,
        tenant=tenant,
        user=user,
        inviter=inviter,
        address=user.invited_address,
        redirect_url=_my_apps(tenant),
        status=InvitationStatus.PENDING if is_open else InvitationStatus.COMPLETED,
        created_at=user.created_at,
        last_sent_at=user.created_at,
        accepted_at=None if is_open else user.external_user_state_changed_at,
        **tickets.new_ticket(tenant.pk, invitation_id, 1).columns(),
    )


def _my_apps(tenant: Tenant) -> str:
    return str(settings.PORTAL_BASE_URL) + reverse("applications:my_apps", args=[tenant.pk])
