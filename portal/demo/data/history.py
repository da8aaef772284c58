"""Write the log history of the demo: invitations, acceptances, sign-ins of 30 days."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from guests.models import LastSignIn, User
from identityproviders.sign_in.log import ASKED
from portal.audit import error_codes, log
from portal.audit.log import Activity
from portal.audit.models import AuditEvent, Result, SignInEvent, SignInStatus
from portal.demo.data import story
from portal.demo.data.story import InvitedPerson
from portal.tenants.models import Tenant
from portal.values import email_address

DAYS_SHOWN = timedelta(days=30)
WRONG_CODE = 70018


def write_sign_in_history(
    tenant: Tenant, user: User, person: InvitedPerson, chance: random.Random
) -> list[SignInEvent]:
    """The steps of what a guest tried within 30 days, since accepting."""
    attempts: list[SignInEvent] = []
    for _number in range(chance.randint(0, 14)):
        at = timezone.now() - DAYS_SHOWN * chance.random()
        has_failed = chance.random() < 0.1
        if at >= (user.external_user_state_changed_at or at):
            attempts += _attempt(tenant, user, person, at, chance, has_failed=has_failed)
    successes = [e.created_at for e in attempts if e.status == SignInStatus.SUCCESS]
    if successes:
        LastSignIn.objects.create(tenant=tenant, user=user, moment=max(successes))
    return attempts


def _attempt(
    tenant: Tenant,
    user: User,
    person: InvitedPerson,
    at: datetime,
    chance: random.Random,
    *,
    has_failed: bool,
) -> Iterator[SignInEvent]:
    """One attempt: asked for the proof, a wrong code at times, in or not."""
    has_code = person.issuer == story.PASSCODE
    shared: dict[str, Any] = {
        "tenant": tenant,
        "user": user,
        "user_display_name": user.display_name,
        "user_principal_name": user.user_principal_name,
        "sign_in_identifier": person.address,
        "user_type": "external",
        "application": "My Apps",
        "identity_provider": person.issuer,
        "cross_tenant_access_type": "b2bCollaboration",
        "correlation_id": str(uuid.uuid4()),
        "method": "Email OTP" if has_code else "",
        "method_detail": email_address.mask_address(person.address) if has_code else "",
        "client_app": "Browser",
        "incoming_token_type": log.BROUGHT_NOTHING,
        "resource_tenant_id": tenant.pk,
        "client_address": f"203.0.113.{chance.randint(1, 254)}",
        "user_agent": chance.choice(story.USER_AGENTS),
    }
    failure = {
        "status": SignInStatus.FAILURE,
        "error_code": WRONG_CODE,
        "failure_reason": error_codes.error_reason(WRONG_CODE),
    }
    yield SignInEvent(
        **shared,
        status=SignInStatus.INTERRUPTED,
        additional_details=ASKED,
        is_final=False,
        created_at=at - timedelta(seconds=52),
    )
    if has_code and chance.random() < 0.2:
        wrong_at = at - timedelta(seconds=20)
        yield SignInEvent(**shared, **failure, is_final=False, created_at=wrong_at)
    end = failure if has_failed else {"status": SignInStatus.SUCCESS}
    yield SignInEvent(**shared, **end, created_at=at)


def write_audit_history(tenant: Tenant, users: list[User], *, inviter: User) -> list[AuditEvent]:
    """Write the invitations and acceptances of the story."""
    events = []
    for user in users:
        events.append(_event(log.INVITE, tenant, user, by=inviter, at=user.created_at))
        accepted_at = user.external_user_state_changed_at
        if user.is_accepted and accepted_at is not None:
            events.append(_event(log.REDEEM, tenant, user, by=user, at=accepted_at))
    return events


def _event(activity: Activity, tenant: Tenant, user: User, *, by: User, at: datetime) -> AuditEvent:
    return AuditEvent(
        tenant=tenant,
        logged_by_service=activity.service,
        category=activity.category,
        activity=activity.name,
        operation_type=activity.operation,
        result=Result.SUCCESS,
        actor_id=by.pk,
        actor_name=by.user_principal_name,
        target_type="User",
        target_id=str(user.pk),
        target_name=user.user_principal_name,
        correlation_id=str(uuid.uuid4()),
        created_at=at,
    )
