"""The invitation mail (EML-1 to EML-19, SEC-31, SEC-93 to SEC-97).

Built from rows alone and the same each time (REL-5). It reads the rows again right before sending,
so that a revoked, accepted or blocked invitation is not sent (REL-11). Photo and logo travel inside
the mail; nothing is loaded from outside (EML-7, EML-9, EML-10).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import User
from guests.photos import images
from guests.users.queries import find_photo
from invitations.blocking import tokens
from invitations.blocking.actions import is_blocked
from invitations.cross_tenant.queries import will_redeem_automatically
from invitations.delivery.send_invitation import INVITATION_MAIL
from invitations.inviting.actions import redeem_url
from invitations.models import Invitation
from portal.audit import log
from portal.audit.log import Details, Target
from portal.audit.models import Result
from portal.console.templatetags.console import initials
from portal.outbox.mail_types import MailType, NotWantedError
from portal.outbox.models import OutgoingMail, Queue
from portal.outbox.sending.messages import Content, OutgoingMessage, Picture
from portal.principals import SYSTEM
from portal.tenants.models import BrandingImage, Tenant
from portal.values import email_address
from portal.values.email_address import EmailAddress, InvalidEmailAddress
from portal.values.text import INVITATION_NAME_LENGTH, clean_display_name

PHOTO, LOGO = "photo", "logo"


def mail_pictures(tenant: Tenant, inviter: User | None) -> list[Picture]:
    """What there is: neither, one or both."""
    found: list[Picture] = []
    photo = find_photo(tenant, inviter.pk) if inviter and inviter.photo_version else None
    if photo is not None:
        found.append(Picture(PHOTO, photo[1], images.CONTENT_TYPE))
    kind = BrandingImage.Kind.SQUARE_LIGHT
    if kind in tenant.branding_versions:
        logo = BrandingImage.objects.filter(tenant=tenant, kind=kind).first()
        if logo is not None:
            found.append(Picture(LOGO, bytes(logo.content), logo.content_type))
    return found


MAXIMUM_SHOWN_URL = 120
_INLINER = css_inline.CSSInliner(
    keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
)
"""Only the rules for dark mode stay in the head: they depend on the program of the reader."""
_URL_CHARACTERS = re.compile(r"[:/\\@<>?#%=\[\]{}|^`\"]+")
_DOT_IN_WORD = re.compile(r"(?<=\w)\.(?=\w{2})")


def name_in_mail(text: str) -> str:
    """A name of a person or organization as mails show it (SEC-31).

    On one line, 64 characters, without what mail programs would read as a link.
    """
    plain = _DOT_IN_WORD.sub(". ", _URL_CHARACTERS.sub(" ", clean_display_name(text)))
    return clean_display_name(plain, INVITATION_NAME_LENGTH)


def build_invitation_mail(mail: OutgoingMail) -> OutgoingMessage:
    """The message for one row of the outbox.

    Raises: NotWantedError for an invitation that is revoked, accepted, gone, or whose
    recipient blocked the organization (REL-11).
    """
    invitation = _wanted(mail)
    with translation.override(mail.language):
        return OutgoingMessage(mail, _content(invitation, mail))


def _wanted(mail: OutgoingMail) -> Invitation:
    invitation: Invitation | None = (
        Invitation.objects.of(mail.tenant)
        .select_related("tenant", "user__tenant", "inviter")
        .filter(pk=mail.subject_id)
        .first()
    )
    if invitation is None or invitation.user.deleted_at is not None:
        raise NotWantedError("gone")
    if not (invitation.is_open and invitation.user.is_pending):
        raise NotWantedError(invitation.status)
    if is_blocked(mail.tenant, mail.recipient_address.canonical):
        raise NotWantedError("blocked")
    return invitation


def _content(invitation: Invitation, mail: OutgoingMail) -> Content:
    pictures = mail_pictures(invitation.tenant, invitation.inviter)
    context = {
        **_context(invitation, mail),
        **{f"{picture.name}_url": f"cid:{picture.name}" for picture in pictures},
    }
    one_click = _portal_url("invitations:block_one_click", context["block_token"])
    headers = {
        "List-Unsubscribe": f"<{one_click}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return replace(_written(context), headers=headers, pictures=pictures)


def _written(context: Mapping[str, object]) -> Content:
    """The mail that says what `context` holds, in the active language."""
    return Content(
        subject=str(context["subject"]),
        text=render_to_string("invitations/delivery/invitation.txt", context),
        html=_INLINER.inline(render_to_string("invitations/delivery/invitation.html", context)),
        sender_name=str(context["sender_name"]),
        reply_to=str(context["inviter_mail"]),
    )


def sample_invitation_mail(language: str) -> Content:
    """The mail for somebody who does not exist; its links lead nowhere."""
    tenant = Tenant(display_name="Contoso", privacy_statement_url="https://contoso.example/privacy")
    tenant.primary_domain = "contoso.example"
    inviter = User(tenant=tenant, display_name="Ada Lovelace", mail="ada@contoso.example")
    invitation = Invitation(
        tenant=tenant,
        inviter=inviter,
        address="guest@partner.example",
        redirect_url="https://apps.contoso.example/",
        message="Welcome!",
    )
    with translation.override(language):
        return _written(without_links(invitation))


def _context(invitation: Invitation, mail: OutgoingMail) -> dict[str, object]:
    token = tokens.make_block_token(mail, invitation.key_id)
    return {
        **what_it_says(invitation),
        "is_copy": mail.is_copy,
        "is_notice": will_redeem_automatically(invitation.user),
        "redeem_url": "" if mail.is_copy else redeem_url(invitation),
        "block_token": token,
        "block_url": _portal_url("invitations:open_block", token),
    }


def without_links(invitation: Invitation) -> dict[str, object]:
    """The mail before the invitation exists: its links have no ticket and lead nowhere."""
    return {
        **what_it_says(invitation),
        "redeem_url": f"{settings.PORTAL_BASE_URL}/redeem/…",
        "block_url": f"{settings.PORTAL_BASE_URL}/block/…",
    }


def what_it_says(invitation: Invitation) -> dict[str, object]:
    """Everything in the mail but its links, in the active language; the row need not be saved."""
    tenant, inviter = invitation.tenant, invitation.inviter
    tenant_name = name_in_mail(tenant.display_name)
    inviter_name = name_in_mail(inviter.display_name) if inviter else ""
    address = _mail_of(inviter)
    reply_to = address.ascii if address else ""
    message = invitation.message if reply_to else ""
    return {
        "language": translation.get_language() or "en",
        "is_right_to_left": translation.get_language_bidi(),
        "subject": _subject(inviter_name or tenant_name),
        "sender_name": _sender_name(tenant_name),
        "tenant_name": tenant_name,
        "tenant_domain": email_address.written_domain(tenant.primary_domain),
        "inviter_name": inviter_name,
        "inviter_mail": reply_to,
        "inviter_address": address.written if address else "",
        "inviter_initials": initials(inviter_name),
        "inviter_hue": inviter.pk.int % 6 + 1 if inviter else 1,
        "invitee": invitation.email_address.written,
        "message": message,
        "quoted_message": "\n".join(f"> {line}" for line in message.split("\n")),
        "target": _shown_url(invitation.redirect_url),
        "privacy_url": tenant.privacy_statement_url,
        "product_name": settings.PORTAL_PRODUCT_NAME,
    }


def _subject(name: str) -> str:
    """EML-2, EML-3."""
    return _("%(name)s invited you to access applications within their organization.") % {
        "name": name
    }


def _sender_name(tenant_name: str) -> str:
    """EML-4; the brand is a setting of the deployment (decision 2)."""
    brand = settings.INVITATION_SENDER_BRAND
    if not tenant_name:
        return f"{brand} Invitations"
    return f"{brand} Invitations on behalf of {tenant_name}"


def _mail_of(inviter: User | None) -> EmailAddress | None:
    """The inviter's address for Reply-To, or nothing (EML-5)."""
    return _parsed(inviter.mail) if inviter and inviter.mail else None


