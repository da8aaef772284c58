"""Model PersonalAccount: a person without an organization (decision 5, HRD-1 MSA)."""

from __future__ import annotations

import uuid

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PersonalAccount(models.Model):
    """A deployment-wide account under a proven address; it belongs to no tenant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address_key = models.CharField(_("address"), max_length=254, unique=True)
    password = models.CharField(_("password"), max_length=128, editable=False)
    display_name = models.CharField(_("display name"), max_length=64, blank=True)
    password_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("personal account")
        verbose_name_plural = _("personal accounts")

    def __str__(self) -> str:
        return self.address_key

    @property
    def mail(self) -> str:
        """The address, under the name that password checks compare with (SEC-75)."""
        return self.address_key

    def set_password(self, password: str) -> None:
        """Take a new password; saving is the caller's."""
        self.password = make_password(password)
        self.password_changed_at = timezone.now()

    def check_password(self, password: str) -> bool:
        """Whether it is right; an outdated hash is renewed."""

        def renew(raw: str) -> None:
            self.password = make_password(raw)
            self.save(update_fields=["password"])

        return check_password(password, self.password, renew)
