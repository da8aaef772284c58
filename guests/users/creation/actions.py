"""Create users with a password (CRE-1 to CRE-3, T8) and pending guests (INV-3, DIR-20)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from guests.groups.actions import join_groups, require_joinable_groups
from guests.models import CreationType, ExternalUserState, Group, Sponsor, User, UserType
from guests.passwords.actions import INITIAL_LIFE, make_initial_password
from guests.roles.actions import insert_role, require_assignable
from guests.sponsors.actions import require_valid_sponsors, sponsorship_rows
from guests.users import guards, search_terms
from guests.users.user_principal_name import guest_user_principal_name, is_member_name
from portal import permissions
from portal.audit import log
from portal.audit.log import Target
from portal.errors import InvalidInput
from portal.permissions import Capability, Role
from portal.principals import SYSTEM, System
from portal.tenants import bulk_inserts
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress, InvalidEmailAddress, parse_email_address
from portal.values.text import clean_display_name

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
    address: EmailAddress,
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
    require_valid_sponsors(tenant, sponsors)
    unknown = set(profile) - PROFILE_FIELDS
    if unknown:
        raise TypeError(f"not settable on a guest: {sorted(unknown)}")
    guards.require_known_regions(profile)
    user = User(
        tenant=tenant,
        user_principal_name=guest_user_principal_name(
            address, tenant.initial_domain, is_name_taken or is_principal_name_taken
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
    bulk_inserts.insert_row(user, *sponsorship_rows(user, sponsors))
    search_terms.write_first_search_terms(user)
    return user


def is_principal_name_taken(user_principal_name: str) -> bool:
    """Whether a present user of the deployment has this name (T2: unique in the deployment)."""
    return User.unscoped.present().named(user_principal_name).exists()


def taken_principal_names(user_principal_names: Iterable[str]) -> set[str]:
    """Those of the names, in lower case, that present users of the deployment have."""
    wanted = {name.lower() for name in user_principal_names}
    present = User.unscoped.present().annotate(upn_key=Lower("user_principal_name"))
    return set(present.filter(upn_key__in=wanted).values_list("upn_key", flat=True))


SETTABLE = PROFILE_FIELDS | {"mail_nickname", "account_enabled"}


@sensitive_variables("password")
def create_member(
    tenant: Tenant,
    *,
    user_principal_name: str,
    display_name: str,
    password: str | None,
    user_type: UserType = UserType.MEMBER,
    roles: Iterable[Role] = (),
    must_change_password: bool = False,
    profile: Mapping[str, object] = {},
    by: User | System = SYSTEM,
) -> User:
    """Insert an internal member, or an internal guest, with its roles and audit rows (T3, CRE-2).

    Takes `password=None` for an account without one; `profile` holds columns of T2. A password
    that must be changed works for 24 hours (SEC-75).

    Raises: IntegrityError when the principal name is taken.
    """
    user = User(
        tenant=tenant,
        user_principal_name=user_principal_name,
        display_name=display_name,
        user_type=user_type,
        must_change_password=must_change_password,
        **{"identity_issuer": tenant.initial_domain, "mail": user_principal_name} | dict(profile),
    )
    user.set_password(password)
    user.last_password_change_at = timezone.now() if password else None
    if must_change_password:
        user.password_expires_at = timezone.now() + INITIAL_LIFE
    with transaction.atomic():
        user.save(force_insert=True)
        search_terms.refresh_search_terms(user)
        log.record(log.ADD_USER, tenant, by=by, target=Target.of_user(user))
        for role in roles:
            insert_role(user, role, by=by)
    return user


def create_user(
    tenant: Tenant,
    *,
    by: User,
    name: str,
    domain: str,
    display_name: str,
    password: str = "",
    user_type: UserType = UserType.MEMBER,
    groups: Sequence[Group] = (),
    roles: Sequence[Role] = (),
    profile: Mapping[str, object] = {},
) -> tuple[User, str]:
    """Insert a user who signs in here; gives the user and the password to hand over once.

    Without a password one is generated; either must be changed at the first sign-in (CRE-3).
    A guest made here has a password and no invitation (CRE-2).

    Raises: NotAllowed (T17), InvalidInput at the field.
    """
    permissions.require(by, Capability.USERS_CREATE)
    require_joinable_groups(tenant, groups, by=by)
    require_assignable(tenant, roles, by=by)
    if unknown := set(profile) - SETTABLE:
        raise TypeError(f"not settable on a new user: {sorted(unknown)}")
    for refusal in new_user_refusals(
        tenant,
        name=name,
        domain=domain,
        display_name=display_name,
        password=password,
        profile=profile,
    ):
        raise refusal
    principal_name = user_principal_name(tenant, name, domain)
    password = password or make_initial_password()
    try:
        with transaction.atomic():
            user = create_member(
                tenant,
                user_principal_name=principal_name,
                display_name=clean_display_name(display_name),
                password=password,
                user_type=user_type,
                roles=roles,
                must_change_password=True,
                profile=profile,
                by=by,
            )
            join_groups(user, groups, by=by)
    except IntegrityError as error:
        raise name_taken_error(principal_name) from error
    return user, password


@sensitive_variables("password")
def new_user_refusals(
    tenant: Tenant,
    *,
    name: str,
    domain: str,
    display_name: str,
    password: str = "",
    profile: Mapping[str, object] = {},
) -> list[InvalidInput]:
    """Everything that the rules refuse of a new user, each at its field (CRE-1, T8).

    A blank password is one that will be generated. Ask `create_user` for the rights.
    """
    refusals = []

    def note(check: Callable[[], object]) -> None:
        try:
            check()
        except InvalidInput as refusal:
            refusals.append(refusal)

    shown_name = clean_display_name(display_name)
    user = User(user_principal_name=f"{name}@{domain}", display_name=shown_name)
    if not shown_name:
        refusals.append(InvalidInput("display_name", _("Enter the name that others see.")))
    note(lambda: _require_free_name(user_principal_name(tenant, name, domain)))
    if password:
        note(lambda: require_acceptable(password, user))
    note(lambda: guards.require_known_regions(profile))
    return refusals


def _require_free_name(principal_name: str) -> None:
    if is_principal_name_taken(principal_name):
        raise name_taken_error(principal_name)


def user_principal_name(tenant: Tenant, name: str, domain: str) -> str:
    """`name` at one of the tenant's verified domains (DIR-12, DIR-14).

    Raises: InvalidInput at `name` or `domain`.
    """
    if domain not in tenant.verified_domains:
        raise InvalidInput("domain", _("Choose a verified domain of your organization."))
    try:
        parse_email_address(f"{name}@{domain}")
        is_right = is_member_name(name)
    except InvalidEmailAddress:
        is_right = False
    if not is_right:
        raise InvalidInput(
            "name",
            _("Use up to 64 letters, digits and ' . - _ ! ^ ~, with no period at either end."),
        )
    return f"{name}@{domain}"


@sensitive_variables("password")
def require_acceptable(password: str, user: User) -> None:
    """Pass if the policy takes the password (T8, SEC-75). Raises: InvalidInput at `password`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput("password", " ".join(error.messages)) from error


def name_taken_error(principal_name: str) -> InvalidInput:
    """The refusal of a sign-in name that somebody has (T2)."""
    return InvalidInput(
        "name", _("Somebody has the sign-in name %(name)s already.") % {"name": principal_name}
    )
