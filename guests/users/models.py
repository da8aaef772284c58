"""Models User (DIR-9 to DIR-24, T2), its search terms, and the saved list views (USR-4)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import GuestAccess
from portal.tenants.scoping import TenantManager, TenantModel
from portal.values.email_address import EmailAddress, stored_address

DELETED_LIFE = timedelta(days=30)
"""How long a deleted user can be restored (DIR-28, T21)."""


SORTED_COLUMNS: dict[str, Any] = {
    "upn": Lower("user_principal_name"),
    "user_type": "user_type",
    "issuer": Lower("identity_issuer"),
    "state": "external_user_state",
    "company": Lower("company_name"),
    "creation_type": "creation_type",
    "job_title": Lower("job_title"),
    "department": Lower("department"),
}
"""What All users can be sorted by besides name, creation and last sign-in (USR-9), each with an
index."""
FEW = {
    "users_disabled": models.Q(account_enabled=False),
    "users_synced": models.Q(on_premises_sync_enabled=True),
}
"""What a filter picks out of many (USR-5)."""


def _sorted_by(name: str, column: Any) -> models.Index:
    """The order of a list with its tie-breaker, which keyset pages walk (USR-10)."""
    return models.Index("tenant", column, "id", name=f"users_sorted_{name}")


def _few(name: str, condition: models.Q) -> models.Index:
    return models.Index(fields=["tenant", "display_name_key", "id"], condition=condition, name=name)


class UserType(models.TextChoices):
    """How the directory treats the person; independent of how they sign in (DIR-17)."""

    MEMBER = "Member", _("Member")
    GUEST = "Guest", _("Guest")


class CreationType(models.TextChoices):
    """How the object came into being; set once (DIR-19, T4)."""

    INVITATION = "Invitation", _("Invitation")
    SELF_SERVICE = "SelfServiceSignUp", _("Self-service sign-up")


class ExternalUserState(models.TextChoices):
    """Where an external user stands with the invitation (DIR-20); empty for internal users."""

    PENDING = "PendingAcceptance", _("Pending acceptance")
    ACCEPTED = "Accepted", _("Accepted")


class UserQuerySet(models.QuerySet["User"]):
    """Users by their place in the life of an account."""

    def present(self) -> UserQuerySet:
        """Not in *Deleted users* (DIR-28)."""
        return self.filter(deleted_at__isnull=True)

    def named(self, user_principal_name: str) -> UserQuerySet:
        """Those with this principal name, whatever its case; asks by the index of the names."""
        key = Lower("user_principal_name")
        return self.alias(upn_key=key).filter(upn_key=Lower(models.Value(user_principal_name)))

    def deleted(self) -> UserQuerySet:
        """In *Deleted users*: deleted, and not so long ago that the job purges them (DIR-29)."""
        return self.filter(deleted_at__gt=timezone.now() - DELETED_LIFE)

    def guests(self) -> UserQuerySet:
        """Present users of type Guest."""
        return self.present().filter(user_type=UserType.GUEST)

    def external(self) -> UserQuerySet:
        """Present users who sign in elsewhere or by passcode (T3)."""
        return self.present().exclude(external_user_state="")

    def pending(self) -> UserQuerySet:
        """Invited, not yet accepted."""
        return self.present().filter(external_user_state=ExternalUserState.PENDING)

    def accepted(self) -> UserQuerySet:
        """External users who accepted."""
        return self.present().filter(external_user_state=ExternalUserState.ACCEPTED)


class UserManager(TenantManager["User"]):
    """Tenant-bound manager with what Django's authentication asks of a user manager."""

    def get_by_natural_key(self, username: str) -> User:
        """The present user with this user principal name, whatever the tenant."""
        return User.unscoped.present().named(username).get()


