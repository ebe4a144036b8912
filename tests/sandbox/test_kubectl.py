"""kubectl works on the sandbox as on any cluster."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.plane import SandboxPlane

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: main, image: "web:1", env: [{name: A, value: a}, {name: B, value: b}]}
"""


@pytest.fixture
async def plane(real_cluster: SandboxPlane) -> SandboxPlane:
    """The cluster that kubectl talks to, over TLS."""
    return real_cluster


async def seen(plane: SandboxPlane, *what: str) -> Any:
    return json.loads(await plane.kubectl("get", *what, "-o", "json"))


async def test_typed_creates_arrive_whole(plane: SandboxPlane) -> None:
    await plane.kubectl("create", "configmap", "a", "--from-literal=x=1")
    await plane.kubectl("create", "secret", "generic", "s", "--from-literal=p=q")
    await plane.kubectl("create", "deployment", "web", "--image=web:1", "--replicas=3", "--port=80")
    await plane.kubectl("create", "service", "clusterip", "web", "--tcp=80:8080")
    maps, secret, web, service = [await seen(plane, what) for what in ("cm/a", "secret/s", "deploy/web", "svc/web")]
    (container,) = web["spec"]["template"]["spec"]["containers"]
    assert (maps["data"], secret["data"], web["spec"]["replicas"]) == ({"x": "1"}, {"p": "cQ=="}, 3)
    assert (container["image"], container["ports"][0]["containerPort"]) == ("web:1", 80)
    assert service["spec"]["ports"][0]["targetPort"] == 8080


async def test_apply_of_both_kinds_merges_lists_by_their_keys(plane: SandboxPlane) -> None:
    await plane.kubectl("apply", "-f", "-", stdin=WEB)
    await plane.kubectl("apply", "-f", "-", stdin=WEB.replace("{name: A, value: a}, ", ""))
    (container,) = (await seen(plane, "deploy/web"))["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "B", "value": "b"}]
    await plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=WEB.replace("web:1", "web:2"))
    (container,) = (await seen(plane, "deploy/web"))["spec"]["template"]["spec"]["containers"]
    assert (container["image"], [each["name"] for each in container["env"]]) == ("web:2", ["A", "B"])


async def test_the_small_verbs_change_what_they_say(plane: SandboxPlane) -> None:
    await plane.kubectl("apply", "-f", "-", stdin=WEB)
    await plane.kubectl("scale", "deploy/web", "--replicas=5")
    await plane.kubectl("label", "deploy/web", "tier=front")
    await plane.kubectl("annotate", "deploy/web", "note=x")
    await plane.kubectl("set", "image", "deploy/web", "main=web:3")
    await plane.kubectl("set", "env", "deploy/web", "C=c")
    await plane.kubectl("rollout", "restart", "deploy/web")
    await plane.kubectl("edit", "deploy/web", environment={"KUBE_EDITOR": "sed -i s/minReadySeconds.*//;s/web:3/web:4/"})
    web = await seen(plane, "deploy/web")
    template, metadata = web["spec"]["template"], web["metadata"]
    (container,) = template["spec"]["containers"]
    assert (web["spec"]["replicas"], metadata["labels"], metadata["annotations"]["note"]) == (5, {"tier": "front"}, "x")
    assert (container["image"], [each["name"] for each in container["env"]]) == ("web:4", ["A", "B", "C"])
    assert "kubectl.kubernetes.io/restartedAt" in template["metadata"]["annotations"]


async def test_what_is_shown_stands_in_the_columns_of_kubectl(plane: SandboxPlane) -> None:
    await plane.kubectl("apply", "-f", "-", stdin=WEB)
    head, row = (await plane.kubectl("get", "deploy")).splitlines()
    assert head.split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert row.split()[:4] == ["web", "0/2", "0", "0"]
    described = await plane.kubectl("describe", "deploy", "web")
    assert "2 desired | 0 updated | 0 total | 0 available" in described
    assert "deployments" in await plane.kubectl("api-resources", "--api-group=apps")


async def test_delete_waits_until_it_is_gone(plane: SandboxPlane) -> None:
    await plane.kubectl("apply", "-f", "-", stdin=WEB)
    await plane.kubectl("delete", "deploy", "web", "--cascade=foreground")
    assert (await seen(plane, "deploy"))["items"] == []
