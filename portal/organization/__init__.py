"""Tenant properties, domains and branding: what an organization says of itself (T1, DIR-3..8)."""