class UserAccount(AbstractBaseUser, TenantModel):
    """Identity and state columns, and what Django's authentication needs."""

    id = models.UUIDField(_("object ID"), primary_key=True, default=uuid.uuid4, editable=False)
    user_principal_name = models.CharField(_("user principal name"), max_length=320)
    display_name = models.CharField(_("display name"), max_length=256)
    display_name_key = models.CharField(max_length=256, editable=False)
    given_name = models.CharField(_("first name"), max_length=64, blank=True)
    surname = models.CharField(_("last name"), max_length=64, blank=True)
    user_type = models.CharField(
        _("user type"), max_length=8, choices=UserType.choices, default=UserType.MEMBER
    )
    creation_type = models.CharField(
        _("creation type"), max_length=20, choices=CreationType.choices, blank=True
    )
    external_user_state = models.CharField(
        _("invitation state"), max_length=20, choices=ExternalUserState.choices, blank=True
    )
    external_user_state_changed_at = models.DateTimeField(
        _("external user state change date"), null=True, blank=True
    )
    invited_address = models.CharField(
        _("invited address"), max_length=254, blank=True, editable=False
    )
    invited_address_key = models.CharField(max_length=254, blank=True, editable=False)
    identity_issuer = models.CharField(_("identities"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("created date time"), default=timezone.now)
    last_password_change_at = models.DateTimeField(_("last password change"), null=True, blank=True)
    must_change_password = models.BooleanField(default=False)
    password_expires_at = models.DateTimeField(null=True, blank=True)
    sign_in_sessions_valid_from = models.DateTimeField(
        _("sign in sessions valid from"), default=timezone.now
    )
    account_enabled = models.BooleanField(_("account enabled"), default=True)
    deleted_at = models.DateTimeField(_("deletion date"), null=True, blank=True)

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"


class UserProfile(models.Model):
    """The descriptive properties of T2, by their API names in snake case."""

    preferred_language = models.CharField(_("preferred language"), max_length=35, blank=True)
    assigned_licenses = models.JSONField(_("assigned licenses"), default=list, blank=True)
    password_policies = models.CharField(_("password policies"), max_length=128, blank=True)
    job_title = models.CharField(_("job title"), max_length=128, blank=True)
    company_name = models.CharField(_("company name"), max_length=64, blank=True)
    department = models.CharField(_("department"), max_length=64, blank=True)
    employee_id = models.CharField(_("employee ID"), max_length=16, blank=True)
    employee_type = models.CharField(_("employee type"), max_length=64, blank=True)
    employee_hire_date = models.DateField(_("employee hire date"), null=True, blank=True)
    office_location = models.CharField(_("office location"), max_length=128, blank=True)
    manager = models.ForeignKey(
        "guests.User",
        verbose_name=_("manager"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="direct_reports",
    )
    street_address = models.CharField(_("street address"), max_length=1024, blank=True)
    city = models.CharField(_("city"), max_length=128, blank=True)
    state = models.CharField(_("state or province"), max_length=128, blank=True)
    postal_code = models.CharField(_("ZIP or postal code"), max_length=40, blank=True)
    country = models.CharField(_("country or region"), max_length=128, blank=True)
    business_phone = models.CharField(_("business phone"), max_length=64, blank=True)
    mobile_phone = models.CharField(_("mobile phone"), max_length=64, blank=True)
    fax_number = models.CharField(_("fax"), max_length=64, blank=True)
    mail = models.CharField(_("email"), max_length=254, blank=True)
    other_mails = models.JSONField(_("other emails"), default=list, blank=True)
    proxy_addresses = models.JSONField(_("proxy addresses"), default=list, blank=True)
    im_addresses = models.JSONField(_("IM addresses"), default=list, blank=True)
    mail_nickname = models.CharField(_("mail nickname"), max_length=64, blank=True)
    age_group = models.CharField(_("age group"), max_length=16, blank=True)
    consent_provided_for_minor = models.CharField(
        _("consent provided for minor"), max_length=16, blank=True
    )
    usage_location = models.CharField(_("usage location"), max_length=2, blank=True)
    on_premises_sync_enabled = models.BooleanField(
        _("on-premises sync enabled"), null=True, blank=True, editable=False
    )
    photo = models.BinaryField(_("profile picture"), null=True, blank=True)
    photo_version = models.CharField(max_length=16, blank=True, editable=False)
    """Names what `photo` holds; empty without one. Lists read this and never the bytes."""

    class Meta:
        abstract = True


class User(UserAccount, UserProfile):
    """A person of a tenant, in one of the four kinds of T3.

    Operators are users of the platform tenant; they reach Django admin and nothing else.
    """

    last_login = None
    USERNAME_FIELD = "user_principal_name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    unscoped: ClassVar[Any] = UserQuerySet.as_manager()
    objects: ClassVar[UserManager] = UserManager(UserQuerySet)

    class Meta(UserAccount.Meta):
        abstract = False
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering: ClassVar = ["display_name_key", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("user_principal_name"),
                condition=models.Q(deleted_at__isnull=True),
                name="user_principal_name_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "invited_address_key"],
                condition=models.Q(deleted_at__isnull=True) & ~models.Q(invited_address_key=""),
                name="guest_address_once_per_tenant",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "display_name_key", "id"], name="users_by_name"),
            models.Index(fields=["tenant", "created_at", "id"], name="users_by_created"),
            # The order of those who never signed in, at one end of the list by last sign-in.
            models.Index(fields=["tenant", "id"], name="users_by_id"),
            models.Index(
                fields=["tenant", "external_user_state", "display_name_key"],
                name="users_by_state",
            ),
            models.Index(
                fields=["tenant", "user_type", "display_name_key", "id"], name="users_by_type"
            ),
            *(_sorted_by(name, column) for name, column in SORTED_COLUMNS.items()),
            *(_few(name, condition) for name, condition in FEW.items()),
        ]

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row with its case-insensitive sort key (USR-9)."""
        self.set_sort_key()
        fields = kwargs.get("update_fields")
        if fields is not None and "display_name" in fields:
            kwargs["update_fields"] = [*fields, "display_name_key"]
        super().save(*args, **kwargs)

    def set_sort_key(self) -> None:
        """Derive what lists are sorted by; `save` does so, a bulk insert does not."""
        self.display_name_key = self.display_name.casefold()[:256]

    @property
    def last_sign_in_at(self) -> datetime | None:
        """When the person last signed in (USR-16); lists read `last_sign_in` with the users."""
        row = getattr(self, "last_sign_in", None)
        return row.moment if row is not None else None

    @property
    def is_external(self) -> bool:
        """Whether the person signs in elsewhere or by passcode (T3)."""
        return bool(self.external_user_state)

    @property
    def is_pending(self) -> bool:
        """Whether the invitation waits for acceptance."""
        return self.external_user_state == ExternalUserState.PENDING

    @property
    def is_accepted(self) -> bool:
        """Whether the invitation was accepted."""
        return self.external_user_state == ExternalUserState.ACCEPTED

    @property
    def signs_in_by_password(self) -> bool:
        """Whether the account has a password here: internal, or invited to B2B collaboration and
        not accepted yet (INV-21)."""
        if not self.is_external:
            return True
        return self.is_pending and bool(self.password) and self.has_usable_password()

    @property
    def own_address(self) -> EmailAddress | None:
        """The address by which the person knows this account, never the `#EXT#` name.

        None for an external user without any address.
        """
        text = self.invited_address or self.mail if self.is_external else self.user_principal_name
        return stored_address(str(text)) if text else None

    @property
    def mail_address(self) -> EmailAddress | None:
        """The property *Email* as a value."""
        return stored_address(self.mail) if self.mail else None

    @property
    def is_guest(self) -> bool:
        """Whether the directory treats the person as a guest (T14)."""
        return self.user_type == UserType.GUEST

    @property
    def reads_like_members(self) -> bool:
        """Whether the tenant lets this person read the directory as members do (T14)."""
        return not self.is_guest or self.tenant.guest_access == GuestAccess.MEMBER

    @property
    def present_manager(self) -> User | None:
        """The manager, unless deleted: a restored one stands here again (DIR-28)."""
        manager = self.manager
        return manager if manager is not None and manager.deleted_at is None else None

    @property
    def is_operator(self) -> bool:
        """Whether the account runs the platform and not a tenant."""
        return self.tenant.is_platform

    @property
    def is_staff(self) -> bool:
        """Django admin's word for operator."""
        return self.is_operator

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether any session of this person may live (SEC-40)."""
        return self.account_enabled and self.deleted_at is None and not self.tenant.is_suspended

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer Django admin: only operators may (SEC-82)."""
        return self.is_active and self.is_operator

    def has_module_perms(self, app_label: str) -> bool:
        """Answer Django admin: only operators may (SEC-82)."""
        return self.has_perm(app_label)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The directory roles held (ROL-1), by the names of `portal.permissions.Role`."""
        return frozenset(row.role for row in self.role_assignments.all())

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address by which a direct link finds the person (RED-5), as typed."""
        values = [self.invited_address, self.mail, *self.other_mails, *self.proxy_addresses]
        return tuple(dict.fromkeys(v for v in values if v))


class SearchTerm(TenantModel):
    """A lower-case beginning by which the search finds a user (USR-7).

    One row for each word of the display name and for first name, last name, UPN, mail and
    other emails; `guests.users.search_terms.refresh_search_terms` keeps them in step.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="search_terms")
    term = models.CharField(max_length=320)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "term"], name="search_term_once")
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "term"], name="search_by_term")]

    def __str__(self) -> str:
        return self.term


class ListView(TenantModel):
    """The columns that a user chose for a list, in their order; no row means the default ones."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="list_views")
    list_name = models.CharField(_("list"), max_length=32)
    columns = models.JSONField(_("columns"), default=list)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("view of a list")
        verbose_name_plural = _("views of lists")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "list_name"], name="list_view_once_per_user")
        ]

    def __str__(self) -> str:
        return self.list_name
