"""Run a command that ends when its parent ends: `python parent_death.py <parent> <command...>`.

The supervisor starts its children through this file, because the parent-death signal must be
set between fork and exec, which is unsafe from a process with threads. Linux only; elsewhere
the next start stops what a killed supervisor left (`portal.demo.supervisor`).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when the thread that started it is gone.

    Leaves at once when the parent, given by its process id, was faster.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main(parent: int, command: list[str]) -> None:
    """Bind to the parent, then become the command."""
    die_with_parent(parent)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
