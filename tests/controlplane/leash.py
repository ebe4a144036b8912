"""Run a command that dies with its parent, however that ends: `python -I -S leash.py <parent's pid> command…`.

A process of its own rather than a `preexec_fn`, which may deadlock where there are threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # Kept across exec, see prctl(2).
    if os.getppid() != parent:  # It ended before we asked.
        sys.exit(1)
    os.execv(command[0], command)
