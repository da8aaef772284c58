"""Every tenant row is reached through a manager that needs the tenant (SEC-80)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps

from portal.tenants.scoping import TenantManager, TenantModel, UnboundTenantQueryError

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("portal", "guests", "identityproviders", "invitations", "applications")

MAY_LOOK_EVERYWHERE = {
    "guests/users/creation/actions.py": "principal names are unique in the deployment (T2)",
    "guests/roles/actions.py": "writes rows that name their tenant",
    "guests/users/deletion/actions.py": "forgets deleted users of every tenant (DIR-29)",
    "guests/users/search_terms.py": "writes rows that name their tenant",
    "guests/passwords/backend.py": "a sign-in finds its tenant by the principal name",
    "guests/bulk/actions.py": "forgets what is over in every tenant (BLK-16)",
    "guests/bulk/running.py": "workers serve every tenant",
    "guests/bulk/models.py": "defines it",
    "guests/users/lookups.py": "organization accounts and the same person in other tenants",
    "guests/users/models.py": "defines it",
    "identityproviders/sign_in/method_choice.py": "the account at the home tenant (T19 D2, T20)",
    "identityproviders/providers/federations/metadata.py": "every partner’s metadata (IDP-15)",
    "identityproviders/passcodes/policy/actions.py": "writes rows that name their tenant",
    "identityproviders/round_trips/actions.py": "an answer or a handle selects its tenant (SEC-50)",
    "identityproviders/sign_in/purge.py": "forgets what is over in every tenant (REL-32)",
    "identityproviders/sign_in/actions.py": "the transaction of this browser, before a tenant",
    "identityproviders/passcodes/one_time_codes.py": "a request by the id its device hands over",
    "identityproviders/passcodes/passcode_limits.py": "counts by client address, of any tenant",
    "identityproviders/discovery/guest_groups.py": "home accounts in other tenants (T20)",
    "identityproviders/discovery/queries.py": "home accounts in other tenants (T20)",
    "invitations/terms/actions.py": "writes rows that name their tenant",
    "invitations/overview/invitations_views.py": "mails of rows that are the tenant’s",
    "invitations/blocking/actions.py": "what one address blocked in every tenant (INV-20)",
    "invitations/blocking/tokens.py": "a token selects its tenant (SEC-33)",
    "invitations/inviting/models.py": "defines it",
    "invitations/inviting/tickets.py": "a ticket selects its tenant (SEC-21)",
    "portal/audit/models.py": "defines it",
    "portal/demo/data/seed.py": "writes rows that name their tenant",
    "portal/outbox/bounces/actions.py": "a report names a mail by its id (INV-23)",
    "portal/outbox/sending/delivery.py": "workers serve every tenant",
    "guests/registrations.py": "bulk rows of every tenant whose key may be missing (FI-12)",
    "identityproviders/registrations.py": "secrets and codes whose key may be missing (FI-12)",
    "invitations/registrations.py": "open invitations whose key may be missing (FI-12)",
    "portal/outbox/models.py": "defines it",
    "portal/outbox/queries.py": "a queue waits for every tenant alike (REL-9)",
    "portal/outbox/sending/sweeper.py": "workers serve every tenant",
    "portal/tenants/scoping.py": "defines it",
}
"""Modules that may name `unscoped`, and why."""


@pytest.mark.rule("SEC-80")
def test_only_pinned_modules_look_past_the_tenant() -> None:
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts and re.search(r"\bunscoped\b", path.read_text())
    }

    assert found - set(MAY_LOOK_EVERYWHERE) == set()


def tenant_models() -> list[type[TenantModel]]:
    return [m for m in apps.get_models() if issubclass(m, TenantModel)]


@pytest.mark.rule("SEC-80", "DIR-1")
@pytest.mark.parametrize("model", tenant_models(), ids=lambda m: m.__name__)
def test_a_model_of_a_tenant_answers_only_for_a_tenant(model: type[TenantModel]) -> None:
    assert isinstance(model.objects, TenantManager)
    with pytest.raises(UnboundTenantQueryError):
        model.objects.all()
    with pytest.raises(UnboundTenantQueryError):
        model.objects.filter(pk=None)


@pytest.mark.rule("SEC-80")
def test_models_of_our_rooms_belong_to_a_tenant_or_are_pinned() -> None:
    shared = {
        "Tenant",
        "Domain",  # has its tenant, and is looked up by name across them (DIR-4)
        "WorkerHeartbeat",
        "RowFailure",  # of work that goes through every tenant
        "BrandingImage",  # public, as the pages before a sign-in are (DIR-8)
        "PersonalAccount",  # deployment-wide (decision 5)
        "OperatorProvider",  # the operator’s, for every tenant (decision 4)
        "OperatorProviderDomain",  # the same
        "PasscodePolicy",  # keyed by tenant
        "RedemptionOrder",  # keyed by tenant
        "CollaborationPolicy",  # keyed by tenant
        "InvitationPolicy",  # keyed by tenant
        "PasscodeDevice",  # reached from its user
        "CountedTry",  # counts by client address, whatever the tenant (SEC-75)
    }
    ours = {m for m in apps.get_models() if m.__module__.split(".")[0] in ROOMS}
    loose = {m.__name__ for m in ours if not issubclass(m, TenantModel)}

    assert loose - shared == set()
