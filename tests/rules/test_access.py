"""Every address of the console, asked by everybody with every method (SEC-77, SEC-78).

The table below says who may; the walk asks each address as each role, as other tenants'
administrators, operators and strangers, and compares. An address without a line fails.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from guests.bulk import operations
from guests.models import BulkJob, Group, GroupMembership, User
from identityproviders.models import Federation
from invitations.models import Invitation, OrganizationAccess, TermsDocument, UserFlow
from invitations.terms.actions import create_terms
from portal import permissions
from portal.audit.models import AuditEvent, Result
from portal.outbox.models import MailState, OutgoingMail, SuppressedAddress
from portal.permissions import Capability, Role
from portal.tenants.models import PLATFORM_TENANT_ID, Domain, GuestAccess, Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory, TenantFactory
from tests.support.inviting import invite_guest

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
READ_OR_CHANGE = ("GET", "POST")
"""What the pages answer; that they answer nothing else is asked once, as administrator."""
PARTNER = "partner.example"
REFUSED = {HTTPStatus.FORBIDDEN}


@dataclass
class World:
    """One tenant with one object of every kind the console shows, and somebody who asks."""

    tenant: Tenant
    grace: User
    member: User
    guest: User
    gone: User
    group: Group
    job: BulkJob
    provider: Federation
    flow: UserFlow
    actor: User | None = None

    def may(self, capability: Capability) -> bool:
        """Whether who asks holds the capability."""
        return self.actor is not None and permissions.may(self.actor, capability)

    @property
    def sees_person(self) -> bool:
        """Whether who asks may see everything of the user of the address (T14)."""
        return self.may(Capability.USERS_LIST)

    @property
    def sees_basics(self) -> bool:
        """Whether who asks may see name and address of the user of the address (T14)."""
        access = self.actor.tenant.guest_access if self.actor else ""
        return self.sees_person or access != GuestAccess.RESTRICTED


Rule = Callable[[World], bool]


def capability(name: Capability) -> Rule:
    """Open to whoever holds it."""
    return lambda world: world.may(name)


def person(name: Capability = Capability.USERS_READ) -> Rule:
    """About one user: the capability, and T14."""
    return lambda world: world.may(name) and world.sees_person


def deleter(world: World) -> bool:
    """Whoever may start the bulk operation of the address (BLK-12, BLK-13)."""
    kind = operations.BULK_OPERATIONS.get("delete")
    return world.actor is not None and kind is not None and kind.is_open_to(world.actor)


def group_reader(world: World) -> bool:
    """Whoever may see a group by its object id (T14)."""
    return world.may(Capability.GROUPS_READ) and world.sees_basics


def inviter(world: World) -> bool:
    """T15 at its default: everybody of the tenant, guests too."""
    return world.may(Capability.USERS_READ)


PUBLIC = {
    "healthz",
    "readyz",
    "console:home",
    "console:search",
    "console:notifications",
    "console:bell",
    "console:choose_language",
    "console:tenant_css",
    "tenants:branding_image",
    "invitations:terms",
    "invitations:mail_css",
    "invitations:terms_document",
    "applications:my_apps",
    "applications:my_apps_by_id",
    "invitations:landing",
    "invitations:mismatch",
    "invitations:open_ticket",
    "invitations:consent",
    "invitations:leaving",
    "invitations:organizations",
    "invitations:profile",
    "invitations:leave_organization",
    "invitations:organization_data",
    "invitations:left",
    "invitations:sign_up",
    "invitations:sign_up_details",
    "invitations:block",
    "invitations:open_block",
    "invitations:block_one_click",
    "identityproviders:signin",
    "identityproviders:signin_options",
    "identityproviders:find_organizations",
    "identityproviders:my_organizations",
    "invitations:manage_blocks",
    "invitations:blocked_organizations",
    "identityproviders:password",
    "identityproviders:forget_password",
    "identityproviders:reset_password",
    "identityproviders:choose_account",
    "identityproviders:another_account",
    "identityproviders:create_account",
    "identityproviders:change_password",
    "identityproviders:send_code",
    "identityproviders:enter_code",
    "identityproviders:refused",
    "identityproviders:to_provider",
    "identityproviders:federation_arrival",
    "identityproviders:operator_callback",
    "identityproviders:google_callback",
    "identityproviders:oidc_callback",
    "identityproviders:client_keys",
    "identityproviders:saml_acs",
    "identityproviders:service_provider",
    "identityproviders:sign_out",
    "identityproviders:signed_out",
    "identityproviders:tenant_signin",
    "identityproviders:tenant_home",
}
"""Pages for people who are not signed in, or for guests; their rules have tests of their own."""

CONSOLE: dict[str, Rule] = {
    "guests:users": capability(Capability.USERS_LIST),
    "guests:create_user": capability(Capability.USERS_CREATE),
    "guests:delete_users": capability(Capability.USERS_DELETE),
    "guests:user_settings": capability(Capability.GUEST_ACCESS_READ),
    "guests:password_reset_policy": capability(Capability.USERS_LIST),
    "guests:edit_columns": capability(Capability.USERS_LIST),
    "guests:revoke_selected": capability(Capability.USERS_REVOKE_SESSIONS),
    "guests:per_user_mfa": capability(Capability.METHODS_READ),
    "invitations:reset_selected": capability(Capability.INVITATIONS_RESET),
    "invitations:resend_selected": capability(Capability.INVITATIONS_READ),
    "guests:edit_selected": capability(Capability.USERS_EDIT),
    "guests:reset_selected": capability(Capability.USERS_RESET_PASSWORD),
    "guests:edit_deleted_columns": capability(Capability.USERS_READ_DELETED),
    "guests:deleted_users": capability(Capability.USERS_READ_DELETED),
    "guests:restore_users": capability(Capability.USERS_DELETE),
    "guests:purge_users": capability(Capability.USERS_DELETE),
    "guests:download_users": capability(Capability.USERS_DOWNLOAD),
    "guests:bulk_results": capability(Capability.USERS_LIST),
    "guests:bulk": deleter,
    "guests:bulk_template": deleter,
    "guests:bulk_job": capability(Capability.USERS_LIST),
    "guests:bulk_progress": capability(Capability.USERS_LIST),
    "guests:bulk_submit": capability(Capability.USERS_LIST),
    "guests:bulk_cancel": capability(Capability.USERS_LIST),
    "guests:bulk_results_file": capability(Capability.USERS_LIST),
    "guests:bulk_retry_file": capability(Capability.USERS_LIST),
    "guests:user": lambda world: world.may(Capability.USERS_READ) and world.sees_basics,
    "guests:user_monitoring": person(),
    "guests:user_properties": person(),
    "guests:user_identities": person(),
    "guests:edit_user": person(Capability.USERS_EDIT),
    "guests:revoke_sessions": person(Capability.USERS_REVOKE_SESSIONS),
    "guests:reset_password": person(Capability.USERS_RESET_PASSWORD),
    "guests:delete_user": person(Capability.USERS_DELETE),
    "guests:user_groups": person(),
    "guests:add_memberships": person(Capability.GROUPS_EDIT),
    "guests:remove_memberships": person(Capability.GROUPS_EDIT),
    "guests:user_roles": person(Capability.ROLES_READ),
    "guests:add_roles": person(Capability.ROLES_ASSIGN),
    "guests:remove_roles": person(Capability.ROLES_ASSIGN),
    "guests:user_applications": person(),
    "guests:user_sponsored": person(),
    "guests:groups": capability(Capability.GROUPS_LIST),
    "guests:create_group": capability(Capability.GROUPS_EDIT),
    "guests:delete_groups": capability(Capability.GROUPS_EDIT),
    "guests:group": group_reader,
    "guests:edit_group": capability(Capability.GROUPS_EDIT),
    "guests:delete_group": capability(Capability.GROUPS_EDIT),
    "guests:group_members": group_reader,
    "guests:add_members": capability(Capability.GROUPS_EDIT),
    "guests:remove_members": capability(Capability.GROUPS_EDIT),
    "guests:group_owners": group_reader,
    "guests:add_owners": capability(Capability.GROUPS_EDIT),
    "guests:remove_owners": capability(Capability.GROUPS_EDIT),
    "guests:user_audit_logs": person(Capability.AUDIT_LOGS_OPEN),
    "guests:user_sign_in_logs": person(Capability.SIGN_IN_LOGS_OPEN),
    "guests:user_photo": lambda world: world.may(Capability.USERS_READ) and world.sees_basics,
    "guests:edit_photo": person(Capability.USERS_EDIT),
    "guests:user_methods": person(Capability.METHODS_READ),
    "identityproviders:clear_lock": person(Capability.PASSCODES_CLEAR_LOCK),
    "audit:audit_logs": capability(Capability.AUDIT_LOGS_OPEN),
    "audit:sign_in_logs": capability(Capability.SIGN_IN_LOGS_OPEN),
    "outbox:mail_delivery": capability(Capability.MAIL_READ),
    "outbox:mail": capability(Capability.MAIL_READ),
    "outbox:suppressed": capability(Capability.MAIL_READ),
    "outbox:clear_suppression": capability(Capability.MAIL_EDIT),
    "invitations:classic_new_user": lambda world: (
        world.may(Capability.USERS_CREATE) or inviter(world)
    ),
    "invitations:invite": inviter,
    "invitations:prediction": inviter,
    "invitations:resend": person(),
    "invitations:link": person(),
    "invitations:cross_tenant": capability(Capability.CROSS_TENANT_READ),
    "invitations:cross_tenant_defaults": capability(Capability.CROSS_TENANT_READ),
    "invitations:redemption_order": capability(Capability.CROSS_TENANT_READ),
    "invitations:add_organization": capability(Capability.CROSS_TENANT_EDIT),
    "invitations:cross_tenant_organization": capability(Capability.CROSS_TENANT_READ),
    "invitations:delete_organization": capability(Capability.CROSS_TENANT_EDIT),
    "invitations:organization_order": capability(Capability.CROSS_TENANT_READ),
    "invitations:user_flows": capability(Capability.USER_FLOWS_READ),
    "invitations:create_user_flow": capability(Capability.USER_FLOWS_EDIT),
    "invitations:user_flow": capability(Capability.USER_FLOWS_READ),
    "invitations:delete_user_flow": capability(Capability.USER_FLOWS_EDIT),
    "invitations:collaboration_settings": capability(Capability.COLLABORATION_READ),
    "invitations:restriction_guests": capability(Capability.COLLABORATION_EDIT),
    "invitations:restriction_list": capability(Capability.COLLABORATION_READ),
    "identityproviders:providers": capability(Capability.PROVIDERS_READ),
    "identityproviders:where": capability(Capability.PROVIDERS_READ),
    "identityproviders:built_in": capability(Capability.PROVIDERS_READ),
    "identityproviders:google": capability(Capability.PROVIDERS_READ),
    "identityproviders:delete_google": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:facebook": capability(Capability.PROVIDERS_READ),
    "identityproviders:delete_facebook": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:new_federation": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:new_openid": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:federation": capability(Capability.PROVIDERS_READ),
    "identityproviders:add_domain": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:remove_domain": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:refresh_metadata": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:delete_federation": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:test_provider": capability(Capability.PROVIDERS_READ),
    "identityproviders:trial_result": capability(Capability.PROVIDERS_READ),
    "identityproviders:passcode_pane": capability(Capability.PASSCODE_POLICY_READ),
    "identityproviders:passcode_impact": capability(Capability.PASSCODE_POLICY_READ),
    "identityproviders:passcode_impact_guests": capability(Capability.PASSCODE_POLICY_READ),
    "identityproviders:consequences_guests": capability(Capability.PROVIDERS_READ),
    "identityproviders:passcode_rules": capability(Capability.PASSCODE_POLICY_READ),
    "tenants:properties": capability(Capability.TENANT_READ),
    "invitations:reset_redemption": person(Capability.INVITATIONS_RESET),
    "invitations:convert_to_internal": lambda world: (
        person(Capability.USERS_EDIT)(world) and world.may(Capability.USERS_RESET_PASSWORD)
    ),
    "invitations:invite_internal": person(Capability.USERS_EDIT),
    "invitations:invitations": capability(Capability.INVITATIONS_READ),
    "invitations:invitation": capability(Capability.INVITATIONS_READ),
    "invitations:invitation_settings": capability(Capability.INVITATIONS_READ),
    "invitations:redirect_targets": capability(Capability.INVITATIONS_READ),
    "invitations:overview": capability(Capability.EXTERNAL_IDENTITIES_OPEN),
    "invitations:terms_of_use": capability(Capability.TERMS_READ),
    "invitations:new_terms": capability(Capability.TERMS_EDIT),
    "invitations:terms_versions": capability(Capability.TERMS_READ),
    "tenants:domains": capability(Capability.TENANT_READ),
    "tenants:add_domain": capability(Capability.TENANT_EDIT),
    "tenants:domain": capability(Capability.TENANT_READ),
    "tenants:branding": capability(Capability.TENANT_READ),
    "tenants:branding_preview": capability(Capability.TENANT_READ),
    "identityproviders:guest_passcode_rule": person(Capability.PASSCODE_POLICY_EDIT),
}
"""Who may open a page at all; what a POST to it changes asks for more (`CHANGES`)."""

CHANGES: dict[str, Rule] = {
    "invitations:collaboration_settings": capability(Capability.COLLABORATION_EDIT),
    "audit:audit_logs": capability(Capability.LOGS_EXPORT),
    "audit:sign_in_logs": capability(Capability.LOGS_EXPORT),
    "guests:user_audit_logs": person(Capability.LOGS_EXPORT),
    "guests:user_sign_in_logs": person(Capability.LOGS_EXPORT),
    "outbox:mail": capability(Capability.MAIL_EDIT),
    "guests:user_settings": capability(Capability.GUEST_ACCESS_EDIT),
    "invitations:cross_tenant_defaults": capability(Capability.CROSS_TENANT_EDIT),
    "invitations:redemption_order": capability(Capability.CROSS_TENANT_EDIT),
    "invitations:cross_tenant_organization": capability(Capability.CROSS_TENANT_EDIT),
    "invitations:organization_order": capability(Capability.CROSS_TENANT_EDIT),
    "invitations:user_flow": capability(Capability.USER_FLOWS_EDIT),
    "invitations:invitation_settings": capability(Capability.INVITE_SETTINGS_EDIT),
    "invitations:redirect_targets": capability(Capability.REDIRECT_TARGETS_EDIT),
    "identityproviders:passcode_pane": capability(Capability.PASSCODE_POLICY_EDIT),
    "identityproviders:google": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:facebook": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:federation": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:test_provider": capability(Capability.PROVIDERS_EDIT),
    "identityproviders:passcode_rules": capability(Capability.PASSCODE_POLICY_EDIT),
    "tenants:properties": capability(Capability.TENANT_EDIT),
    "invitations:terms_versions": capability(Capability.TERMS_EDIT),
    "tenants:domain": capability(Capability.TENANT_EDIT),
    "tenants:branding": capability(Capability.TENANT_EDIT),
}


def named_patterns() -> Iterator[tuple[str, URLPattern]]:
    """Every address of the portal by its name; Django admin and the demo have their own tests."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace not in {"admin", "demo"}:
                    own = f"{pattern.namespace}:" if pattern.namespace else prefix
                    yield from walk(pattern, own)
            else:
                yield f"{prefix}{pattern.name}", pattern

    yield from walk(get_resolver(), "")


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def world(contoso: Tenant) -> World:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace")
    guest = invite_guest(
        contoso,
        by=grace,
        address="farah@wingtiptoys.com",
        redirect_url="https://myapps.contoso.com/",
    ).user
    member = MemberFactory(tenant=contoso, display_name="Mel")
    gone = MemberFactory(tenant=contoso, display_name="Gone")
    User.unscoped.filter(pk=gone.pk).update(deleted_at=gone.created_at)
    group = Group.objects.create(tenant=contoso, display_name="Partner desk")
    GroupMembership.objects.create(tenant=contoso, group=group, user=guest)
    OrganizationAccess.objects.create(tenant=contoso, domain=PARTNER)
    job = BulkJob.objects.create(
        tenant=contoso, kind="invite", file_name="a.csv", started_by=grace, submitted_at=None
    )
    provider = Federation.objects.create(
        tenant=contoso, display_name="Fabrikam", protocol="saml", issuer="https://idp.fabrikam.org/"
    )
    create_terms(contoso, name="Terms", text="Be kind.", by=grace)
    SuppressedAddress.objects.create(tenant=contoso, address="gone@wingtiptoys.com")
    OutgoingMail.objects.of(contoso).update(state=MailState.BOUNCED)
    flow = UserFlow.objects.create(tenant=contoso, name="B2X_1_partners")
    return World(contoso, grace, member, guest, gone, group, job, provider, flow)


