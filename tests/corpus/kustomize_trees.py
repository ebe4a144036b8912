"""Random directories as people write them for kustomize: bases, overlays, components, and every field of a kustomization.

All of a tree follows from its random numbers; the App's directory is `app`. Files that nothing refers to lie between the others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from fleet.k8syaml import dump
from tests.corpus.objects import KINDS, Body
from tests.corpus.tree import Link, Maker


def tree(random: Random) -> Maker:
    """Make a tree whose App is in `app`: one to three levels, with what each level adds."""
    maker = Maker(random)
    maker.plugins = maker.often(0.2)
    bases = [_base(maker, f"bases/b{number}") for number in range(random.randint(1, 3))]
    middles = [_overlay(maker, f"mid/m{number}", [base]) for number, base in enumerate(bases) if maker.often()]
    built = [*middles, *bases[len(middles) :]] if middles else bases
    left = [each for each in built if each.path.startswith("mid/") or not any(each.path in middle.of for middle in middles)]
    _overlay(maker, "app", left)
    for path in ("app", "bases", "elsewhere/deep"):
        maker.note(path)
    return maker


@dataclass(slots=True)
class Built:
    """A directory with a kustomization: where it is, which objects its build has by (kind, name) as bases name them."""

    path: str
    objects: list[tuple[str, str]]
    of: tuple[str, ...] = ()


def _base(maker: Maker, path: str) -> Built:
    short = path.rpartition("/")[2]
    kinds = ["Deployment", *maker.random.sample(sorted(set(KINDS) - {"Deployment"}), maker.random.randint(1, 4))]
    resources, objects = [], []
    for kind in kinds:
        name = f"{short}-{kind.lower()}"
        resources.append(_object(maker, path, kind, name))
        objects.append((kind, name))
    body: Body = {"resources": resources}
    if maker.often():
        _generators(maker, path, body)
    maker.write(f"{path}/{maker.random.choice(['kustomization.yaml'] * 4 + ['kustomization.yml', 'Kustomization'])}", body)
    if maker.often(0.5):
        maker.note(path)
    return Built(path, objects)


def _object(maker: Maker, path: str, kind: str, name: str) -> str:
    """Write an object's file; in a directory of its own, beside the base, through a link, in a list, or as it is."""
    body = KINDS[kind](name, maker.random)
    spelling = maker.random.random()
    if spelling < 0.1:
        maker.features.add("a list")
        body = {"apiVersion": "v1", "kind": "List", "items": [body]}
    if spelling > 0.9:
        maker.features.add("a link to a file")
        maker.write(f"shared/{path.replace('/', '-')}-{name}.yaml", body)
        up = "../" * path.count("/") + "../"
        maker.files[f"{path}/{name}.yaml"] = Link(f"{up}shared/{path.replace('/', '-')}-{name}.yaml")
        return f"{name}.yaml"
    if spelling > 0.83:
        maker.features.add("a directory of its own")
        maker.write(f"{path}/{name}/object.yaml", body)
        maker.write(f"{path}/{name}/kustomization.yaml", {"resources": ["object.yaml"]})
        return name
    if spelling > 0.76:
        maker.features.add("a link to a directory")
        maker.write(f"shared/{path.replace('/', '-')}-{name}/object.yaml", body)
        maker.write(f"shared/{path.replace('/', '-')}-{name}/kustomization.yaml", {"resources": ["object.yaml"]})
        maker.files[f"{path}/linked-{name}"] = Link("../" * path.count("/") + f"../shared/{path.replace('/', '-')}-{name}")
        return f"linked-{name}"
    maker.write(f"{path}/{name}.yaml", body)
    return f"{name}.yaml"


def _generators(maker: Maker, path: str, body: Body) -> None:
    maker.features.add("generators")
    short = path.rpartition("/")[2]
    sources: Body = {}
    if maker.often(0.6):
        maker.files[f"{path}/config/app.properties"] = f"x={maker.random.randrange(9)}\ny: z\n"
        sources["files"] = maker.random.choice([["config/app.properties"], ["named=config/app.properties"]])
    if maker.often():
        maker.files[f"{path}/settings.env"] = f"# a comment\nA={maker.random.randrange(9)}\nB=two words\n"
        sources[maker.random.choice(["envs", "env"])] = ["settings.env"]
        if "env" in sources:
            sources["env"] = "settings.env"
    sources["literals"] = [f"c={maker.random.randrange(9)}", "d=e=f"]
    body["configMapGenerator"] = [{"name": f"{short}-made", **sources}]
    if maker.often(0.3):
        body["secretGenerator"] = [{"name": f"{short}-secret", "literals": ["password=x"], "type": "Opaque"}]
    if maker.often(0.3):
        options: Body = {"disableNameSuffixHash": maker.often(0.5), "labels": {"made": "yes"}, "annotations": {"by": "us"}}
        body["generatorOptions"] = options


