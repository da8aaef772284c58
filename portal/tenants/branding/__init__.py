"""Company branding of the sign-in pages (T1, DIR-8)."""
