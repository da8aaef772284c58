"""Model PasscodeDevice: the django-otp device that issues and verifies passcodes (SEC-20)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, DeviceManager

from identityproviders.passcodes import one_time_codes
from identityproviders.sign_in.models import SignInTransaction


class PasscodeDevice(Device):
    """The device of one guest: permanent, without any secret.

    A session keeps its mark through this row, so purges take requests and never devices.
    """

    is_second_factor = False
    """A code by e-mail is all the proof there is (SEC-17)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )

    objects: ClassVar[models.Manager[PasscodeDevice]] = DeviceManager()

    class Meta:
        verbose_name = _("passcode device")
        verbose_name_plural = _("passcode devices")

    def generate_challenge(self, sign_in: SignInTransaction) -> str:
        """Queue a new code for `sign_in` (OTP-4, SEC-4); the id of the passcode request.

        Raises: Unavailable (REL-16).
        """
        return str(one_time_codes.request_code(sign_in).pk)

    def verify_token(self, token: str) -> bool:
        """Whether `<request id>|<8 digits>` is right and was used up by this call (SEC-7)."""
        request_id, _separator, digits = token.partition("|")
        return one_time_codes.consume_passcode(uuid.UUID(request_id), digits)
