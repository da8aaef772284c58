"""Tenants: whose directory a row belongs to."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """The organisations of this deployment and their domains (DIR-1 to DIR-8)."""

    name = "portal.tenants"
    label = "tenants"
