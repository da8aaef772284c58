"""Records named after the story (factory-boy)."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from guests.identities.actions import accept_identity, bind_identity
from guests.models import Group, GroupMembership, GroupOwnership, Issuer, User
from guests.users.creation.actions import create_guest, create_member
from portal.permissions import Role
from portal.tenants.models import Domain, Tenant
from portal.values import email_address

PASSWORD = "correct horse battery staple"


class TenantFactory(DjangoModelFactory[Tenant]):
    """An organization with its initial domain; `domain="contoso.com"` adds a primary one."""

    class Meta:
        model = Tenant
        skip_postgeneration_save = True

    display_name = factory.Sequence(lambda n: f"Organization {n}")

    @factory.post_generation
    def label(self: Any, create: bool, extracted: str | None, **_: Any) -> None:
        """The initial domain's label; from the display name unless given."""
        label = extracted or self.display_name.lower().replace(" ", "")
        Domain.objects.create(
            tenant=self,
            name=f"{label}.onmicrosoft.com",
            is_initial=True,
            is_verified=True,
        )

    @factory.post_generation
    def domain(self: Any, create: bool, extracted: str | None, **_: Any) -> None:
        """A verified primary domain."""
        if extracted:
            DomainFactory(tenant=self, name=extracted, is_primary=True)


class DomainFactory(DjangoModelFactory[Domain]):
    """A verified domain of a tenant."""

    class Meta:
        model = Domain

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence(lambda n: f"domain{n}.example")
    is_verified = True


class MemberFactory(factory.Factory[User]):
    """An internal member: `MemberFactory(tenant=..., roles=[Role.GLOBAL_ADMINISTRATOR])`.

    `email` gives the principal name; the password is PASSWORD.
    """

    class Meta:
        model = User

    tenant = factory.SubFactory(TenantFactory)
    display_name = factory.Sequence(lambda n: f"Member {n}")
    email = ""
    password: str | None = PASSWORD
    roles: tuple[Role, ...] = ()

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **values: Any) -> User:
        tenant: Tenant = values.pop("tenant")
        name = values.pop("display_name")
        email = values.pop("email") or f"{name.lower().replace(' ', '.')}@{tenant.primary_domain}"
        return create_member(
            tenant,
            user_principal_name=email,
            display_name=name,
            password=values.pop("password"),
            roles=values.pop("roles"),
            must_change_password=values.pop("must_change_password", False),
            profile=values,
        )


class AdministratorFactory(MemberFactory):
    """A Global Administrator."""

    display_name = factory.Sequence(lambda n: f"Administrator {n}")
    roles = (Role.GLOBAL_ADMINISTRATOR,)


class GuestFactory(factory.Factory[User]):
    """A guest: pending, or `accepted_with="mail"` (any issuer of T5).

    Rows only; `invitations` makes invitations.
    """

    class Meta:
        model = User

    tenant = factory.SubFactory(TenantFactory)
    address = factory.Sequence(lambda n: f"guest{n}@partner.example")
    accepted_with = ""
    subject = ""
    provider_key = ""

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **values: Any) -> User:
        tenant: Tenant = values.pop("tenant")
        address = email_address.parse_email_address(values.pop("address"))
        issuer = values.pop("accepted_with")
        subject = values.pop("subject") or address.canonical
        provider_key = values.pop("provider_key")
        columns = {k: values.pop(k) for k in ("account_enabled",) if k in values}
        display_name = values.pop("display_name", "")
        sponsors = values.pop("sponsors", ())
        user = create_guest(
            tenant, address, display_name=display_name, sponsors=sponsors, profile=values
        )
        if issuer:
            bind_identity(user, issuer=issuer, provider_key=provider_key, subject=subject)
            accept_identity(user)
        for name, value in columns.items():
            setattr(user, name, value)
            user.save(update_fields=[name])
        return user


class PasscodeGuestFactory(GuestFactory):
    """A guest who accepted with a code by e-mail."""

    accepted_with = Issuer.PASSCODE


class GroupFactory(DjangoModelFactory[Group]):
    """A group: `GroupFactory(tenant=..., members=[...], owners=[...])`. Rows only."""

    class Meta:
        model = Group
        skip_postgeneration_save = True

    tenant = factory.SubFactory(TenantFactory)
    display_name = factory.Sequence(lambda n: f"Group {n}")

    @factory.post_generation
    def members(self: Any, create: bool, extracted: list[User] | None, **_: Any) -> None:
        """The members."""
        for user in extracted or ():
            GroupMembership.objects.create(tenant=self.tenant, group=self, user=user)

    @factory.post_generation
    def owners(self: Any, create: bool, extracted: list[User] | None, **_: Any) -> None:
        """The owners."""
        for user in extracted or ():
            GroupOwnership.objects.create(tenant=self.tenant, group=self, user=user)
