"""Scheduled Celery tasks of the identityproviders app (OTC-8, REL-32)."""

from __future__ import annotations

from celery import shared_task

from identityproviders.passcodes.policy import actions as policy_actions
from identityproviders.sign_in import purge


@shared_task(name="identityproviders.tasks.note_automatic_enablement")
def note_automatic_enablement() -> None:
    """Log once where a date has switched codes on."""
    policy_actions.note_automatic_enablement()


@shared_task(name="identityproviders.tasks.purge_sign_ins")
def purge_sign_ins() -> None:
    """Forget codes, tries and sign-ins that are over."""
    purge.purge_sign_ins()
