"""Import all that the command may need, then become it for every order that comes over the socket on stdin."""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import fleet

# The migrations run when they are imported; the fixtures need pytest.
LEFT_OUT = ("fleet.testing", "fleet.store.migrations")


def main() -> None:
    """Serve until whoever started this is gone."""
    with socket.socket(fileno=os.dup(0)) as orders:
        _import_everything()
        gc.collect()
        gc.freeze()  # what all share stays shared
        while True:
            order, fds, _, _ = socket.recv_fds(orders, 1 << 20, 4)
            _reap()
            if not order:
                return
            if os.fork() == 0:
                orders.close()
                _carry_out(json.loads(order), fds)
            for fd in fds:
                os.close(fd)


def _import_everything() -> None:
    for module in pkgutil.walk_packages(fleet.__path__, "fleet."):
        if not module.name.startswith(LEFT_OUT):
            importlib.import_module(module.name)
    assert threading.active_count() == 1, "a process with threads cannot be forked"


def _reap() -> None:
    """Let those that ended go. Nobody asks how: each said so itself."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _carry_out(order: dict[str, Any], fds: list[int]) -> None:
    *streams, answer = fds
    for number, fd in enumerate(streams):
        os.dup2(fd, number)
        os.close(fd)
    os.set_inheritable(answer, False)  # its end must be this process's, not that of one it starts
    os.write(answer, str(os.getpid()).encode().ljust(16))
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.stdin = sys.__stdin__ = open(0)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w")  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
    sys.argv = ["fleet", *order["words"]]
    sys.path[0] = ""  # as with `python -c`
    from fleet.cli import main as command

    code = _code_of(command)
    os.write(answer, str(code).encode().ljust(16))
    os._exit(code)


def _code_of(command: Callable[[], int]) -> int:
    """Run to the end, as the interpreter ends: threads first, then what was registered, then the streams."""
    try:
        code: Any = command()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code or 0


if __name__ == "__main__":
    main()
