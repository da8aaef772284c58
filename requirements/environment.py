"""Make `.venv` hold what a lock file says: `python3 requirements/environment.py embedded|dev`.

Runs before anything is installed, on whatever Python there is, so it uses the standard library
only and no syntax newer than Python 3.8. A second run with an unchanged lock takes no time.
"""

import filecmp
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
INSTALLED = VENV / "installed.lock"
OLDEST = (3, 11)
SUPPORTED = ("python3.13", "python3.12", "python3.11")


def main(name: str) -> None:
    """Install the lock `name`, unless it, or the larger one of developers, is installed."""
    lock = ROOT / "requirements" / (name + ".lock")
    if any(is_installed(ROOT / "requirements" / (n + ".lock")) for n in (name, "dev")):
        return
    if sys.version_info < OLDEST:
        run_with_newer_python()
    started = time.monotonic()
    count = sum("==" in line for line in lock.read_text().splitlines())
    say(f"Installing {count} packages into .venv. This happens once.")
    create()
    install(lock)
    shutil.copyfile(str(lock), str(INSTALLED))
    say(f"Installed in {time.monotonic() - started:.0f} s.")


def is_installed(lock: Path) -> bool:
    """Whether the environment was made from exactly this lock and its Python still works."""
    python = VENV / "bin" / "python"
    return INSTALLED.exists() and python.exists() and filecmp.cmp(lock, INSTALLED, shallow=False)


def run_with_newer_python() -> None:
    """Start over with a Python that is new enough, or say what is missing."""
    for name in SUPPORTED:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, *sys.argv])  # noqa: S606
    have = ".".join(map(str, sys.version_info[:2]))
    need = ".".join(map(str, OLDEST))
    sys.exit(f"Python {need} or newer is needed; `{sys.executable}` is {have}.")


def create() -> None:
    """Make an empty environment."""
    INSTALLED.unlink() if INSTALLED.exists() else None
    if (VENV / "bin" / "python").exists():
        return
    if shutil.which("uv"):
        call(["uv", "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV)])
        return
    if importlib.util.find_spec("ensurepip") is None:
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        sys.exit(
            "This Python cannot make environments yet. On Debian and Ubuntu, type:\n\n"
            f"    sudo apt-get install {package}\n\nthen try again."
        )
    call([sys.executable, "-m", "venv", str(VENV)])


def install(lock: Path) -> None:
    """Install exactly what the lock names, checked by hash, wheels only."""
    python = str(VENV / "bin" / "python")
    if shutil.which("uv"):
        call(["uv", "pip", "sync", "--quiet", "--require-hashes", "--python", python, str(lock)])
        return
    if subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL) != 0:  # noqa: S603
        call([python, "-m", "ensurepip"])
    # The lock is complete; without --no-deps the resolver of older pips refuses extras such as
    # coverage[toml], because the lock pins the package without its extra (pip 23).
    options = ["--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps"]
    options += ["--require-hashes", "--only-binary=:all:"]
    call([python, "-m", "pip", "install", *options, "-r", str(lock)])


def call(command: "list[str]") -> None:
    """Run a command; leave with its status when it fails."""
    status = subprocess.call(command, cwd=str(ROOT))  # noqa: S603
    if status:
        sys.exit(f"`{' '.join(command)}` failed with status {status}.")


def say(text: str) -> None:
    """Tell how far we are."""
    print(text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
