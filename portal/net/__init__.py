"""The only way out: web requests through one guard, and DNS (SEC-90)."""
