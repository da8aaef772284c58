"""Models Tenant, Domain and BrandingImage (DIR-1 to DIR-8, T1)."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import ClassVar

from django.core.validators import MaxLengthValidator, RegexValidator, URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.values.regions import validate_country_code

PLATFORM_TENANT_ID = uuid.UUID(int=0)
"""The tenant operators belong to: it has no guests, no sign-in page and shows up in no list."""
PLATFORM_DOMAIN = "platform"
"""Its initial domain; one label, so that no organization can have it."""


class TenantQuerySet(models.QuerySet["Tenant"]):
    """Tenants by what they are for."""

    def organizations(self) -> TenantQuerySet:
        """Every tenant except the operators' own."""
        return self.exclude(pk=PLATFORM_TENANT_ID)

    def by_selector(self, selector: str) -> TenantQuerySet:
        """The tenant with this id, or with this verified domain (DIR-2).

        Takes the text of a URL segment or of the *Sign in to an organization* field.
        """
        text = selector.strip().lower()
        if "\0" in text:  # which PostgreSQL refuses to compare
            return self.none()
        try:
            return self.organizations().filter(pk=uuid.UUID(text))
        except ValueError:
            return self.organizations().filter(domains__name=text, domains__is_verified=True)


class GuestAccess(models.TextChoices):
    """What guests may read of the directory (T14), by the role ids of the API."""

    MEMBER = (
        "a0b1b346-4d3e-4e8b-98f8-753987be4970",
        _("Guest users have the same access as members (most inclusive)"),
    )
    LIMITED = (
        "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        _("Guest users have limited access to properties and memberships of directory objects"),
    )
    RESTRICTED = (
        "2af84b1e-32c8-42b7-82bc-daa82404023b",
        _(
            "Guest user access is restricted to properties and memberships of their own "
            "directory objects (most restrictive)"
        ),
    )


class Tenant(models.Model):
    """One organization's directory (DIR-1) with the properties of table T1."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    display_name = models.CharField(_("name"), max_length=256)
    country = models.CharField(
        _("country or region"),
        max_length=2,
        blank=True,
        validators=[validate_country_code],
        help_text=_("A code of ISO 3166 such as DE."),
    )
    location = models.CharField(_("location"), max_length=64, blank=True)
    notification_language = models.CharField(
        _("notification language"), max_length=35, default="en-US"
    )
    technical_contact = models.EmailField(_("technical contact"), max_length=254, blank=True)
    privacy_contact = models.EmailField(_("global privacy contact"), max_length=254, blank=True)
    privacy_statement_url = models.CharField(
        _("privacy statement URL"),
        max_length=2048,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
    )
    brand_color = models.CharField(
        _("brand color"),
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("Enter a color such as #0b6a6f."))],
    )
    properties_version = models.PositiveIntegerField(default=0, editable=False)
    branding_version = models.PositiveIntegerField(default=0, editable=False)
    branding_versions = models.JSONField(default=dict, blank=True, editable=False)
    """The version of each `BrandingImage` there is, so that pages need no further query."""
    sign_in_page_text = models.TextField(
        _("sign-in page text"), blank=True, validators=[MaxLengthValidator(1024)]
    )
    guest_access = models.CharField(
        _("guest user access"),
        max_length=36,
        choices=GuestAccess.choices,
        default=GuestAccess.LIMITED,
    )
    is_suspended = models.BooleanField(_("suspended"), default=False)
    is_demo = models.BooleanField(_("seeded by the demo"), default=False, editable=False)
    guest_quota = models.PositiveIntegerField(_("guest quota"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Tenant]] = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        ordering: ClassVar = ["display_name", "id"]

    def __str__(self) -> str:
        return self.display_name

    @cached_property
    def initial_domain(self) -> str:
        """The domain the tenant was created with (DIR-3), the right half of guests' UPNs."""
        return next(d.name for d in self._domains if d.is_initial)

    @cached_property
    def primary_domain(self) -> str:
        """The domain shown beside the organization's name (DIR-5)."""
        return next((d.name for d in self._domains if d.is_primary), self.initial_domain)

    @cached_property
    def verified_domains(self) -> tuple[str, ...]:
        """Every domain whose owner proved it, primary first (DIR-4)."""
        return tuple(
            d.name
            for d in sorted(self._domains, key=lambda d: (not d.is_primary, d.name))
            if d.is_verified
        )

    @cached_property
    def _domains(self) -> list[Domain]:
        return list(self.domains.all())

    @property
    def has_privacy_information(self) -> bool:
        """Whether statement and contact are both set (DIR-7)."""
        return bool(self.privacy_statement_url and self.privacy_contact)

    @property
    def has_style(self) -> bool:
        """Whether its sign-in pages have a style sheet of their own (DIR-8)."""
        return bool(self.brand_color or BrandingImage.Kind.BACKGROUND in self.branding_versions)

    @property
    def is_platform(self) -> bool:
        """Whether this is the operators' own tenant."""
        return self.pk == PLATFORM_TENANT_ID


class Domain(models.Model):
    """A domain name of a tenant (DIR-3 to DIR-5). Names are stored as lower-case A-labels."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(_("name"), max_length=253)
    is_initial = models.BooleanField(_("initial"), default=False)
    is_verified = models.BooleanField(_("verified"), default=False)
    is_primary = models.BooleanField(_("primary"), default=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    proof_token = models.CharField(max_length=64, blank=True, editable=False)
    """What the domain's TXT record must say, until the domain is proven (DIR-4)."""
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="domain_once_per_tenant"),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(is_verified=True),
                name="domain_verified_in_one_tenant",
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(is_initial=True),
                name="tenant_has_one_initial_domain",
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(is_primary=True),
                name="tenant_has_one_primary_domain",
            ),
            models.CheckConstraint(
                condition=models.Q(is_verified=True) | models.Q(is_initial=False, is_primary=False),
                name="domain_initial_and_primary_are_verified",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BrandingImage(models.Model):
    """A picture of the tenant’s branding, decoded and encoded anew (T1, DIR-8)."""

    class Kind(models.TextChoices):
        """Which one, by its API name."""

        BANNER = "bannerLogo", _("Banner logo")
        SQUARE_LIGHT = "squareLogo", _("Square logo, light theme")
        SQUARE_DARK = "squareLogoDark", _("Square logo, dark theme")
        BACKGROUND = "backgroundImage", _("Background image")
        FAVICON = "favicon", _("Favicon")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="branding_images")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    content = models.BinaryField()
    content_type = models.CharField(max_length=16)
    version = models.CharField(max_length=16)

    class Meta:
        verbose_name = _("branding image")
        verbose_name_plural = _("branding images")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "kind"], name="branding_image_once")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class RowFailure(models.Model):
    """How often a piece of work failed at one row, and when the row's turn comes again (REL-10)."""

    work = models.CharField(_("work"), max_length=64)
    key = models.CharField(_("row"), max_length=64)
    count = models.PositiveIntegerField(_("failures"), default=0)
    failed_at = models.DateTimeField(_("last failure"))
    due_at = models.DateTimeField(_("next try"), null=True)
    """Nothing once the work has given the row up."""
    problem = models.CharField(_("problem"), max_length=200)
    """The class of the exception; its text may name people and is in the log alone (SEC-101)."""

    class Meta:
        verbose_name = _("row that fails")
        verbose_name_plural = _("rows that fail")
        ordering: ClassVar = ["-failed_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["work", "key"], name="one_failure_of_each_row")
        ]

    def __str__(self) -> str:
        return f"{self.work} {self.key}"
