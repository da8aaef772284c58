"""Make a guest: the user object that exists from the moment of inviting (INV-3, DIR-20)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db.models.functions import Lower
from django.utils import timezone

from guests import upn
from guests.actions import search_terms
from guests.actions import sponsors as sponsoring
from guests.models import CreationType, ExternalUserState, Sponsor, User, UserType
from portal.addresses import Address
from portal.tenants import inserts
from portal.tenants.models import Tenant
from portal.texts import clean_display_name

PROFILE_FIELDS = frozenset(
    {
        "given_name",
        "surname",
        "preferred_language",
        "job_title",
        "company_name",
        "department",
        "employee_id",
        "employee_type",
        "employee_hire_date",
        "office_location",
        "manager",
        "street_address",
        "city",
        "state",
        "postal_code",
        "country",
        "business_phone",
        "mobile_phone",
        "fax_number",
        "age_group",
        "consent_provided_for_minor",
        "usage_location",
    }
)
"""The properties of T2 that an inviter or administrator may set (SEC-81)."""


def create_guest(
    tenant: Tenant,
    address: Address,
    *,
    display_name: str = "",
    user_type: UserType = UserType.GUEST,
    profile: Mapping[str, object] = {},
    sponsors: Sequence[Sponsor] = (),
    is_blocked: bool = False,
    creation_type: CreationType = CreationType.INVITATION,
    is_name_taken: Callable[[str], bool] | None = None,
) -> User:
    """Insert a pending guest for `address`; call it inside the transaction of the invitation.

    Without a display name the local part of the address stands in (T9). No audit row: the
    invitation writes it. `is_name_taken` answers for `is_taken` where that was asked before.

    Raises: InvalidInput for more than five sponsors or a sponsor of another tenant (DIR-25);
    IntegrityError when the address has a present guest already.
    """
    sponsoring.require(tenant, sponsors)
    unknown = set(profile) - PROFILE_FIELDS
    if unknown:
        raise TypeError(f"not settable on a guest: {sorted(unknown)}")
    user = User(
        tenant=tenant,
        user_principal_name=upn.guest_user_principal_name(
            address, tenant.initial_domain, is_name_taken or is_taken
        ),
        display_name=clean_display_name(display_name) or address.local,
        user_type=user_type,
        creation_type=creation_type,
        external_user_state=ExternalUserState.PENDING,
        external_user_state_changed_at=timezone.now(),
        invited_address=address.as_typed,
        invited_address_key=address.canonical,
        identity_issuer=tenant.initial_domain,
        mail=address.as_typed,
        account_enabled=not is_blocked,
        **profile,
    )
    user.set_unusable_password()
    user.set_sort_key()
    inserts.insert(user, *sponsoring.rows_of(user, sponsors))
    search_terms.write_first(user)
    return user


def is_taken(user_principal_name: str) -> bool:
    """Whether a present user of the deployment has this name (T2: unique in the deployment)."""
    return User.unscoped.present().named(user_principal_name).exists()


def taken_among(user_principal_names: Iterable[str]) -> set[str]:
    """Those of the names, in lower case, that present users of the deployment have."""
    wanted = {name.lower() for name in user_principal_names}
    present = User.unscoped.present().annotate(upn_key=Lower("user_principal_name"))
    return set(present.filter(upn_key__in=wanted).values_list("upn_key", flat=True))
