"""Send a mail through the sink of the demo and look for it in the demo's own folder.

Another program may listen on the port: then the mail is kept elsewhere, or nowhere.
"""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from pathlib import Path

TRIAL_SECONDS = 5.0


def is_mail_kept(port: int, state: Path, token: str) -> bool:
    """Whether a mail with `token` in its subject, sent to `port`, stands in the mails of `state`.

    It is taken out again, so that the mailbox opens empty.
    """
    message = EmailMessage()
    message["From"] = message["To"] = "demo@localhost"
    message["Subject"] = token
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=TRIAL_SECONDS) as connection:
            connection.send_message(message)
    except (OSError, smtplib.SMTPException):
        return False
    kept = [path for path in (state / "mail").glob("*.eml") if token.encode() in path.read_bytes()]
    for path in kept:
        path.unlink(missing_ok=True)
    return bool(kept)
