"""Files, functions and folders keep the house's shape."""

from __future__ import annotations

import ast
import sys
from functools import cache

from tests.architecture import shape
from tests.architecture.sources import ROOT, Module, files, modules


def violations(rule: object, found: tuple[Module, ...]) -> list[str]:
    assert callable(rule)
    return [said for module in found for said in rule(module)]


def test_no_file_is_longer_than_400_lines() -> None:
    assert violations(shape.long_file, modules("fleet", "plugins", "tests")) == []


def test_no_function_is_longer_than_60_lines() -> None:
    assert violations(shape.long_function, modules("fleet", "plugins", "tests")) == []


def test_no_function_nests_deeper_than_three() -> None:
    assert violations(shape.deep_function, modules("fleet", "plugins", "tests")) == []


def test_no_module_is_named_for_having_no_better_place() -> None:
    assert violations(shape.nameless, modules("fleet", "plugins", "tests")) == []


def test_every_door_says_what_comes_in_what_goes_out_and_what_is_never_done() -> None:
    assert violations(shape.door, modules("fleet")) == []


def test_every_public_name_is_documented() -> None:
    assert violations(shape.undocumented, modules("fleet", "plugins")) == []


def test_every_noun_is_frozen() -> None:
    assert violations(shape.thawed, tuple(m for m in modules("fleet") if m.folder == "model")) == []


def test_every_folder_with_code_has_a_door() -> None:
    migrations = "fleet/store/migrations"  # run by alembic from their files, never imported
    folders = {path.parent for path in files() if path.parts[0] == "fleet" and path.suffix == ".py"}
    doors = {path.parent for path in files() if path.name == "__init__.py"}
    assert sorted(str(f) for f in folders - doors if not str(f).startswith(migrations)) == []


def test_every_test_says_something_that_can_be_false() -> None:
    silent = [module.at(test.lineno) for module in modules("tests") for test in cases(module) if not asserts(test)]
    assert silent == []


def cases(module: Module) -> list[shape.Function]:
    return [f for f in shape.functions(module) if f.name.startswith("test_") and module.path.name.startswith("test_")]


def asserts(test: shape.Function) -> bool:
    """Also through a function of the tests that is there to assert or to wait."""
    return says_so(test) or bool(called(test) & asserting())


@cache
def asserting() -> frozenset[str]:
    """Names of the tests' own functions that assert, or wait by name, and give nothing: that is what they are for."""
    known = [function for module in modules("tests") for function in shape.functions(module)]
    helpers = [each for each in known if not each.name.startswith("test_") and not gives(each)]
    return frozenset(each.name for each in helpers if says_so(each))


def gives(function: shape.Function) -> bool:
    return any(isinstance(node, (ast.Yield, ast.Return)) and node.value is not None for node in ast.walk(function))


def says_so(function: shape.Function) -> bool:
    told = ("raises", "assert", "expect", "eventually", "until", "wait", "check", "holds", "deadline", "fail")
    raised = (ast.unparse(node.exc) for node in ast.walk(function) if isinstance(node, ast.Raise) and node.exc)
    if any(isinstance(node, ast.Assert) for node in ast.walk(function)) or any("AssertionError" in each for each in raised):
        return True
    return any(name.lstrip("_").startswith(told) for name in called(function))


def called(function: shape.Function) -> set[str]:
    """What it calls, by the last part of the name; functions of the standard library's modules are nobody's of ours."""
    calls = [ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {call.rpartition(".")[2] for call in calls if call.partition(".")[0] not in sys.stdlib_module_names}


def test_the_rules_look_at_the_sources() -> None:
    assert ROOT.joinpath("fleet").is_dir()
    assert "fleet/errors/kinds.py" in {str(module.path) for module in modules("fleet")}
