"""Assigned groups: their members, owners and pages (USR-22, decision 9)."""
