"""Read log events, as far as the viewer may see them (T17)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from portal import permissions
from portal.audit.models import AppendOnlyQuerySet, AuditEvent, SignInEvent, SignInEventQuerySet
from portal.permissions import Capability
from portal.tenants.models import Tenant

if TYPE_CHECKING:
    from guests.models import User


def audit_events(reader: User) -> AppendOnlyQuerySet:
    """The audit events that `reader` may see (T17).

    All of the tenant for readers of the logs; their own actions for User Administrators.
    """
    events: AppendOnlyQuerySet = AuditEvent.objects.of(reader.tenant)
    if permissions.may(reader, Capability.LOGS_READ):
        return events
    if permissions.may(reader, Capability.AUDIT_LOGS_OPEN):
        return events.filter(actor_id=reader.pk)
    return events.none()


def may_read_sign_ins(reader: User, user_id: uuid.UUID) -> bool:
    """Whether `reader` may see how the user with this id signed in (T17)."""
    return reader.pk == user_id or permissions.may(reader, Capability.LOGS_READ)


def sign_in_events(reader: User) -> SignInEventQuerySet:
    """Every step of the sign-ins that `reader` may see (T17): all of them, or their own."""
    events: SignInEventQuerySet = SignInEvent.objects.of(reader.tenant)
    return (
        events if permissions.may(reader, Capability.LOGS_READ) else events.filter(user=reader.pk)
    )


def visible_sign_ins(reader: User) -> SignInEventQuerySet:
    """The sign-ins that `reader` may see, one row an attempt (LOG-1)."""
    return sign_in_events(reader).last_of_each_attempt()


def about_person(user_id: uuid.UUID) -> Q:
    """The audit events with this user as target or as initiator (USR-21)."""
    return Q(target_id=str(user_id)) | Q(actor_id=user_id)


def sign_in_steps(reader: User, sign_in: SignInEvent) -> list[SignInEvent]:
    """Every step of the attempt that `sign_in` belongs to, in order (LOG-1)."""
    if not sign_in.correlation_id:
        return [sign_in]
    events = sign_in_events(reader).filter(correlation_id=sign_in.correlation_id)
    return list(events.order_by("created_at", "pk"))


def has_page(tenant: Tenant, user_id: uuid.UUID | None) -> bool:
    """Whether a person that a log row names still has a page to link to."""
    people: Any = get_user_model()
    return user_id is not None and people.objects.of(tenant).present().filter(pk=user_id).exists()


def has_user(tenant: Tenant, object_id: str) -> bool:
    """The same for a target, whose id is text."""
    try:
        return has_page(tenant, uuid.UUID(object_id))
    except ValueError:
        return False
