"""A type of mail of the tests’ own, so that the outbox is tested without the apps above."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.mail import EmailMessage

from portal.outbox.mail_types import NotWantedError
from portal.outbox.models import OutgoingMail

Enqueue = Callable[..., OutgoingMail]


@dataclass
class Letters:
    """What the builder of the test kind is told to do, and what it was asked."""

    unwanted: set[uuid.UUID] = field(default_factory=set)
    poisonous: set[uuid.UUID] = field(default_factory=set)
    sent: list[uuid.UUID] = field(default_factory=list)
    failed: list[uuid.UUID] = field(default_factory=list)
    while_building: Callable[[OutgoingMail], object] | None = None
    """Called with the mail before it is built: what another worker does meanwhile."""

    def build(self, mail: OutgoingMail) -> EmailMessage:
        if self.while_building is not None:
            self.while_building(mail)
        if mail.subject_id in self.unwanted:
            raise NotWantedError("revoked")
        if mail.subject_id in self.poisonous:
            raise ZeroDivisionError("a defect of the builder")
        headers = {"Message-ID": f"<{mail.pk}@portal.test>"}
        return EmailMessage(
            "A letter", "Hello.", "us@portal.test", [mail.recipient], headers=headers
        )


def assert_only_dark_rules(html: str) -> None:
    """The one style sheet of a mail holds its colors for dark mode, and asks for nothing."""
    [style] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style.strip().startswith("@media (prefers-color-scheme: dark) {")
    assert style.count("@") == 1
    assert "url(" not in style