def arguments(pattern: URLPattern, world: World, *, unknown: bool = False) -> dict[str, Any]:
    known: dict[str, Any] = {
        "user_id": world.member.pk,
        "group_id": world.group.pk,
        "job_id": world.job.pk,
        "invitation_id": Invitation.objects.of(world.tenant).latest("created_at").pk,
        "mail_id": OutgoingMail.objects.of(world.tenant).latest("created_at").pk,
        "suppressed_id": SuppressedAddress.objects.of(world.tenant).get().pk,
        "document_id": TermsDocument.objects.of(world.tenant).get().pk,
        "domain_id": Domain.objects.filter(tenant=world.tenant).latest("name").pk,
        "provider_id": world.provider.pk,
        "key": str(world.provider.pk),
        "passage_id": uuid.uuid4(),
        "name": "microsoft-account",
        "kind_name": "delete",
        "role": Role.GUEST_INVITER.value,
        "domain": PARTNER,
        "flow_id": world.flow.pk,
    }
    names = pattern.pattern.regex.groupindex
    if unknown:
        return {n: uuid.uuid4() if n.endswith("_id") else known[n] for n in names}
    return {name: known[name] for name in names}


def ask(client: Client, method: str, url: str) -> int:
    """The status of one request, whose changes are taken back."""
    try:
        with transaction.atomic():
            answer = client.generic(method, url)
            status = answer.status_code
            transaction.set_rollback(True)
    except Exception as error:
        pytest.fail(f"{method} {url}: {error!r}")
    return int(status)


