"""What beat asks for (OTC-8, REL-32)."""

from __future__ import annotations

from celery import shared_task

from identityproviders.actions import policy, purge


@shared_task(name="identityproviders.tasks.note_automatic_enablement")
def note_automatic_enablement() -> None:
    """Log once where a date has switched codes on."""
    policy.note_automatic_enablement()


@shared_task(name="identityproviders.tasks.purge_sign_ins")
def purge_sign_ins() -> None:
    """Forget codes, tries and sign-ins that are over."""
    purge.purge()
