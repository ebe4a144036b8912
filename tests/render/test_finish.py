"""A renderer's text becomes objects, or every reason why it cannot."""

from __future__ import annotations

import base64
from collections.abc import Iterable

import pytest

from fleet.errors import LimitExceeded
from fleet.hooks import AppKind, AppKindContext, RenderedFile
from fleet.hooks.registry import Registry
from fleet.k8syaml import Limits, load_documents
from fleet.model.app import App
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Origin, Rendered, RenderFailed, Scope
from fleet.plan.guards import predecessors
from fleet.render import RenderHost
from tests.render.repo import config_map

SHOP = GroupKind("fleethub.dev", "App")


def no_apps(context: AppKindContext) -> Iterable[App]:
    return ()


def finished(*texts: str, limits: Limits | None = None) -> Rendered | RenderFailed:
    host = RenderHost(Registry(app_kinds={SHOP: AppKind(kind=SHOP, read=no_apps)}), limits=limits or Limits())
    files = [RenderedFile(text=text, origin=Origin(f"app/{number}.yaml", 1)) for number, text in enumerate(texts)]
    return host.finish(files, fingerprint="f", namespace="shop")


def rendered(*texts: str) -> Rendered:
    result = finished(*texts)
    assert isinstance(result, Rendered), result.message
    return result


def errors(*texts: str) -> list[str]:
    result = finished(*texts)
    assert isinstance(result, RenderFailed)
    return [str(error) for error in result.errors]


def test_objects_keep_their_order_file_and_line() -> None:
    result = rendered(config_map("b") + "---\n# said\n" + config_map("a"), config_map("c"))
    assert [(manifest.key.name, str(manifest.origin)) for manifest in result.manifests] == [
        ("b", "app/0.yaml:1"), ("a", "app/0.yaml:6"), ("c", "app/1.yaml:1"),
    ]  # fmt: skip


def test_an_origin_moves_the_lines_of_its_text() -> None:
    file = RenderedFile(text=config_map("a") + "---\n" + config_map("b"), origin=Origin("app/x.yaml", 40))
    result = RenderHost(Registry()).finish([file], fingerprint="f", namespace="shop")
    assert isinstance(result, Rendered)
    assert [manifest.origin.line for manifest in result.manifests] == [40, 44]


def test_a_namespaced_object_gets_the_namespace_and_a_cluster_scoped_one_loses_its_own() -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r, namespace: x}\n"
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: other}\n"
    widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n"
    found = [(manifest.key.place, manifest.scope) for manifest in rendered(config_map("a"), other, role, widget).manifests]
    assert found == [
        ("shop/a", Scope.NAMESPACED), ("other/a", Scope.NAMESPACED), ("r", Scope.CLUSTER), ("w", Scope.UNKNOWN),
    ]  # fmt: skip


def test_string_data_becomes_data_and_wins() -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: b2xk, b: b2xk}\nstringData: {a: new, c: é}\n"
    (manifest,) = rendered(secret).manifests
    assert "stringData" not in manifest.body
    assert {name: base64.b64decode(value).decode() for name, value in manifest.body["data"].items()} == {
        "a": "new", "b": "old", "c": "é",
    }  # fmt: skip


def test_a_secret_of_another_group_keeps_its_string_data() -> None:
    (manifest,) = rendered("apiVersion: example.com/v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n").manifests
    assert manifest.body["stringData"] == {"a": "b"}


def test_a_list_stands_for_its_items() -> None:
    items = "".join(f"- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}\n" for name in "ab")
    text = f"apiVersion: v1\nkind: List\nitems:\n{items}"
    assert [(manifest.key.name, manifest.origin.line) for manifest in rendered(text).manifests] == [("a", 4), ("b", 5)]


def test_declarations_are_split_off() -> None:
    result = rendered("apiVersion: fleethub.dev/v1alpha1\nkind: App\nmetadata: {name: shop}\nspec: {}\n", config_map("a"))
    assert [declaration.body["metadata"]["name"] for declaration in result.declarations] == ["shop"]
    assert [manifest.key.name for manifest in result.manifests] == ["a"]


def test_definitions_tell_the_scope_of_their_kinds() -> None:
    text = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ws.example.com}\n"
        "spec: {group: example.com, scope: Cluster, names: {kind: W}}\n"
    )
    assert rendered(text).defined == {GroupKind("example.com", "W"): Scope.CLUSTER}


def test_all_errors_are_said_at_once() -> None:
    assert errors("a: [\n", "- 1\n", config_map("x") + "---\nkind: ConfigMap\nmetadata: {}\n")[0].startswith("app/0.yaml:2: ")
    assert errors("- 1\n", config_map("x") + "---\nkind: ConfigMap\nmetadata: {}\n") == [
        "app/0.yaml:1: this is a list, not a Kubernetes object; keep other files out of the App's directory, or exclude them",
        "app/1.yaml:5: apiVersion must be a text; here it is missing",
        "app/1.yaml:5: metadata.name must be a text; here it is missing; write a name",
    ]