def holder(role: Role) -> Callable[[World], User]:
    """A member who holds one role."""
    return lambda world: MemberFactory(tenant=world.tenant, roles=[role])


ACTORS: dict[str, Callable[[World], User]] = {
    "member": lambda world: MemberFactory(tenant=world.tenant),
    "guest": lambda world: PasscodeGuestFactory(tenant=world.tenant),
    **{role.value: holder(role) for role in Role},
}


def wrong_cells(
    client: Client, world: World, methods: tuple[str, ...] = READ_OR_CHANGE
) -> list[str]:
    """Every request whose answer is not what the table says."""
    wrong = []
    for name, pattern in named_patterns():
        if name not in CONSOLE:
            continue
        url = reverse(name, kwargs=arguments(pattern, world))
        for method in methods:
            status = ask(client, method, url)
            if status == HTTPStatus.METHOD_NOT_ALLOWED:
                continue
            rule = CHANGES.get(name, CONSOLE[name]) if method == "POST" else CONSOLE[name]
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR or rule(world) == (status in REFUSED):
                wrong.append(f"{method} {name}: {status}")
    return wrong


@pytest.mark.rule("SEC-67")
def test_forms_without_our_token_are_taken_at_these_addresses_only() -> None:
    """`guests:bulk` checks the token itself, once it knows how large the file is."""
    exempt = {name for name, p in named_patterns() if getattr(p.callback, "csrf_exempt", False)}

    assert exempt == {"identityproviders:saml_acs", "invitations:block_one_click", "guests:bulk"}


