"""Block and unblock the invitations of an organisation (INV-16, SEC-33)."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from invitations.block_tokens import Blockable
from invitations.models import InvitationBlock
from portal.audit import log
from portal.audit.log import Activity, Target


def block(about: Blockable) -> bool:
    """Send this address no more invitations of this organisation; whether that is new.

    Doing it again changes nothing. Queued mails are stopped when their turn comes (REL-11);
    passcode mail is not affected.
    """
    try:
        with transaction.atomic():
            InvitationBlock.objects.create(tenant=about.tenant, address_key=about.address_key)
            _record(log.UNSUBSCRIBED, about)
    except IntegrityError:
        return False
    return True


def unblock(about: Blockable) -> bool:
    """Let invitations of this organisation through again; whether they were blocked."""
    with transaction.atomic():
        deleted, _by_model = (
            InvitationBlock.objects.of(about.tenant).filter(address_key=about.address_key).delete()
        )
        if deleted:
            _record(log.SUBSCRIBED, about)
    return bool(deleted)


def _record(activity: Activity, about: Blockable) -> None:
    """The address itself acted; nobody is signed in."""
    log.record(
        activity,
        about.tenant,
        by=None,
        target=Target("Address", "", about.address_key),
        actor_kind="recipient",
    )
