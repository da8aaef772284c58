"""Models of terms of use: documents, versions, acceptances (CON-4)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.scoping import TenantModel

LONGEST_TEXT = 100_000


class TermsDocument(TenantModel):
    """One document that guests accept, until it is retired."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("terms of use")
        verbose_name_plural = _("terms of use")
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=models.Q(retired_at=None),
                name="terms_document_name_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class TermsVersion(TenantModel):
    """A wording of a document, never changed once it is there; the highest number holds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(TermsDocument, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"), validators=[MaxLengthValidator(LONGEST_TEXT)])
    created_at = models.DateTimeField(_("published"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("version of terms of use")
        verbose_name_plural = _("versions of terms of use")
        ordering: ClassVar = ["document", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "number"], name="terms_version_once")
        ]

    def __str__(self) -> str:
        return str(self.number)


class TermsAcceptance(TenantModel):
    """A guest accepted a version at a moment; the row is never changed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="terms_acceptances"
    )
    version = models.ForeignKey(TermsVersion, on_delete=models.CASCADE, related_name="acceptances")
    accepted_at = models.DateTimeField(_("accepted"), default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "version"], name="terms_accepted_once")
        ]

    def __str__(self) -> str:
        return str(self.accepted_at)
