"""Publish, retire and accept terms of use, and find the ones still to accept (CON-4)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.models import User
from invitations.models import TermsAcceptance, TermsDocument, TermsVersion
from portal.audit import log, rights
from portal.audit.log import Activity, Change, Details, Target
from portal.errors import Conflict, InvalidInput
from portal.permissions import Capability
from portal.tenants.models import Tenant


def terms_in_force(tenant: Tenant) -> QuerySet[TermsVersion]:
    """The newest version of every document that is not retired, by name; one query."""
    newest = (
        TermsVersion.objects.of(tenant)
        .filter(document=OuterRef("document"))
        .order_by("-number")
        .values("pk")[:1]
    )
    found: QuerySet[TermsVersion] = (
        TermsVersion.objects.of(tenant)
        .filter(document__retired_at=None, pk=Subquery(newest))
        .select_related("document")
        .order_by("document__name", "document_id")
    )
    return found


def missing_terms(user: User) -> list[TermsVersion]:
    """The versions in force that a guest has not accepted; members are never asked."""
    if not user.is_external:
        return []
    return list(terms_in_force(user.tenant).exclude(acceptances__user=user))


def terms_interruption(user: User) -> str:
    """The page to open before the session of `user`, empty if nothing is missing."""
    return reverse("invitations:terms") if missing_terms(user) else ""


SERVICE, CATEGORY = "Terms of use", "Policy"
CREATE = Activity("Create Terms Of Use", SERVICE, CATEGORY, "Add")
UPDATE = Activity("Edit Terms Of Use", SERVICE, CATEGORY, "Update")
RETIRE = Activity("Delete Terms Of Use", SERVICE, CATEGORY, "Delete")
ACCEPT = Activity("Accept Terms Of Use", SERVICE, CATEGORY, "Update")
DECLINE = Activity("Decline Terms Of Use", SERVICE, CATEGORY, "Update")


class PublishedMeanwhile(Conflict):
    """Somebody else published a version since the page was opened."""

    message = _("Somebody else published a newer version meanwhile. Look at it first.")


class NotOpened(Conflict):
    """A document was not opened, or a newer version came in between."""

    message = _("Open each document first, then accept.")


def create_terms(tenant: Tenant, *, name: str, text: str, by: User) -> TermsDocument:
    """Add a document with its first version; guests are asked at their next sign-in.

    Raises: NotAllowed, InvalidInput at `name` for one that exists.
    """
    rights.require_right(by, Capability.TERMS_EDIT, CREATE)
    try:
        with transaction.atomic():
            document: TermsDocument = TermsDocument.objects.create(tenant=tenant, name=name)
            TermsVersion.objects.create(tenant=tenant, document=document, number=1, text=text)
            log.record(CREATE, tenant, by=by, target=_target(document))
    except IntegrityError as error:
        raise InvalidInput("name", _("There is a document with this name.")) from error
    return document


def publish_terms(document: TermsDocument, *, text: str, shown: int, by: User) -> TermsVersion:
    """Publish a new version of `document`; everybody is asked again.

    Takes the number of the version that the page showed.

    Raises: NotAllowed, PublishedMeanwhile.
    """
    rights.require_right(by, Capability.TERMS_EDIT, UPDATE)
    try:
        with transaction.atomic():
            version: TermsVersion = TermsVersion.objects.create(
                tenant=document.tenant, document=document, number=shown + 1, text=text
            )
            details = Details(changes=[Change("version", shown, version.number)])
            log.record(UPDATE, document.tenant, by=by, target=_target(document), details=details)
    except IntegrityError as error:
        raise PublishedMeanwhile from error
    return version


def retire_terms(document: TermsDocument, *, by: User) -> None:
    """Stop asking for `document`; what was accepted stays on record.

    Raises: NotAllowed.
    """
    rights.require_right(by, Capability.TERMS_EDIT, RETIRE)
    with transaction.atomic():
        rows = TermsDocument.objects.of(document.tenant).filter(pk=document.pk, retired_at=None)
        if rows.update(retired_at=timezone.now()):
            log.record(RETIRE, document.tenant, by=by, target=_target(document))


def require_opened_terms(user: User, opened: Iterable[str]) -> list[TermsVersion]:
    """The versions that `user` has to accept, all of them opened before.

    Takes the ids of the versions that this browser showed.

    Raises: NotOpened.
    """
    wanted = missing_terms(user)
    if {str(version.pk) for version in wanted} - set(opened):
        raise NotOpened
    return wanted


def accept_terms(user: User, versions: Iterable[TermsVersion]) -> None:
    """Record that `user` accepted these versions now; accepting again changes nothing."""
    with transaction.atomic():
        for version in versions:
            _row, is_new = TermsAcceptance.unscoped.get_or_create(
                tenant=user.tenant, user=user, version=version
            )
            if is_new:
                details = Details(additional={"Version": version.number})
                target = _target(version.document)
                log.record(ACCEPT, user.tenant, by=user, target=target, details=details)


def decline_terms(user: User) -> None:
    """Record that `user` did not accept what they were asked."""
    with transaction.atomic():
        for version in missing_terms(user):
            details = Details(additional={"Version": version.number})
            target = _target(version.document)
            log.record(DECLINE, user.tenant, by=user, target=target, details=details)


def _target(document: TermsDocument) -> Target:
    return Target("TermsOfUse", str(document.pk), document.name)
