"""The identity providers from npm: samlp and wsfed, in a Node process of their own."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
INSTALLED = HERE / "node_modules" / ".installed"
MISSING = "no Node.js with npm on this machine"


def is_available() -> bool:
    """Whether Node.js and npm are here."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def install() -> None:
    """Install what the lock file pins, once; several test processes wait for each other."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    with (Path(tempfile.gettempdir()) / "portal-counterparts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if INSTALLED.exists() and INSTALLED.read_text() == wanted:
            return
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=HERE,
            check=True,
            capture_output=True,
        )
        INSTALLED.write_text(wanted)


@dataclass
class Person:
    """Who is signed in at the provider, and what is to be wrong with its answers."""

    subject: str
    claims: dict[str, Any]
    format: str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    options: dict[str, Any] = field(default_factory=dict)


class NodeProvider:
    """A running provider with one signing key."""

    def __init__(self, *, key: str, certificate: str, issuer: str) -> None:
        self.issuer = issuer
        self.certificate = certificate
        self.settings = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)  # noqa: SIM115
        json.dump({"key": key, "cert": certificate, "issuer": issuer}, self.settings)
        self.settings.close()
        self.process = subprocess.Popen(
            ["node", "--no-deprecation", str(HERE / "identity_provider.js"), self.settings.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def sign_in(self, person: Person) -> None:
        """Let `person` be the one who is signed in there."""
        body = json.dumps(person.__dict__).encode()
        urllib.request.urlopen(f"{self.url}/person", body, timeout=10).close()

    def stop(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
        os.unlink(self.settings.name)
