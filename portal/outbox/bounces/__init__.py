"""Delivery reports and what they change (INV-23, BET-3)."""
