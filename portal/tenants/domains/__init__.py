"""Custom domain names and their proof (DIR-3 to DIR-5)."""