@pytest.mark.rule("SEC-77")
def test_every_address_has_a_line_in_the_table() -> None:
    names = {name for name, _pattern in named_patterns()}

    assert names - PUBLIC - CONSOLE.keys() == set()
    assert (PUBLIC | CONSOLE.keys()) - names == set()
    assert CHANGES.keys() <= CONSOLE.keys()


@pytest.mark.rule("SEC-78", "T17", "T14", "USR-12")
@pytest.mark.parametrize("kind", list(ACTORS))
def test_each_address_answers_each_role_as_the_table_says(
    client: Client, world: World, kind: str
) -> None:
    world.actor = ACTORS[kind](world)
    client.force_login(world.actor)

    methods = METHODS if kind == Role.GLOBAL_ADMINISTRATOR.value else READ_OR_CHANGE
    assert wrong_cells(client, world, methods) == []


def refused_changes_without_one_row(client: Client, world: World) -> list[str]:
    """Every refused POST of who asks that does not leave one row of result Failure."""
    wrong = []
    for name, pattern in named_patterns():
        if name not in CONSOLE:
            continue
        url = reverse(name, kwargs=arguments(pattern, world))
        with transaction.atomic():
            status = client.post(url).status_code
            rows = AuditEvent.objects.of(world.tenant).filter(
                result=Result.FAILURE, actor_id=world.actor.pk if world.actor else None
            )
            if status in REFUSED and rows.count() != 1:
                wrong.append(f"{name}: {rows.count()} rows")
            transaction.set_rollback(True)
    return wrong


