"""The command `fleet`: one file per verb.

In: words, flags, environment. Out: data on stdout, everything else on stderr, an exit code. What verbs share is `frame/`.
A verb's file is imported when that verb is run, and slow libraries nowhere but in `serve` and in functions that need them:
`fleet status` starts in less than 150 ms by construction. What needs a running hub asks it over its unix socket; `map`,
`render`, `validate` and `diff A..B` read the repository and need none, and `health` reads files.

`serve` is the composition root: the one place where everything is put together. Never here: an answer that the API does not give,
and anything about Kubernetes but `cluster check`, which must work where no hub does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from fleet.cli.frame.codes import ERROR, INTERRUPTED, TIMEOUT
from fleet.cli.frame.dispatch import run
from fleet.errors import DeadlineExceeded, FleetError


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit code."""
    try:
        code = run(list(sys.argv[1:] if words is None else words))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except DeadlineExceeded as error:
        print(f"fleet: {error}", file=sys.stderr)
        return TIMEOUT
    except FleetError as error:
        print(f"fleet: {error}", file=sys.stderr)
        return ERROR
    except Exception as error:
        return _crashed(error)


def _crashed(error: Exception) -> int:
    """The process's own boundary: a failure that nobody foresaw."""
    if os.environ.get("FLEET_DEBUG"):
        raise error
    # Here, because asyncio is not on the way of a command that works.
    from fleet.aio import leaves

    for each in leaves(error) if isinstance(error, BaseExceptionGroup) else (error,):
        print(f"fleet: {type(each).__name__}: {each}", file=sys.stderr)
    print("This is a fault of fleet's: please report it; FLEET_DEBUG=1 shows more.", file=sys.stderr)
    return ERROR
