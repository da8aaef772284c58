"""Addresses that want no more invitations of an organization (INV-16, INV-20, SEC-33)."""