@pytest.mark.rule("AUD-1")
@pytest.mark.parametrize("kind", list(ACTORS))
def test_each_refused_change_leaves_one_row_of_result_failure(
    client: Client, world: World, kind: str
) -> None:
    world.actor = ACTORS[kind](world)
    client.force_login(world.actor)

    assert refused_changes_without_one_row(client, world) == []


@pytest.mark.rule("SEC-78", "T14")
@pytest.mark.parametrize("access", list(GuestAccess), ids=[access.name for access in GuestAccess])
def test_guests_get_what_the_tenant_lets_them(
    client: Client, world: World, access: GuestAccess
) -> None:
    Tenant.objects.filter(pk=world.tenant.pk).update(guest_access=access)
    world.actor = User.unscoped.select_related("tenant").get(
        pk=PasscodeGuestFactory(tenant=world.tenant).pk
    )
    client.force_login(world.actor)

    assert wrong_cells(client, world) == []


@pytest.mark.rule("SEC-78", "SES-3")
def test_strangers_are_sent_to_sign_in_everywhere(client: Client, world: World) -> None:
    wrong = []
    for name, pattern in named_patterns():
        if name in CONSOLE:
            url = reverse(name, kwargs=arguments(pattern, world))
            for method in METHODS:
                status = ask(client, method, url)
                if status not in {HTTPStatus.FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
                    wrong.append(f"{method} {name}: {status}")
    assert wrong == []


@pytest.mark.rule("SEC-78", "SEC-79", "SEC-80")
def test_another_tenants_objects_do_not_exist(client: Client, world: World) -> None:
    client.force_login(AdministratorFactory(display_name="Stefan Fremd"))
    wrong = []
    for name, pattern in named_patterns():
        ids = [n for n in pattern.pattern.regex.groupindex if n.endswith("_id")]
        if name not in CONSOLE or not ids:
            continue
        foreign = reverse(name, kwargs=arguments(pattern, world))
        unknown = reverse(name, kwargs=arguments(pattern, world, unknown=True))
        for method in READ_OR_CHANGE:
            statuses = ask(client, method, foreign), ask(client, method, unknown)
            if statuses[0] != statuses[1] or statuses[0] not in {
                HTTPStatus.NOT_FOUND,
                HTTPStatus.METHOD_NOT_ALLOWED,
            }:
                wrong.append(f"{method} {name}: {statuses}")
    assert wrong == []


@pytest.mark.rule("SEC-78", "SEC-82")
def test_operators_reach_no_page_of_the_console(client: Client, world: World) -> None:
    operator = MemberFactory(
        tenant=Tenant.objects.get(pk=PLATFORM_TENANT_ID), email="operator@platform"
    )
    client.force_login(operator)
    wrong = []
    for name, pattern in named_patterns():
        if name in CONSOLE:
            for method in READ_OR_CHANGE:
                status = ask(client, method, reverse(name, kwargs=arguments(pattern, world)))
                if status not in {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}:
                    wrong.append(f"{method} {name}: {status}")
    assert wrong == []
