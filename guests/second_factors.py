"""Who has a second factor: a confirmed device of django-otp that counts as one (T6, SEC-71).

A code by e-mail is a first factor (SEC-17), so its device says `is_second_factor = False`.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Value
from django_otp.models import Device

from guests.models import User


def has_second_factor(user: User) -> bool:
    """Whether `user` confirmed a device that counts as a second factor."""
    return any(
        model._default_manager.filter(user=user.pk, confirmed=True).exists()
        for model in _device_models()
    )


def with_second_factor(users: QuerySet[User]) -> QuerySet[User]:
    """The users with `has_mfa`, in the same query."""
    return users.annotate(has_mfa=_condition())


def having_second_factor() -> Q:
    """The condition of a filter."""
    return Q(_condition())


def _condition() -> Any:
    found: Any = Value(False, output_field=BooleanField())
    for model in _device_models():
        devices = model._default_manager.filter(user=OuterRef("pk"), confirmed=True)
        found = Exists(devices) if isinstance(found, Value) else found | Exists(devices)
    return found


def _device_models() -> list[type[Device]]:
    return [
        model
        for model in apps.get_models()
        if issubclass(model, Device) and getattr(model, "is_second_factor", True)
    ]