OBJECT = "apiVersion: v1\nkind: {}\nmetadata: {{name: a}}\n"
DEFINITION = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n"
WRONG = {
    "no object": ("replicas: 1\n", "this is not a Kubernetes object: it has no apiVersion and no kind"),
    "a kind that is a number": (OBJECT.format(7), "kind must be a text; here it is a number (7)"),
    "no metadata": ("apiVersion: v1\nkind: ConfigMap\n", "metadata must be a mapping with a name; here it is missing"),
    "a name that is a number": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 1e3}\n",
        "metadata.name must be a text; here it is a number (1000); write a name",
    ),
    "a generated name": (
        "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n",
        "metadata.name must be a text; here it is missing; generateName makes a new object each time; write a name",
    ),
    "a namespace that is a boolean": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: on}\n",
        "metadata.namespace must be a text; here it is a boolean (true)",
    ),
    "an annotation that is a boolean": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {on-call: yes}}\n",
        "metadata.annotations.on-call must be a text, but it is a boolean; quote it",
    ),
    "labels that are a list": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: [a]}\n",
        "metadata.labels must be a mapping; here it is a list",
    ),
    "a secret's number, which is not said": (
        OBJECT.format("Secret") + "stringData: {password: 12345}\n",
        "stringData.password must be a text, but it is a number; quote it",
    ),
    "a definition without scope": (
        DEFINITION + "spec: {group: g, names: {kind: K}}\n",
        "spec.scope must be Namespaced or Cluster; here it is missing",
    ),
    "a definition of nothing": (
        DEFINITION + "spec: {scope: Cluster}\n",
        "a CustomResourceDefinition needs spec.group and spec.names.kind",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text, said", [pytest.param(*case, id=name) for name, case in WRONG.items()])
def test_what_is_no_object_is_an_error_with_file_and_line(text: str, said: str) -> None:
    (error,) = errors("---\n" + text)
    assert error.startswith(f"app/0.yaml:2: {said}")


SOPS = "sops: {mac: 'ENC[AES256_GCM,data:a]', version: 3.10.2}\n"
SEALED = "ENC[AES256_GCM,data:abc,iv:d,tag:e,type:str]"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a%s}\n"
OPT_OUT = ", annotations: {kustomize.toolkit.fluxcd.io/decrypt: disabled}"
CODED = base64.b64encode(f"A={SEALED}".encode()).decode()
MAP = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{p: '{SEALED}'}}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(SECRET % "" + f"stringData: {{p: '{SEALED}'}}\n" + SOPS, "1: this is encrypted with SOPS", id="a Secret"),
        pytest.param(SECRET % OPT_OUT + SOPS, "1: this is encrypted with SOPS", id="whatever it says"),
        pytest.param("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n" + SOPS, "1: this is", id="another kind"),
        pytest.param(f"apiVersion: v1\nkind: '{SEALED}'\nmetadata: {{name: a}}\n" + SOPS, "1: this is", id="its kind too"),
        pytest.param(SECRET % "" + f"data: {{p: {CODED}}}\n", "1: its data holds what is encrypted with SOPS (p)", id="a file"),
        pytest.param(MAP, "1: its data holds", id="a ConfigMap"),
    ],
)
def test_what_is_encrypted_is_an_error_and_its_values_are_not_said(text: str, said: str) -> None:
    (error,) = errors(text)
    assert error.startswith(f"app/0.yaml:{said}")
    assert "data:abc" not in error


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret\nmetadata: {name: a}\n" + SOPS, id="an operator"),
        pytest.param(SECRET % OPT_OUT + f"data: {{p: {CODED}}}\n", id="a program"),
        pytest.param(SECRET % "" + "data: {sops: YQ==, odd: '='}\n", id="a key called sops"),
    ],
)
def test_what_somebody_else_decrypts_is_an_object_as_any_other(text: str) -> None:
    assert len(rendered(text).manifests) == 1


def test_an_object_that_stands_twice_is_an_error_that_names_both_places() -> None:
    again = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n"
    assert errors(config_map("a"), again) == [
        "app/1.yaml:1: ConfigMap/shop/a stands here and already at app/0.yaml:1; an App says each object once"
    ]


def test_the_documents_of_all_files_together_are_limited() -> None:
    result = finished(config_map("a"), config_map("b"), config_map("c"), limits=Limits(max_documents=2))
    assert isinstance(result, RenderFailed)
    assert [type(error) for error in result.errors] == [LimitExceeded]
    assert "limits.yaml.maxDocuments" in result.message


def test_nothing_but_comments_is_no_objects() -> None:
    assert rendered("# nothing\n---\n").manifests == ()


def test_loose_documents_are_finished_alike() -> None:
    documents = load_documents(config_map("a"), file="clusters/prod/a.yaml")
    result = RenderHost(Registry()).assemble(documents, fingerprint="f", namespace="shop")
    assert isinstance(result, Rendered)
    assert [(manifest.key.place, str(manifest.origin)) for manifest in result.manifests] == [("shop/a", "clusters/prod/a.yaml:1")]


def test_a_hook_that_says_generate_name_has_one_name_for_each_state_of_it() -> None:
    def name(image: str) -> str:
        text = f"""
apiVersion: batch/v1
kind: Job
metadata: {{generateName: migrate-, annotations: {{argocd.argoproj.io/hook: PreSync}}}}
spec: {{template: {{spec: {{containers: [{{name: main, image: "{image}"}}]}}}}}}
"""
        (manifest,) = rendered(text).manifests
        assert "generateName" not in manifest.body["metadata"]
        return manifest.key.name

    first, second = name("a:1"), name("a:2")
    assert first == name("a:1") != second
    old, new = (ObjectKey("batch", "Job", "shop", each) for each in (first, second))
    # To the guards it is as a generator's: one takes the place of the other.
    assert predecessors([old], [new]) == {old}
