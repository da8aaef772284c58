"""Preview the invitation mail before anything is stored (BET-6)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation

from guests.models import User
from invitations.delivery import emails, mail_language
from invitations.inviting.invite_context import InviteContext
from invitations.models import Invitation
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress


@dataclass(frozen=True)
class Preview:
    """The headers that a person sees, and what the body’s template takes in its language."""

    sender: str
    reply_to: str
    recipient: str
    language: str
    context: Mapping[str, object]


def preview_mail(tenant: Tenant, inviter: User, values: Mapping[str, Any]) -> Preview:
    """The mail for the cleaned `values` of the invite form; nothing is written."""
    address: EmailAddress = values["email"]
    invitation = Invitation(
        tenant=tenant,
        user=User(tenant=tenant, invited_address=address.as_typed),
        inviter=inviter,
        address=address.ascii,
        redirect_url=values["redirect_url"],
        message=values["message"],
        message_language=values.get("message_language", ""),
    )
    home = InviteContext(tenant, [address]).home_accounts.get(address.canonical)
    pictures = {
        f"{picture.name}_url": f"data:{picture.content_type};base64,"
        + base64.b64encode(picture.content).decode()
        for picture in emails.mail_pictures(tenant, inviter)
    }
    language = mail_language.mail_language(invitation, home)
    with translation.override(language):
        context = {**emails.without_links(invitation), **pictures}
    return Preview(
        sender=f"{context['sender_name']} <{settings.PORTAL_MAIL_FROM}>",
        reply_to=str(context["inviter_mail"]),
        recipient=address.display,
        language=language,
        context=context,
    )
