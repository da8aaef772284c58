"""A mail relay that is slow on purpose: it drips an answer line by line, or says nothing."""

from __future__ import annotations

import contextlib
import socket
import threading


class SlowRelay:
    """Listens on a free port of 127.0.0.1 and stalls every conversation at one place.

    `stalls_at` is `greeting`, `dot` for the answer to the message, or the first word of the command
    whose answer never ends. With
    `drip_seconds` a line of the answer comes that often; without, nothing comes at all.
    """

    def __init__(
        self, stalls_at: str, drip_seconds: float | None = None, *, greeting: str = "220 slow.test"
    ) -> None:
        """Listen at once."""
        self.greeting = greeting
        self.stalls_at = stalls_at.upper()
        self.drip_seconds = drip_seconds
        self.conversations = 0
        self._is_over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()[:2]
        threading.Thread(target=self._listen, daemon=True).start()

    def stop(self) -> None:
        """End every conversation."""
        self._is_over.set()
        self._listener.close()

    def _listen(self) -> None:
        while not self._is_over.is_set():
            try:
                line, _address = self._listener.accept()
            except OSError:
                return
            self.conversations += 1
            threading.Thread(target=self._converse, args=[line], daemon=True).start()

    def _converse(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line, line.makefile("rb") as commands:
            if self.stalls_at != "GREETING":
                line.sendall(f"{self.greeting}\r\n".encode())
            else:
                self._answer(line, "GREETING")
            for command in commands:
                word = command.decode("ascii", "replace").split()[0].upper()
                self._answer(line, word)
                if word == "DATA":
                    while commands.readline() not in {b".\r\n", b""}:
                        continue
                    self._answer(line, "DOT")

    def _answer(self, line: socket.socket, command: str) -> None:
        code = {"GREETING": "220", "DATA": "354"}.get(command, "250")
        if command != self.stalls_at:
            line.sendall(f"{code} slow.test\r\n".encode())
            return
        while not self._is_over.wait(self.drip_seconds):
            line.sendall(f"{code}-still there\r\n".encode())
