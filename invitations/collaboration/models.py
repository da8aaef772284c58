"""Models of collaboration settings, listed domains and organization access (T15, COL-10, CTA-1)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import Tenant
from portal.tenants.scoping import TenantModel


class CollaborationPolicy(models.Model):
    """External collaboration settings of one tenant; no row means the defaults."""

    class AllowInvitesFrom(models.TextChoices):
        """Guest invite settings (T15)."""

        EVERYONE = "everyone", _("Anyone in the organization including guests and non-admins")
        MEMBERS = (
            "adminsGuestInvitersAndAllMembers",
            _("Member users and users assigned to specific admin roles"),
        )
        ROLES = "adminsAndGuestInviters", _("Only users assigned to specific admin roles")
        NOBODY = "none", _("No one including admins")

    class Restriction(models.TextChoices):
        """Collaboration restrictions (COL-10)."""

        ANY = "any", _("Allow invitations to be sent to any domain")
        DENY = "deny", _("Deny invitations to the specified domains")
        ALLOW = "allow", _("Allow invitations only to the specified domains")

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, primary_key=True, related_name="collaboration_policy"
    )
    allow_invites_from = models.CharField(
        _("guest invite settings"),
        max_length=40,
        choices=AllowInvitesFrom.choices,
        default=AllowInvitesFrom.EVERYONE,
    )
    restriction = models.CharField(
        _("collaboration restrictions"),
        max_length=8,
        choices=Restriction.choices,
        default=Restriction.ANY,
    )
    restriction_version = models.PositiveIntegerField(default=0, editable=False)
    is_self_service_allowed = models.BooleanField(
        _("guest self-service sign-up via user flows"), default=False
    )
    may_guests_leave = models.BooleanField(_("external users may leave"), default=True)
    is_inbound_allowed = models.BooleanField(_("inbound B2B collaboration"), default=True)
    is_outbound_allowed = models.BooleanField(_("outbound B2B collaboration"), default=True)
    access_version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("collaboration policy")
        verbose_name_plural = _("collaboration policies")

    def __str__(self) -> str:
        return self.allow_invites_from


class ListedDomain(TenantModel):
    """One line of the allow or deny list: a domain, or `*.domain` for sub-domains (COL-12)."""

    name = models.CharField(_("domain"), max_length=255)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="listed_domain_once")
        ]

    def __str__(self) -> str:
        return self.name


class OrganizationAccess(TenantModel):
    """What one tenant has set about one other organization; null means the default (CTA-1).

    `organization` is set when the domain belongs to a tenant of the deployment: then the row
    stands for every domain of that tenant. The redemption boxes work only when the other side
    ticked its own (CTA-7).
    """

    domain = models.CharField(_("organization’s domain"), max_length=253)
    organization = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    is_inbound_allowed = models.BooleanField(_("inbound B2B collaboration"), null=True)
    is_outbound_allowed = models.BooleanField(_("outbound B2B collaboration"), null=True)
    redeems_inbound = models.BooleanField(_("automatic redemption, inbound"), default=False)
    redeems_outbound = models.BooleanField(_("automatic redemption, outbound"), default=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["domain"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "domain"], name="organization_access_once"),
            models.UniqueConstraint(
                fields=["tenant", "organization"],
                condition=models.Q(organization__isnull=False),
                name="organization_access_once_by_tenant",
            ),
        ]

    def __str__(self) -> str:
        return self.domain