def _overlay(maker: Maker, path: str, bases: Sequence[Built]) -> Built:
    objects = [each for base in bases for each in base.objects]
    up = "../" * (path.count("/") + 1)
    body: Body = {"resources": [f"{up}{base.path}" for base in bases]}
    wanted = maker.random.sample(ADDS, maker.random.randint(1, 6))
    for add in wanted:
        add(maker, path, body, objects)
    if maker.often(0.15):
        body["bases"] = [body["resources"].pop()] if len(body["resources"]) > 1 else body.pop("resources")
    if maker.often(0.3):
        body = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **body}
    maker.features |= {add.__name__.strip("_") for add in wanted}
    maker.write(f"{path}/kustomization.yaml", body)
    return Built(path, objects, tuple(base.path for base in bases))


def _names(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    body.update({"namePrefix": f"{path[-1]}p-"} if maker.often(0.6) else {})
    body.update({"nameSuffix": f"-{path[-1]}s"} if maker.often(0.6) else {})
    body["namespace"] = maker.random.choice(["far", "near"])


def _labels(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    pairs = {f"team-{path.count('/')}": maker.random.choice(["a", "b"])}
    selectors = maker.often(0.3)
    body["labels"] = [{"pairs": pairs, "includeSelectors": selectors, "includeTemplates": maker.often()}]


def _common(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    body["commonLabels"] = {f"common-{path.count('/')}": maker.random.choice(["x", "y"])}
    body["commonAnnotations"] = {"note": maker.random.choice(["one", "two: three", "1"])}


def _images(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    name = maker.random.choice(["images"] * 5 + ["imageTags"])
    body[name] = [{"name": "shop", "newTag": str(maker.random.randrange(9))}]
    if maker.often():
        body[name].append({"name": "r.example.com:5000/team/web", "newName": "mirror/web", "digest": "sha256:" + "b" * 64})


def _replicas(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    _, name = maker.random.choice([each for each in objects if each[0] in ("Deployment", "StatefulSet")])
    body["replicas"] = [{"name": name, "count": maker.random.randrange(9)}]


def _patches(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    kind, name = maker.random.choice([each for each in objects if each[0] == "Deployment"])
    merge = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "B", "value": "2"}]}]}}},
    }
    operation = [{"op": "add", "path": "/spec/paused", "value": maker.often()}]
    way = maker.random.randrange(6)
    place = f"patches/{maker.random.choice(['a', 'b'])}-{way}.yaml"
    if way == 0:
        body["patches"] = [{"patch": dump([merge])}]
    elif way == 1:
        body["patches"] = [{"patch": dump([operation]), "target": {"kind": "Deployment"}}]
    elif way == 2:
        body["patchesStrategicMerge"] = [dump([merge])]
    elif way == 3:
        maker.write(f"{path}/{place}", merge)
        body["patchesStrategicMerge"] = [place]
    elif way == 4:
        maker.write(f"{path}/{place}", operation)
        body["patchesJson6902"] = [{"target": {"group": "apps", "version": "v1", "kind": kind, "name": name}, "path": place}]
    else:
        maker.write(f"{path}/{place}", merge)
        body["patches"] = [{"path": place, "target": {"kind": kind, "name": name}}]


