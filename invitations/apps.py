"""The Django app of invitations."""

from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    """Inviting, mailing, redeeming, consenting."""

    name = "invitations"
    label = "invitations"

    def ready(self) -> None:
        """Register navigation, slots and the builder of invitation mails."""
        from invitations import registrations

        registrations.register()
