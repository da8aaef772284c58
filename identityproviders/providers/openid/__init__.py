"""Custom OpenID Connect providers (IDP-18 to IDP-20)."""
