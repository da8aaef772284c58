"""Cross-tenant access settings and redemption orders (CTA-1 to CTA-8, T16)."""
