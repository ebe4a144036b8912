"""Rules about size and naming: a file, a function, a folder's door, what is public."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from tests.architecture.sources import Module

FILE_LINES = 400
FUNCTION_LINES = 60
NESTING = 3
# Group, kind, namespace, name: an ObjectKey, the largest noun that reads well by position.
BY_POSITION = 4
DOOR_LINES = range(5, 16)

# They say that a thing had no better place, never what it is for.
NAMELESS_WORDS = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})
NAMELESS = frozenset({"base", "core", "manager"})

Function = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match)


def long_file(module: Module) -> Iterator[str]:
    """A file fits in a head."""
    lines = len(module.text.splitlines())
    if lines > FILE_LINES:
        yield f"{module.path} has {lines} lines; {FILE_LINES} is the limit"


def long_function(module: Module) -> Iterator[str]:
    """A function is one thought."""
    for function in functions(module):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES:
            yield f"{module.at(function.lineno)} {function.name} has {lines} lines; {FUNCTION_LINES} is the limit"


def deep_function(module: Module) -> Iterator[str]:
    """The happy path runs down the left margin. A `with` opens a lifetime, not a branch, and is not counted."""
    for function in functions(module):
        depth = max((nesting(statement) for statement in function.body), default=0)
        if depth > NESTING:
            yield f"{module.at(function.lineno)} {function.name} is nested {depth} deep; {NESTING} is the limit"


def nesting(node: ast.AST) -> int:
    """Count how deep branches stand in branches; an `elif` stands beside its `if`, not in it."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        return 0
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        beside = nesting(node.orelse[0])
        children.remove(node.orelse[0])
    else:
        beside = 0
    inside = max((nesting(child) for child in children), default=0) + isinstance(node, BRANCHES)
    return max(inside, beside)


def nameless(module: Module) -> Iterator[str]:
    """A module says what it is for."""
    for part in module.path.with_suffix("").parts:
        if part in NAMELESS or NAMELESS_WORDS & set(part.split("_")):
            yield f"{module.path}: {part!r} says nothing; name it for what it does"


def door(module: Module) -> Iterator[str]:
    """A folder's `__init__.py` says what comes in, what goes out and what is never done there."""
    if module.path.name != "__init__.py":
        return
    lines = len(inspect.cleandoc(ast.get_docstring(module.tree) or "").splitlines())
    if lines not in DOOR_LINES:
        yield f"{module.path}: a door's docstring has {DOOR_LINES[0]} to {DOOR_LINES[-1]} lines, this one {lines}"


def undocumented(module: Module) -> Iterator[str]:
    """What others may import says what it is."""
    if not ast.get_docstring(module.tree):
        yield f"{module.path}: no docstring"
    for node in module.tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if not node.name.startswith("_") and not ast.get_docstring(node):
            yield f"{module.at(node.lineno)} {node.name}: no docstring"


def thawed(module: Module) -> Iterator[str]:
    """Every arrow between the stages is a frozen noun; a small one, such as a key, may be built by position."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ClassDef):
            continue
        small = sum(isinstance(line, ast.AnnAssign) for line in node.body) <= BY_POSITION
        wanted = {"frozen", "slots"} if small else {"frozen", "slots", "kw_only"}
        for decorator in node.decorator_list:
            if is_dataclass(decorator) and not wanted <= switched_on(decorator):
                yield f"{module.at(node.lineno)} {node.name}: not all of {', '.join(sorted(wanted))}"


def is_dataclass(decorator: ast.expr) -> bool:
    """Recognise `@dataclass`, called or not, imported either way."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(named) in {"dataclass", "dataclasses.dataclass"}


def switched_on(decorator: ast.expr) -> set[str]:
    """Collect the keywords that are literally True."""
    if not isinstance(decorator, ast.Call):
        return set()
    return {word.arg or "" for word in decorator.keywords if ast.unparse(word.value) == "True"}


def functions(module: Module) -> Iterator[Function]:
    """Walk every function, also those inside others."""
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
