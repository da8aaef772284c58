"""Bulk delete and Bulk restore: each row goes through the actions of the blades (BLK-9, DEL-4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.bulk.file_reading import FileColumn
from guests.bulk.operations import SERVICE, BulkOperation, Values
from guests.models import User
from guests.users.deletion import actions
from portal import permissions
from portal.audit.log import USERS, Activity
from portal.errors import NotFound
from portal.permissions import Capability
from portal.tenants.models import Tenant


def _may(user: User, _tenant: Tenant) -> bool:
    return permissions.may(user, Capability.USERS_DELETE)


def _delete(by: User, values: Values) -> uuid.UUID:
    """Delete the user of this tenant that the row names."""
    present = User.objects.of(by.tenant).present().select_related("tenant")
    user = present.named(values["userPrincipalName"]).first()
    if user is None:
        raise NotFound(_("Your organization has no user with this name."))
    actions.delete_user(user, by=by)
    return uuid.UUID(str(user.pk))


def _restore(by: User, values: Values) -> uuid.UUID:
    """Restore the deleted user of this tenant that the row names."""
    deleted = User.objects.of(by.tenant).deleted().select_related("tenant")
    user = deleted.filter(pk=uuid.UUID(values["objectId"])).first()
    if user is None:
        raise NotFound(_("No deleted user of your organization has this object ID."))
    actions.restore_user(user, by=by)
    return uuid.UUID(str(user.pk))


def wrong_object_id(values: Values) -> Iterator[tuple[str, str]]:
    """An object ID is a GUID."""
    try:
        uuid.UUID(values["objectId"] or str(uuid.UUID(int=0)))
    except ValueError:
        yield "objectId", _("An object ID is a GUID, as the page of the user shows it.")


DELETE_USERS = BulkOperation(
    name="delete",
    label=gettext_lazy("Bulk delete"),
    columns=(FileColumn("User name", "userPrincipalName", is_required=True),),
    example=lambda _tenant: ("someone@example.com",),
    begin=lambda by, _batch: nullcontext(partial(_delete, by)),
    may=_may,
    capability=Capability.USERS_DELETE,
    finished=Activity("Bulk delete users - finished (bulk)", SERVICE, USERS, "Delete"),
    introduction=gettext_lazy(
        "Each row deletes one user, who then stays under Deleted users for 30 days."
    ),
    second_step=gettext_lazy("Delete the users"),
    command=gettext_lazy("Delete users"),
    command_text=gettext_lazy("Delete the users of a CSV file"),
    working=gettext_lazy("Deleting"),
)

RESTORE_USERS = BulkOperation(
    name="restore",
    label=gettext_lazy("Bulk restore"),
    columns=(FileColumn("Object ID", "objectId", is_required=True),),
    example=lambda _tenant: ("00000000-0000-0000-0000-000000000000",),
    begin=lambda by, _batch: nullcontext(partial(_restore, by)),
    checks=lambda _by: wrong_object_id,
    may=_may,
    capability=Capability.USERS_DELETE,
    finished=Activity("Bulk restore deleted users - finished (bulk)", SERVICE, USERS, "Update"),
    introduction=gettext_lazy("Each row restores one deleted user, with groups and roles."),
    second_step=gettext_lazy("Restore the users"),
    command=gettext_lazy("Restore users"),
    command_text=gettext_lazy("Restore the deleted users of a CSV file"),
    working=gettext_lazy("Restoring"),
    is_about_present=False,
)
