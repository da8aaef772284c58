#!/usr/bin/env python3
"""The project's command line. `manage.py up` starts the whole demo (see `make help`)."""

import os
import sys


def main() -> None:
    """Run one management command, or the demo."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if sys.argv[1:2] == ["up"]:
        from portal.demo import up

        sys.exit(up.main(sys.argv[2:]))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
