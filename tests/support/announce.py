"""Say before a run which parts of the suite this machine cannot run, one line each."""

from __future__ import annotations

import shutil

from tests.support.chromium import chromium
from tests.support.counterparts import node


def main() -> None:
    """Print a line for each missing part."""
    if chromium() is None:
        print("Browser part not run: no Chromium here; install it or set CHROMIUM to its path.")
    if not node.is_available():
        print("SAML and WS-Fed providers from npm not run: no Node.js with npm here.")
    if not shutil.which("git"):
        print("Check of committed files not run: no git here.")


if __name__ == "__main__":
    main()
