"""Tenants: the organizations of this deployment and what they say of themselves (T1)."""
