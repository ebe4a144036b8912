"""`${NAME}`: what is put in, where, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.mapping.expansion import substitute
from fleet.mapping.variables import cluster_variables
from fleet.model.manifest import Rendered, RenderFailed
from tests.mapping.monorepo import Fleet, Monorepo, app, config, value

GIVEN = {"A": "x", "EMPTY": "", "B_2": "y", "E": "é"}
FLUX = json.loads((Path(__file__).parent / "facts" / "envsubst.json").read_text())
"""What github.com/fluxcd/pkg/envsubst v1.9.0 itself gave: [text, strict, result], the result null where it is an error."""


@pytest.mark.parametrize(
    "text, expected",
    [
        pytest.param("a ${A} b ${B_2}", "a x b y", id="names"),
        pytest.param("${EMPTY}|", "|", id="empty"),
        pytest.param("${N:-d}${N:=e}", "de", id="missing"),
        pytest.param("${EMPTY:-d}${A:-d}", "dx", id="empty-takes-the-default"),
        pytest.param("${N:-a ${A} ${M:=z}}", "a x z", id="default-in-default"),
        pytest.param("$${A} $A $$ {A}", "${A} $A $ {A}", id="literal"),
        pytest.param("${A:-}${N:-}", "x", id="empty-default"),
    ],
)
def test_a_reference_stands_for_its_value(text: str, expected: str) -> None:
    done = substitute(text, GIVEN)
    assert (done.text, done.mistakes) == (expected, ())


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("${N}", "there is no variable N", id="missing"),
        pytest.param("${A-x}", "${A-x is not read as a variable", id="no-such-function"),
        pytest.param("${A%x", "${A%x is not read as a variable", id="not-closed"),
        pytest.param("${N^^}", "there is no variable N", id="function-of-nothing"),
        pytest.param("é${E:0:1}", "cuts a character", id="half-a-character"),
        pytest.param("${N:-${M}}", "there is no variable M", id="in-default"),
        pytest.param("${}", "write $${ for a literal", id="nothing"),
        pytest.param("${1}", "there is no variable 1", id="number"),
    ],
)
def test_what_cannot_be_substituted_is_refused_by_name(text: str, says: str) -> None:
    [mistake] = substitute(text, GIVEN).mistakes
    assert says in mistake.message


def test_every_case_of_the_table_comes_out_as_flux_has_it() -> None:
    done = [(text, strict, substitute(text, FLUX["variables"], strict=strict)) for text, strict, _ in FLUX["cases"]]
    assert [[text, strict, None if each.mistakes else each.text] for text, strict, each in done] == FLUX["cases"]


@given(st.text())
def test_any_text_written_with_doubled_dollars_comes_out_as_it_was(text: str) -> None:
    done = substitute(text.replace("$", "$$"), GIVEN)
    assert (done.text, done.mistakes) == (text, ())


@given(st.text())
def test_what_is_put_in_is_not_looked_at_again(text: str) -> None:
    assert substitute("${N:-a}-${A}", {"N": text or "a", "A": text}).text == f"{text or 'a'}-{text}"


def test_labels_that_would_share_a_variable_have_none() -> None:
    found = cluster_variables({}, {"a.b": "1", "a-b": "2", "topology.kubernetes.io/zone": "z"}, name="n", path="p")
    assert found == {"CLUSTER_NAME": "n", "CLUSTER_PATH": "p", "CLUSTER_LABEL_TOPOLOGY_KUBERNETES_IO_ZONE": "z"}


SETTINGS = 'labels: {tier: gold}\nvariables: {DOMAIN: "%s", REPLICAS: "4", UNUSED: "%s"}\n'
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: default}\nstringData: {url: 'https://${DOMAIN}'}\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: default}\nspec: {replicas: '${REPLICAS}'}\n"


async def test_declaration_and_render_are_substituted_where_the_app_says_so(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            "apps/gold/a.yaml": config("a", "${CLUSTER_NAME} ${DOMAIN}"),
            "clusters/one/cluster.yaml": SETTINGS % ("eu", "-"),
            "clusters/one/a.yaml": app("shop", "apps/${CLUSTER_LABEL_TIER}", substitute=True) + "---\n" + app("raw", "apps/gold"),
        }
    )
    assert mapped.errors == []
    assert value(mapped["one"].apps["shop"], "a") == "one eu"
    assert value(mapped["one"].apps["raw"], "a") == "${CLUSTER_NAME} ${DOMAIN}"


async def test_secrets_are_substituted_before_they_are_encoded_and_numbers_become_numbers(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            "apps/shop/a.yaml": SECRET + "---\n" + DEPLOYMENT,
            "clusters/one/cluster.yaml": SETTINGS % ("eu", "-"),
            "clusters/one/a.yaml": app("shop", substitute=True),
        }
    )
    result = mapped["one"].apps["shop"].result
    assert isinstance(result, Rendered)
    bodies = {manifest.key.kind: manifest.body for manifest in result.manifests}
    assert bodies["Secret"]["data"] == {"url": "aHR0cHM6Ly9ldQ=="}
    assert bodies["Deployment"]["spec"]["replicas"] == 4
    assert [str(manifest.origin) for manifest in result.manifests] == ["apps/shop/a.yaml:1", "apps/shop/a.yaml:6"]


async def test_the_values_used_and_no_others_are_part_of_the_fingerprint(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", "two"])
    await fleet.commit(
        {
            "apps/shop/a.yaml": config("a", "${DOMAIN}"),
            "clusters/a.yaml": app("shop", substitute=True),
            "clusters/one/cluster.yaml": SETTINGS % ("eu", "1"),
            "clusters/two/cluster.yaml": SETTINGS % ("eu", "2"),
        }
    )
    mapped = await fleet.commit({"clusters/one/cluster.yaml": SETTINGS % ("eu", "3")})
    assert (mapped.changed, mapped.touched) == (set(), {"one"})
    assert mapped["one"].apps["shop"].fingerprint == mapped["two"].apps["shop"].fingerprint
    mapped = await fleet.commit({"clusters/one/cluster.yaml": SETTINGS % ("us", "3")})
    assert mapped.changed == {"one/shop"}
    assert mapped["one"].apps["shop"].fingerprint != mapped["two"].apps["shop"].fingerprint
    assert fleet.host.rendered == 1


async def test_a_missing_variable_is_an_error_with_file_and_line(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            "apps/shop/a.yaml": config("ok") + "---\n" + config("a", "${GONE}"),
            "clusters/one/a.yaml": app("shop", substitute=True) + "---\n" + app("other", "apps/${NOWHERE}", substitute=True),
        }
    )
    assert [error.partition(";")[0] for error in mapped.errors] == ["clusters/one/a.yaml:9: there is no variable NOWHERE"]
    result = mapped["one"].apps["shop"].result
    assert isinstance(result, RenderFailed)
    assert result.message.startswith("apps/shop/a.yaml:9: there is no variable GONE")


async def test_an_object_that_opts_out_keeps_its_dollars(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mark = "{kustomize.toolkit.fluxcd.io/substitute: disabled}"
    texts = [config(each, "${GONE} $$").replace("default}", f"default, {each}: {mark}}}") for each in ("labels", "annotations")]
    mapped = await fleet.commit(
        {
            "apps/shop/a.yaml": "---\n".join([*texts, config("c", "$$ ${CLUSTER_NAME}")]),
            "clusters/one/a.yaml": app("shop", substitute=True),
        }
    )
    shop = mapped["one"].apps["shop"]
    assert [value(shop, name) for name in ("labels", "annotations", "c")] == ["${GONE} $$", "${GONE} $$", "$ one"]
