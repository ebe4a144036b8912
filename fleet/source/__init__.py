"""Git → Revision, and a lazy reader of its files.

In: a Source (a path, `file://` or HTTP), the one branch, a callable that resolves the credential when it is needed.
Out: Revisions, trees read straight from the git object database, and which paths differ between two commits, found by
comparing tree ids.

The hub's own copy is a bare repository in the state directory: a cache, remade whenever it is missing or damaged. What
talks to the network runs in a process of its own that is killed at the deadline; fetches of a local repository share one. A
branch that is not there, and an object that cannot be read, are errors, never an empty tree.

Never here: a working tree, a write to the operator's repository, tags or other branches, parsing what a file says.
"""

from fleet.source.history import History, open_checkout
from fleet.source.repository import Repository
from fleet.source.touched import Touched

__all__ = ["History", "Repository", "Touched", "open_checkout"]
