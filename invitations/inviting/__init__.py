"""Invite a guest: checks, form, action, ticket (INV-1 to INV-14, T9, T18)."""
