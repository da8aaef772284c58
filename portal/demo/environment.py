"""The environment of the demo: state folder, keys, ports, addresses."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent.parent
MAX_SOCKET_PATH_BYTES = 107
PORT_TRIES = 100


def state_folder() -> Path:
    """Where the demo keeps database, keys and mails (PORTAL_STATE_DIR, else `var`)."""
    folder = Path(os.environ.get("PORTAL_STATE_DIR") or ROOT / "var").resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def load_keys(state: Path) -> dict[str, str]:
    """The demo's secrets; made on the first start and readable by the owner alone (SEC-100)."""
    path = state / "demo.env"
    if not path.exists():
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        lines = f"SECRET_KEY={secrets.token_urlsafe(50)}\nPORTAL_KEYS=demo:{key}\n"
        lines += f"PORTAL_DEMO_PASSWORD={_password()}\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(lines)
    pairs = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}


_HELD_PORTS: list[IO[str]] = []
"""Open for as long as this process lives; the kernel drops the locks with it."""


def hold_port(preferred: int) -> int:
    """The preferred port of 127.0.0.1, or the next free one, kept from other demos until the end.

    A server binds it later, so a lock holds it from now on: of two demos that start at once each
    gets ports of its own.

    Raises: OSError when none of the next hundred is free.
    """
    folder = _private_folder("ports")
    for port in range(preferred, min(preferred + PORT_TRIES, 65536)):
        lock = (folder / str(port)).open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        if _is_free(port):
            _HELD_PORTS.append(lock)
            return port
        lock.close()
    raise OSError(f"ports {preferred} to {preferred + PORT_TRIES - 1} are all taken")


def socket_path(state: Path) -> Path:
    """Where the broker's socket goes: the state folder, unless its path is too long."""
    path = state / "valkey.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
        return path
    return _private_folder(hashlib.sha256(os.fsencode(state)).hexdigest()[:16]) / "valkey.sock"


def _private_folder(name: str) -> Path:
    """A folder for temporary files that is this user's alone. Raises: PermissionError."""
    folder = Path(tempfile.gettempdir()) / f"portal-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def enter_demo(
    state: Path, *, port: int, mail_port: int, has_tls: bool, redis_url: str
) -> dict[str, str]:
    """Set what `portal.settings` reads; what the caller's environment says wins, except
    for the values that must agree with the processes started here."""
    scheme = "https" if has_tls else "http"
    defaults = {
        **load_keys(state),
        "PORTAL_BASE_URL": f"{scheme}://127.0.0.1:{port}",
        "PORTAL_EXTRA_HOSTS": "localhost",
        "PORTAL_LOG_FORMAT": "text",
        "PORTAL_LOG_LEVEL": "WARNING",
        "PORTAL_MAIL_FROM": "invitations@localhost",
    }
    fixed = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "PORTAL_DEMO": "true",
        "PORTAL_STATE_DIR": str(state),
        "REDIS_URL": redis_url,
        "PYTHONUNBUFFERED": "1",
    }
    os.environ.update({**defaults, **os.environ, **fixed})
    return fixed


def _password() -> str:
    """Something to type: four groups of four letters and digits that cannot be confused."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
