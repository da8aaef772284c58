"""A mailbox on loopback that speaks as much IMAP over TLS as reading reports needs (RFC 3501)."""

from __future__ import annotations

import re
import socketserver
import ssl
from pathlib import Path


class ImapServer(socketserver.ThreadingTCPServer):
    """One folder, one user; counts what was marked as seen."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, certificate: Path, key: Path, password: str) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(certificate, key)
        self.password = password
        self.messages: dict[int, bytes] = {}
        self.seen: set[int] = set()


class _Conversation(socketserver.StreamRequestHandler):
    server: ImapServer

    def handle(self) -> None:
        try:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        except ssl.SSLError:
            return  # a client that trusts another authority
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb")
        self._say(b"* OK ready")
        for line in self.rfile:
            tag, command, rest = (*line.strip().split(b" ", 2), b"")[:3]
            if command == b"CAPABILITY":
                self._say(b"* CAPABILITY IMAP4rev1", tag + b" OK done")
            elif command == b"LOGIN":
                is_right = rest.endswith(f'"{self.server.password}"'.encode())
                self._say(tag + (b" OK in" if is_right else b" NO wrong password"))
            elif command == b"SELECT":
                is_known = rest == b'"INBOX"'
                lines = [b"* 1 EXISTS"] if is_known else []
                self._say(*lines, tag + (b" OK selected" if is_known else b" NO such folder"))
            elif command == b"UID":
                self._by_id(tag, rest)
            else:
                self._say(b"* BYE bye" if command == b"LOGOUT" else b"* OK", tag + b" OK done")

    def _by_id(self, tag: bytes, rest: bytes) -> None:
        messages = self.server.messages
        if rest == b"SEARCH UNSEEN":
            unseen = sorted(messages.keys() - self.server.seen)
            self._say(b"* SEARCH " + b" ".join(b"%d" % uid for uid in unseen))
        uid = int(found.group()) if (found := re.search(rb"\d+", rest)) else 0
        if b"RFC822.SIZE" in rest:
            self._say(b"* %d FETCH (UID %d RFC822.SIZE %d)" % (uid, uid, len(messages[uid])))
        elif b"BODY.PEEK" in rest:
            content = messages[uid]
            self._say(b"* %d FETCH (UID %d BODY[] {%d}" % (uid, uid, len(content)))
            self.wfile.write(content + b")\r\n")
        elif rest.startswith(b"STORE"):
            self.server.seen.add(uid)
        self._say(tag + b" OK done")

    def _say(self, *lines: bytes) -> None:
        self.wfile.write(b"\r\n".join(lines) + b"\r\n")
        self.wfile.flush()