def _component(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    part = f"parts/{path.replace('/', '-')}"
    inner: Body = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
    name = f"part-{path.replace('/', '-')}"
    maker.write(f"{part}/extra.yaml", KINDS["ConfigMap"](name, maker.random))
    inner["resources"] = ["extra.yaml"]
    if maker.often(0.6):
        inner["patches"] = [{"target": {"kind": "Deployment"}, "path": "patch.yaml"}]
        maker.write(f"{part}/patch.yaml", [{"op": "add", "path": "/metadata/annotations", "value": {"part": "yes"}}])
    if maker.often():
        inner["configMapGenerator"] = [{"name": f"{name}-made", "literals": ["a=b"]}]
    maker.write(f"{part}/kustomization.yaml", inner)
    body["components"] = ["../" * (path.count("/") + 1) + part]


def _extra(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    name = f"extra-{path.replace('/', '-')}"
    if maker.often(0.3) and not maker.plugins:
        maker.features.add("a file beside its directory")
        maker.write(f"common/{name}.yaml", KINDS["Role"](name, maker.random))
        body.setdefault("resources", []).append("../" * (path.count("/") + 1) + f"common/{name}.yaml")
        return
    maker.write(f"{path}/{name}.yaml", KINDS[maker.random.choice(sorted(KINDS))](name, maker.random))
    body.setdefault("resources", []).append(f"{name}.yaml")


def _settings(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    """Generate what the workloads refer to by name; the hash must reach them."""
    maker.files[f"{path}/settings.txt"] = f"value {maker.random.randrange(9)}\n"
    name = f"settings-{path.replace('/', '-')}"
    body.setdefault("configMapGenerator", []).append({"name": name, "files": ["settings.txt"], "literals": ["k=v"]})


def _replacements(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    kind, name = maker.random.choice([each for each in objects if each[0] == "Deployment"])
    replacement = {
        "source": {"kind": kind, "name": name, "fieldPath": maker.random.choice(["metadata.name", "spec.replicas"])},
        "targets": [
            {
                "select": {"kind": "Deployment"},
                "fieldPaths": [maker.random.choice(["metadata.annotations.from", "spec.template.metadata.annotations.from"])],
                "options": {"create": True},
            }
        ],
    }
    if maker.often(0.5):
        maker.write(f"{path}/replacement.yaml", replacement)
        body["replacements"] = [{"path": "replacement.yaml"}]
    else:
        body["replacements"] = [replacement]


def _vars(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    kind, name = maker.random.choice([each for each in objects if each[0] == "Deployment"])
    if path != "app":
        return
    body["vars"] = [{"name": "NAME", "objref": {"apiVersion": "apps/v1", "kind": kind, "name": name}}]


def _configurations(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    field_specs = [{"kind": "Widget", "path": "spec/settings/name", "create": False}]
    maker.write(f"{path}/config.yaml", {"nameReference": [{"kind": "ConfigMap", "version": "v1", "fieldSpecs": field_specs}]})
    body["configurations"] = ["config.yaml"]


def _crds(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    maker.files[f"{path}/crd.json"] = json.dumps(
        {
            "example.Widget": {
                "Schema": {
                    "description": "A widget.",
                    "properties": {
                        "apiVersion": {"type": "string"},
                        "kind": {"type": "string"},
                        "metadata": {"type": "object"},
                        "spec": {"type": "object", "properties": {"count": {"type": "integer"}}},
                    },
                }
            }
        }
    )
    body["crds"] = ["crd.json"]


def _openapi(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    if path != "app":
        return
    definition = {
        "type": "object",
        "properties": {"spec": {"type": "object"}},
        "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Widget"}],
    }
    maker.files[f"{path}/schema.json"] = json.dumps({"definitions": {"v1.Widget": definition}})
    body["openapi"] = {"path": "schema.json"}


def _order(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    if path == "app":
        body["sortOptions"] = maker.random.choice([{"order": "fifo"}, {"order": "legacy"}])


def _metadata(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    body["buildMetadata"] = maker.random.sample(["managedByLabel", "originAnnotations", "transformerAnnotations"], 2)


def _builtin_plugins(maker: Maker, path: str, body: Body, objects: Sequence[tuple[str, str]]) -> None:
    if not maker.plugins:
        return
    maker.write(
        f"{path}/plugins/annotate.yaml",
        {
            "apiVersion": "builtin",
            "kind": "AnnotationsTransformer",
            "metadata": {"name": "annotate"},
            "annotations": {"plugged": "in"},
            "fieldSpecs": [{"path": "metadata/annotations", "create": True}],
        },
    )
    maker.files[f"{path}/plugged.txt"] = "text\n"
    maker.write(
        f"{path}/plugins/make.yaml",
        {
            "apiVersion": "builtin",
            "kind": "ConfigMapGenerator",
            "metadata": {"name": f"plugged-{path.replace('/', '-')}"},
            "files": ["plugged.txt"],
        },
    )
    body["transformers"] = ["plugins/annotate.yaml"]
    body["generators"] = ["plugins/make.yaml"]


Add = Callable[[Maker, str, Body, Sequence[tuple[str, str]]], None]
ADDS: Sequence[Add] = [
    _names, _labels, _common, _images, _replicas, _patches, _patches, _component, _extra, _settings, _replacements, _vars,
    _configurations, _crds, _openapi, _order, _metadata, _builtin_plugins, _builtin_plugins,
]  # fmt: skip
