"""SAML and WS-Fed providers: set-up, domains, metadata, certificates (IDP-9 to IDP-17)."""
