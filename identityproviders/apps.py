"""The Django app of identity providers and sign-in."""

from django.apps import AppConfig


class IdentityProvidersConfig(AppConfig):
    """Providers, discovery, passcodes, sign-in pages and the External Identities panes."""

    name = "identityproviders"
    label = "identityproviders"

    def ready(self) -> None:
        """Register navigation, slots and the builder of passcode mails."""
        from identityproviders import registrations

        registrations.register()
