"""Which terms of use somebody still has to accept (CON-4)."""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from guests.models import User
from invitations.models import TermsVersion
from portal.tenants.models import Tenant


def in_force(tenant: Tenant) -> QuerySet[TermsVersion]:
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


def missing(user: User) -> list[TermsVersion]:
    """The versions in force that a guest has not accepted; members are never asked."""
    if not user.is_external:
        return []
    return list(in_force(user.tenant).exclude(acceptances__user=user))


def interruption(user: User) -> str:
    """The page to open before the session of `user`, empty if nothing is missing."""
    return reverse("invitations:terms") if missing(user) else ""
