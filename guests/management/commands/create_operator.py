"""`manage.py create_operator`: create an account for Django admin (SEC-82)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guests.passwords.actions import make_initial_password
from guests.users.creation.actions import create_member, is_principal_name_taken
from portal.tenants.models import PLATFORM_DOMAIN, PLATFORM_TENANT_ID, Tenant

PLATFORM_SUFFIX = f"@{PLATFORM_DOMAIN}"


class Command(BaseCommand):
    """Make an operator and print the password."""

    help = "Make an operator for Django admin; prints the password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The name before `@platform`."""
        parser.add_argument("name", help="for example ada, who signs in as ada@platform")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        name = options["name"].strip().lower().removesuffix(PLATFORM_SUFFIX)
        if not name.replace(".", "").isalnum():
            raise CommandError("Use letters, digits and dots.")
        user_principal_name = f"{name}{PLATFORM_SUFFIX}"
        if is_principal_name_taken(user_principal_name):
            raise CommandError(f"{user_principal_name} exists already.")
        password = make_initial_password()
        create_member(
            Tenant.objects.get(pk=PLATFORM_TENANT_ID),
            user_principal_name=user_principal_name,
            display_name=options["name"],
            password=password,
            profile={"mail": ""},
        )
        self.stdout.write(f"{user_principal_name}\n{password}")
