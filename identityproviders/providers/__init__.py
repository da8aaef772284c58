"""The configured identity providers and their panes (T11, IDP-1 to IDP-20)."""
