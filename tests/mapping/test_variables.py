"""`${NAME}`: what is put in, where, and what is refused."""

from __future__ import annotations

import pytest

from fleet.mapping.variables import cluster_variables, substitute
from fleet.model.manifest import Rendered, RenderFailed
from tests.mapping.monorepo import Fleet, Monorepo, app, config, value

GIVEN = {"A": "x", "EMPTY": "", "B_2": "y"}


@pytest.mark.parametrize(
    "text, expected",
    [
        pytest.param("a ${A} b ${B_2}", "a x b y", id="names"),
        pytest.param("${EMPTY}|", "|", id="empty"),
        pytest.param("${N:-d}${N:=e}", "de", id="missing"),
        pytest.param("${EMPTY:-d}${A:-d}", "dx", id="empty-takes-the-default"),
        pytest.param("${N:-a ${A} ${M:=z}}", "a x z", id="default-in-default"),
        pytest.param("$${A} $A $$ {A}", "${A} $A $$ {A}", id="literal"),
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
        pytest.param("${A^^}", "the function ^^ of ${A^^}", id="upper"),
        pytest.param("${A//x/y}", "the function // of", id="replace"),
        pytest.param("${A:1:2}", "the function : of", id="slice"),
        pytest.param("${A%%x}", "the function %% of", id="trim"),
        pytest.param("${N:-${M}}", "there is no variable M", id="in-default"),
        pytest.param("${}", "write $${ for a literal", id="nothing"),
        pytest.param("${1}", "write $${ for a literal", id="number"),
    ],
)
def test_what_cannot_be_substituted_is_refused_by_name(text: str, says: str) -> None:
    [mistake] = substitute(text, GIVEN).mistakes
    assert says in mistake.message


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
