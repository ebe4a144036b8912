"""ApplicationSets generate what Argo CD generates from them."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.errors import FieldInvalid
from fleet.hooks.tree import LimitedTree
from fleet.mapping.builtin.argocd.applicationset.generated import generated
from fleet.mapping.builtin.argocd.applicationset.looking import Looking
from fleet.mapping.builtin.gotemplate.limits import MAX_TOGETHER
from tests.mapping.applicationset.generating import EXPECTED, SETS, applications, context
from tests.mapping.applicationset.surroundings import FILES
from tests.mapping.monorepo import Monorepo


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> LimitedTree:
    repo = Monorepo(tmp_path_factory.mktemp("sets") / "monorepo.git")
    return repo.tree(repo.commit(FILES))


def test_every_set_has_an_expectation() -> None:
    assert [each["title"] for each in SETS] == list(EXPECTED)


@pytest.mark.parametrize("said", SETS, ids=[each["title"] for each in SETS])
def test_a_set_generates_what_argo_cd_generates(said: dict[str, Any], tree: LimitedTree) -> None:
    assert applications(said["spec"], tree) == EXPECTED[said["title"]]


MANY = [{"n": str(number)} for number in range(9_000)]
NONE = {"matchLabels": {"n": "none"}}
ENDLESS = {
    "a matrix of which nothing is left": {
        "generators": [
            {"matrix": {"generators": [{"list": {"elements": MANY}}, {"list": {"elements": MANY}, "selector": NONE}]}}
        ],
    },
    "a long text in every set": {
        "goTemplate": True,
        "generators": [{"list": {"elements": MANY}}],
        "template": {"metadata": {"name": "{{ range until 9000 }}{{ end }}{{ .n }}"}, "spec": {}},
    },
}


@pytest.mark.parametrize("spec", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_a_set_takes_is_bounded_as_a_whole(spec: dict[str, Any], tree: LimitedTree) -> None:
    with pytest.raises(FieldInvalid, match=f"all that the document generates takes more than {MAX_TOGETHER} steps together"):
        generated(Looking(context(spec, tree)))
