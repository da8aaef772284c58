"""A little name server on loopback that knows the text records a test gives it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class NameServer(socketserver.ThreadingUDPServer):
    """Answers TXT questions; names without an entry do not exist."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.texts: dict[str, list[str]] = {}
        self.is_failing = False
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        """What PORTAL_DNS_SERVERS names."""
        return f"127.0.0.1:{self.server_address[1]}"

    def answer(self, wire: bytes) -> bytes:
        """The answer to one question."""
        query = dns.message.from_wire(wire)
        name = query.question[0].name
        text = name.to_text(omit_final_dot=True).lower()
        self.asked.append(text)
        response = dns.message.make_response(query, recursion_available=True)
        if self.is_failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif text not in self.texts:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif self.texts[text]:
            quoted = [" ".join(f'"{part}"' for part in _parts(t)) for t in self.texts[text]]
            response.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *quoted))
        return response.to_wire()


def _parts(text: str) -> list[str]:
    """A record holds strings of up to 255 bytes."""
    return [text[start : start + 255] for start in range(0, len(text), 255)]


class _Handler(socketserver.BaseRequestHandler):
    server: NameServer

    def handle(self) -> None:
        wire, connection = self.request
        connection.sendto(self.server.answer(wire), self.client_address)


@contextmanager
def running(server: NameServer) -> Iterator[NameServer]:
    """Serve in a thread until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
