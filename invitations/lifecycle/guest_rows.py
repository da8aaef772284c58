"""Rows of a bulk file that name guests by their object ID, for reset and resend."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence

from django.utils.translation import gettext as _

from guests.bulk.file_reading import FileColumn
from guests.bulk.operations import PredictMethods, Values
from guests.models import User
from identityproviders.discovery.decide import Decision
from portal.errors import NotFound
from portal.tenants.models import Tenant

COLUMNS = (
    FileColumn("Object ID", "objectId", is_required=True),
    FileColumn("Display name", "displayName"),
)
EXAMPLE = ("00000000-0000-0000-0000-000000000000", "Priya Raman")


def guest_of_row(by: User, values: Values) -> User:
    """The present user of the administrator's tenant that the row names. Raises: NotFound."""
    present = User.objects.of(by.tenant).present().select_related("tenant")
    guest: User | None = present.filter(pk=uuid.UUID(values["objectId"])).first()
    if guest is None:
        raise NotFound(_("Your organization has no user with this object ID."))
    return guest


def rows_of(people: Collection[User]) -> list[tuple[str, str]]:
    """The cells that name these people."""
    return [(str(user.pk), user.display_name) for user in people]


def predict_with(
    methods_of: Callable[[Tenant, Collection[User]], Mapping[uuid.UUID, Decision]],
) -> PredictMethods:
    """Give the prediction of such rows, from the methods that `methods_of` says (BET-1)."""

    def predict(tenant: Tenant, rows: Sequence[Values]) -> list[str]:
        ids = [uuid.UUID(values["objectId"]) for values in rows]
        guests = User.objects.of(tenant).present().filter(pk__in=ids).select_related("tenant")
        decisions = methods_of(tenant, guests)
        return [str(decisions[pk].label) if pk in decisions else "" for pk in ids]

    return predict
