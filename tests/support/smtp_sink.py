"""A mail relay in a thread that does what a test tells it (REL-7 to REL-9, REL-18)."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

ANYONE = "*"
ACCEPTED = "250 2.0.0 Accepted"


@dataclass(frozen=True)
class ReceivedMail:
    """One message the sink answered 250 for."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def message(self) -> EmailMessage:
        """The parsed message."""
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def text(self) -> str:
        """The plain text part."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML part."""
        return self._part("html")

    def _part(self, subtype: str) -> str:
        part = self.message.get_body((subtype,))
        return "" if part is None else str(part.get_content())


@dataclass
class _Fault:
    recipient: str
    at: str
    reply: str = ""
    hang_seconds: float = 0.0
    drop: bool = False
    accept: bool = False
    times: int | None = None

    def concerns(self, recipient: str, stage: str) -> bool:
        return self.at == stage and self.times != 0 and self.recipient in {ANYONE, recipient}


class SmtpSink:
    """Listens on a free port of 127.0.0.1; every method may be called from any thread."""

    def __init__(self, implicit_tls: ssl.SSLContext | None = None) -> None:
        """Take the certificate to show before the greeting, as port 465 does, or nothing."""
        self._implicit_tls = implicit_tls
        self._condition = threading.Condition()
        self._received: list[ReceivedMail] = []
        self._faults: list[_Fault] = []
        self._released = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="smtp-sink", daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()[:2]
        self.tls: ssl.SSLContext | None = None
        """Offers STARTTLS with it; a relay without."""
        self.connections = 0
        self.hanging = 0

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End at once, also conversations that hang."""
        self._released.set()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    # What a test sees

    @property
    def messages(self) -> list[ReceivedMail]:
        """Everything accepted so far, oldest first."""
        with self._condition:
            return list(self._received)

    def to(self, address: str) -> list[ReceivedMail]:
        """What was accepted for this address."""
        return [mail for mail in self.messages if address in mail.recipients]

    def wait_for(
        self, count: int = 1, *, to: str | None = None, timeout: float = 10.0
    ) -> list[ReceivedMail]:
        """Wait until `count` mails (for `to`) are here, and return them.

        Raises: AssertionError after `timeout` seconds.
        """

        def found() -> list[ReceivedMail]:
            return [m for m in self._received if to is None or to in m.recipients]

        with self._condition:
            if not self._condition.wait_for(lambda: len(found()) >= count, timeout):
                raise AssertionError(f"{len(found())} of {count} mails after {timeout} s")
            return found()

    def wait_until_hanging(self, count: int = 1, timeout: float = 30.0) -> None:
        """Wait until `count` conversations have hung behind their final dot.

        Raises: AssertionError after `timeout` seconds.
        """
        with self._condition:
            if not self._condition.wait_for(lambda: self.hanging >= count, timeout):
                raise AssertionError(f"{self.hanging} of {count} hang after {timeout} s")

    def clear(self) -> None:
        """Forget every mail and every fault."""
        with self._condition:
            self._received.clear()
            self._faults.clear()
            self.tls = None

    # What a test orders

    def refuse(self, recipient: str, reply: str, *, times: int | None = None) -> None:
        """Answer RCPT for this address (or ANYONE) with a reply such as `550 5.1.1 Unknown`."""
        self._add(_Fault(recipient, "rcpt", reply=reply, times=times))

    def refuse_content(self, recipient: str, reply: str, *, times: int | None = None) -> None:
        """Answer the final dot with a reply such as `451 4.3.0 Try later`."""
        self._add(_Fault(recipient, "data", reply=reply, times=times))

    def drop(self, recipient: str, *, accept: bool = False, times: int | None = 1) -> None:
        """Close the connection instead of answering the final dot; `accept` keeps the mail."""
        self._add(_Fault(recipient, "data", drop=True, accept=accept, times=times))

    def hang(self, recipient: str, seconds: float = 3600, *, times: int | None = 1) -> None:
        """Wait before answering the final dot, until `release` or the end of the test."""
        self._released.clear()
        self._add(_Fault(recipient, "data", hang_seconds=seconds, times=times))

    def release(self) -> None:
        """Let every hanging conversation go on."""
        self._released.set()

    def _add(self, fault: _Fault) -> None:
        with self._condition:
            self._faults.append(fault)

    # The conversation (aiosmtpd calls these by name)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        """Answer one RCPT command."""
        fault = self._next_fault([address], "rcpt")
        if fault is not None:
            return fault.reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answer the final dot."""
        fault = self._next_fault(envelope.rcpt_tos, "data")
        if fault is None:
            return self._accept(envelope)
        if fault.hang_seconds:
            await self._hang(fault.hang_seconds)
            return self._accept(envelope)
        if fault.drop:
            if fault.accept:
                self._accept(envelope)
            cast(asyncio.Transport, server.transport).abort()
            return "421 4.3.2 Gone"
        return fault.reply

    def _next_fault(self, recipients: list[str], stage: str) -> _Fault | None:
        with self._condition:
            for fault in self._faults:
                if any(fault.concerns(recipient, stage) for recipient in recipients):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def _accept(self, envelope: Envelope) -> str:
        content = envelope.content
        mail = ReceivedMail(
            envelope.mail_from or "",
            tuple(envelope.rcpt_tos),
            content if isinstance(content, bytes) else (content or "").encode(),
        )
        with self._condition:
            self._received.append(mail)
            self._condition.notify_all()
        return ACCEPTED

    async def _hang(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        with self._condition:
            self.hanging += 1
            self._condition.notify_all()
        while time.monotonic() < end and not self._released.is_set():
            await asyncio.sleep(0.05)

    def _connection(self) -> SMTP:
        self.connections += 1
        return SMTP(
            self,
            hostname="sink.test",
            enable_SMTPUTF8=True,
            loop=self._loop,
            tls_context=self.tls,
            require_starttls=self.tls is not None,
        )

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        factory: Callable[[], SMTP] = self._connection
        server = self._loop.run_until_complete(
            self._loop.create_server(factory, sock=self._listener, ssl=self._implicit_tls)
        )
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()
