"""Each rule finds what it is there to find: a rule that cannot fail holds no line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.architecture import borders, shape
from tests.architecture.sources import Module, module

Rule = Callable[[Module], Iterator[str]]
DEEP = """
def f(x):
    for a in x:
        if a:
            while a:
                try:
                    pass
                finally:
                    pass
"""
ELIF = """
def f(x):
    if x == 1:
        pass
    elif x == 2:
        pass
    elif x == 3:
        pass
    elif x == 4:
        pass
"""
CATCH = "try:\n    pass\nexcept Exception as error:\n    print(error)\n"
AGAIN = "try:\n    pass\nexcept BaseException:\n    print()\n    raise\n"
CLEARER = "try:\n    pass\nexcept Exception as error:\n    raise ValueError from error\n"
KEY = "@dataclass(frozen=True, slots=True)\nclass Key:\n    name: str\n"
WIDE = "@dataclass(frozen=True, slots=True)\nclass Wide:\n" + "".join(f"    {name}: str\n" for name in "abcde")
CANCEL = "try:\n    pass\nexcept asyncio.CancelledError:\n    pass\n"
DOOR = '"""In.\n\nOut.\n\nNever.\n"""\n'


@pytest.mark.parametrize(
    "rule, path, text",
    [
        pytest.param(shape.long_file, "fleet/plan/a.py", "x = 1\n" * 401, id="long file"),
        pytest.param(shape.long_function, "fleet/plan/a.py", "def f():\n" + "    x = 1\n" * 60, id="long function"),
        pytest.param(shape.deep_function, "fleet/plan/a.py", DEEP, id="deep function"),
        pytest.param(shape.nameless, "fleet/plan/utils.py", "", id="utils"),
        pytest.param(shape.nameless, "fleet/plan/yaml_helpers.py", "", id="a suffix"),
        pytest.param(shape.nameless, "fleet/core/a.py", "", id="a folder"),
        pytest.param(shape.door, "fleet/plan/__init__.py", '"""Plans."""', id="thin door"),
        pytest.param(shape.undocumented, "fleet/plan/a.py", '"""A."""\ndef f(): ...\n', id="undocumented"),
        pytest.param(shape.undocumented, "fleet/plan/a.py", "", id="undocumented module"),
        pytest.param(shape.thawed, "fleet/model/a.py", "@dataclass(frozen=True)\nclass A: ...\n", id="no slots"),
        pytest.param(shape.thawed, "fleet/model/a.py", "@dataclass\nclass A: ...\n", id="mutable"),
        pytest.param(shape.thawed, "fleet/model/a.py", WIDE, id="a wide noun by position"),
        pytest.param(borders.homeless, "fleet/plan/a.py", "import yaml\n", id="library away from home"),
        pytest.param(borders.homeless, "fleet/kube/a.py", "from aiohttp import web\n", id="server in kube"),
        pytest.param(borders.homeless, "fleet/kube/a.py", "import numpy\n", id="library without a home"),
        pytest.param(borders.beyond_sockets, "fleet/health/rules/a.py", "import fleet.kube\n", id="rule sees kube"),
        pytest.param(borders.beyond_sockets, "plugins/x/x.py", "from fleet.plan import plan\n", id="plugin sees plan"),
        pytest.param(borders.sandbox_sees_too_much, "fleet/sandbox/a.py", "from fleet import kube\n", id="sandbox"),
        pytest.param(borders.impure, "fleet/plan/a.py", "import os.path\n", id="environment"),
        pytest.param(borders.impure, "fleet/plan/a.py", "async def f(): ...\n", id="async"),
        pytest.param(borders.impure, "fleet/health/a.py", "now = datetime.datetime.now()\n", id="clock"),
        pytest.param(borders.loose_task, "fleet/hub/a.py", "asyncio.gather(x())\n", id="gather"),
        pytest.param(borders.loose_task, "fleet/hub/a.py", "from asyncio import gather\n", id="imported gather"),
        pytest.param(borders.loose_task, "fleet/hub/a.py", "group.create_task(x())\n", id="nameless task"),
        pytest.param(borders.broad_handler, "fleet/hub/a.py", CATCH, id="broad"),
        pytest.param(borders.broad_handler, "fleet/hub/a.py", "try:\n    pass\nexcept:\n    pass\n", id="bare"),
        pytest.param(borders.swallowed_cancel, "fleet/hub/a.py", CANCEL, id="cancel taken"),
        pytest.param(borders.swallowed_cancel, "fleet/hub/a.py", "suppress(asyncio.CancelledError)\n", id="suppressed"),
    ],
)
def test_a_rule_finds_what_it_forbids(rule: Rule, path: str, text: str) -> None:
    assert len(list(rule(module(path, text)))) == 1


@pytest.mark.parametrize(
    "rule, path, text",
    [
        pytest.param(shape.deep_function, "fleet/plan/a.py", ELIF, id="elif is beside"),
        pytest.param(shape.door, "fleet/plan/__init__.py", DOOR, id="a door"),
        pytest.param(borders.homeless, "fleet/api/a.py", "from aiohttp import web\n", id="server at home"),
        pytest.param(borders.beyond_sockets, "fleet/health/rules/a.py", "from fleet.health.rules import b\n", id="own"),
        pytest.param(borders.impure, "fleet/plan/a.py", "from pathlib import PurePosixPath\n", id="a pure path"),
        pytest.param(borders.loose_task, "fleet/hub/a.py", "group.create_task(x(), name='x')\n", id="named task"),
        pytest.param(borders.broad_handler, "fleet/hub/a.py", AGAIN, id="cleans up and raises"),
        pytest.param(borders.broad_handler, "fleet/hub/a.py", CLEARER, id="raises from it"),
        pytest.param(shape.thawed, "fleet/model/a.py", KEY, id="a small noun by position"),
        pytest.param(borders.broad_handler, "fleet/hooks/guard.py", CATCH, id="a boundary"),
    ],
)
def test_a_rule_leaves_alone_what_it_allows(rule: Rule, path: str, text: str) -> None:
    assert list(rule(module(path, text))) == []
