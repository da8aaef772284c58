"""`manage.py create_administrator`: the first Global Administrator of a tenant (SEC-76)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guests.passwords.actions import make_initial_password
from guests.users.creation.actions import create_member, is_principal_name_taken
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values.email_address import InvalidEmailAddress, parse_email_address


class Command(BaseCommand):
    """Make a Global Administrator and print a password that works once, for 24 hours."""

    help = "Make a Global Administrator of a tenant; prints the initial password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The user principal name decides the tenant: its domain must be verified there."""
        parser.add_argument("user_principal_name", help="for example ada@contoso.com")
        parser.add_argument("--name", default="", help="display name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        try:
            address = parse_email_address(options["user_principal_name"])
        except InvalidEmailAddress as error:
            raise CommandError(str(error)) from error
        tenant = Tenant.objects.all().by_selector(address.domain).first()
        if tenant is None:
            raise CommandError(f"{address.domain} is a verified domain of no tenant.")
        if is_principal_name_taken(address.canonical):
            raise CommandError(f"{address.canonical} exists already.")
        password = make_initial_password()
        create_member(
            tenant,
            user_principal_name=address.canonical,
            display_name=options["name"] or address.local,
            password=password,
            roles=[Role.GLOBAL_ADMINISTRATOR],
            must_change_password=True,
        )
        self.stdout.write(f"{address.canonical}\n{password}")
        self.stdout.write("The password works for 24 hours and must be changed at first sign-in.")
