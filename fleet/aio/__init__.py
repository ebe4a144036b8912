"""Wait, queue, limit and run without surprises: asyncio helpers that know nothing of fleets.

In: coroutines, functions, keys, command lines. Out: their results, or an error of ours that says what was waited for.
Everything that waits has a deadline, everything that fans out has a limit, every task has a name and an owner who cancels
it, and `CancelledError` always goes through.

The only place in the product that creates tasks, threads and processes. Never here: what a key means, what a process
computes, logging, retries of anything; time is the loop's, chance is an argument.
"""

from fleet.aio.backoff import Backoff
from fleet.aio.bell import Bell
from fleet.aio.limit import Limiter, deadline
from fleet.aio.processes import Command, Finished, call_in_process, run_process
from fleet.aio.tasks import TaskOwner, leaves, map_limited, owned
from fleet.aio.threads import Threads
from fleet.aio.workers import Workers
from fleet.aio.workqueue import WorkQueue

__all__ = [
    "Backoff",
    "Bell",
    "Command",
    "Finished",
    "Limiter",
    "TaskOwner",
    "Threads",
    "WorkQueue",
    "Workers",
    "call_in_process",
    "deadline",
    "leaves",
    "map_limited",
    "owned",
    "run_process",
]
