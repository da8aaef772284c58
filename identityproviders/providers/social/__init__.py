"""Google and Facebook (IDP-5 to IDP-8)."""