def _parsed(text: str) -> EmailAddress | None:
    try:
        return email_address.parse_email_address(text)
    except InvalidEmailAddress:
        return None


def _shown_url(url: str) -> str:
    """The redirect URL with its host as people write it, cut behind it where it is long (EML-12).

    A host that mixes scripts stays in A-labels.
    """
    host = urlsplit(url).hostname or ""
    if not email_address.is_mixed_script(host):
        url = url.replace(host, email_address.unicode_domain(host), 1)
    if len(url) <= MAXIMUM_SHOWN_URL:
        return url
    scheme, _separator, rest = url.partition("://")
    return f"{scheme}://{re.split('[/?]', rest, maxsplit=1)[0]}/…"


def _portal_url(name: str, token: object) -> str:
    return f"{settings.PORTAL_BASE_URL}{reverse(name, args=[token])}"


def note_sent(mail: OutgoingMail) -> None:
    """Remember on the invitation and in the log that its mail left (INV-23, BET-3)."""
    _note(mail, Result.SUCCESS)


def note_failed(mail: OutgoingMail) -> None:
    """Log that the mail will not arrive, with the relay's words (REL-8)."""
    _note(mail, Result.FAILURE)


def _note(mail: OutgoingMail, result: Result) -> None:
    invitations = Invitation.objects.of(mail.tenant).filter(pk=mail.subject_id)
    with transaction.atomic():
        if result is Result.SUCCESS and not mail.is_copy:
            invitations.update(last_sent_at=timezone.now())
        invitation = invitations.select_related("user").first()
        if invitation is None:
            return
        is_sent = result is Result.SUCCESS
        log.record(
            log.INVITATION_SENT if is_sent else log.INVITATION_FAILED,
            mail.tenant,
            by=SYSTEM,
            target=Target.of_user(invitation.user),
            details=Details(
                additional={
                    "InvitationId": invitation.pk,
                    "Recipient": mail.recipient,
                    "IsCopy": mail.is_copy,
                },
                reason="" if is_sent else f"{mail.reply_code or ''} {mail.reply_text}".strip(),
            ),
            result=result,
        )


INVITATION_MAIL_TYPE = MailType(
    name=INVITATION_MAIL,
    label=gettext_lazy("Invitation"),
    queue=Queue.MAIL,
    build=build_invitation_mail,
    sample=sample_invitation_mail,
    on_sent=note_sent,
    on_failed=note_failed,
)
