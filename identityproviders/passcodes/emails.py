"""The passcode mail (OTP-14, SEC-3, SEC-94).

Only the worker builds it. The first try starts the life of the code (SEC-5). A request of a
stranger or one that ended meanwhile takes the same way until it is dropped (SEC-14, REL-11).
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from identityproviders.models import PasscodeRequest
from identityproviders.passcodes import one_time_codes
from portal.languages import written_day, written_time
from portal.outbox.mail_types import MailType, NotWantedError
from portal.outbox.models import OutgoingMail, Queue
from portal.outbox.sending.messages import Content, OutgoingMessage
from portal.tenants.models import Tenant
from portal.values import email_address
from portal.values.text import INVITATION_NAME_LENGTH, clean_display_name

_INLINER = css_inline.CSSInliner(
    keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
)


def build_passcode_mail(mail: OutgoingMail) -> OutgoingMessage:
    """The message for one row of the outbox, the same in every try (REL-5).

    Raises: NotWantedError when the mail must not go.
    """
    request: PasscodeRequest = (
        PasscodeRequest.objects.of(mail.tenant)
        .select_related("tenant", "user", "sign_in")
        .get(pk=mail.subject_id)
    )
    one_time_codes.hand_over_passcode(request)
    is_stranger = request.user is None and not request.sign_in.is_sign_up
    if is_stranger:
        raise NotWantedError("unknown")
    if request.consumed_at is not None or request.superseded_at is not None:
        raise NotWantedError("over")
    if request.user is not None and request.user.deleted_at is not None:
        raise NotWantedError("gone")
    with translation.override(mail.language):
        return OutgoingMessage(
            mail, passcode_content(mail, request, one_time_codes.derive_passcode(request))
        )


def sample_passcode_mail(language: str) -> Content:
    """The mail for somebody who does not exist, with a code that is valid nowhere."""
    now = timezone.now()
    tenant = Tenant(display_name="Contoso", privacy_statement_url="https://contoso.example/privacy")
    tenant.primary_domain = "contoso.example"
    request = PasscodeRequest(
        created_at=now, expires_at=now + timedelta(minutes=30), client_network="192.0.2.0/24"
    )
    mail = OutgoingMail(tenant=tenant, recipient="guest@partner.example")
    with translation.override(language):
        return passcode_content(mail, request, "12345678")


@sensitive_variables("context", "code")
def passcode_content(mail: OutgoingMail, request: PasscodeRequest, code: str) -> Content:
    """Give what the mail with a code says, in the language that is active."""
    tenant = mail.tenant
    known_as = settings.PORTAL_PRODUCT_NAME if tenant.is_platform else tenant.display_name
    name = clean_display_name(known_as, INVITATION_NAME_LENGTH)
    context = {
        "language": translation.get_language() or "en",
        "is_right_to_left": translation.get_language_bidi(),
        "tenant_name": name,
        "tenant_domain": urlsplit(settings.PORTAL_BASE_URL).hostname
        if tenant.is_platform
        else email_address.written_domain(tenant.primary_domain),
        "address": mail.recipient_address.written,
        "code": code,
        "minutes": request.lifetime_minutes,
        "until_day": written_day(request.expires_at),
        "until_time": written_time(request.expires_at),
        "asked_day": written_day(request.created_at),
        "asked_time": written_time(request.created_at),
        "asked_from": request.client_network,
        "privacy_url": tenant.privacy_statement_url,
        "product_name": settings.PORTAL_PRODUCT_NAME,
        "postal_line": settings.PORTAL_POSTAL_LINE,
    }
    return Content(
        subject=_("Your %(name)s account verification code") % {"name": name},
        text=render_to_string("identityproviders/passcodes/passcode.txt", context),
        html=_INLINER.inline(
            render_to_string("identityproviders/passcodes/passcode.html", context)
        ),
        sender_name=name or settings.PORTAL_PRODUCT_NAME,
    )


PASSCODE_MAIL = MailType(
    name=one_time_codes.MAIL_KIND,
    label=gettext_lazy("Verification code"),
    queue=Queue.PASSCODE,
    build=build_passcode_mail,
    sample=sample_passcode_mail,
    lease=timedelta(seconds=30),
    send_timeout=timedelta(seconds=15),
    lifetime=one_time_codes.GIVE_UP,
    retry_after=tuple(timedelta(seconds=s) for s in (5, 15, 45, 120, 300)),
)
"""REL-4, REL-14: tries after 0, 5, 15, 45, 120 and 300 seconds, dropped after 15 minutes."""
