"""People look at a sandbox cluster with kubectl, and see their workloads move."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fleet.sandbox.controllers import Controllers
from fleet.sandbox.host import Sandboxes
from tests.controlplane.cluster import kubectl_path

GOOD, BAD = "registry.example.com/shop:1", "registry.example.com/shop:bad"


class Kubectl:
    """kubectl as a person runs it against one cluster."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig

    async def __call__(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        """Run it and return all that it said; fails the test when it ends otherwise than it should."""
        home = self._kubeconfig.parent
        process = await asyncio.create_subprocess_exec(
            str(kubectl_path()),
            f"--kubeconfig={self._kubeconfig}",
            f"--cache-dir={home}/cache",
            *arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": str(home)},
        )
        said, _ = await process.communicate(stdin.encode())
        assert process.returncode == code, said.decode()
        return said.decode()


@pytest.fixture
async def kubectl(tmp_path: Path) -> AsyncIterator[Kubectl]:
    """kubectl with a cluster whose Pods are ready at once."""
    async with Sandboxes(tmp_path) as host:
        cluster = await host.add("east", controllers=Controllers(ready_after=0.05))
        yield Kubectl(cluster.kubeconfig)


def deployment(image: str = GOOD, **spec: Any) -> str:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": image}]}}
    whole = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template, **spec}
    return yaml.safe_dump({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": whole})


async def test_a_rollout_is_waited_for_undone_and_looked_back_at(kubectl: Kubectl) -> None:
    await kubectl("apply", "-f", "-", stdin=deployment())

    assert 'deployment "web" successfully rolled out' in await kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    await kubectl("set", "image", "deployment/web", "main=registry.example.com/shop:2")
    assert "successfully rolled out" in await kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    history = (await kubectl("rollout", "history", "deployment/web")).splitlines()
    assert [line.split()[0] for line in history[2:] if line] == ["1", "2"]
    await kubectl("rollout", "undo", "deployment/web")
    assert "successfully rolled out" in await kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    images = await kubectl("get", "pods", "-o", "jsonpath={.items[*].spec.containers[*].image}")
    assert set(images.split()) == {GOOD}
    await kubectl("rollout", "restart", "deployment/web")
    assert "successfully rolled out" in await kubectl("rollout", "status", "deployment/web", "--timeout=30s")


async def test_a_rollout_that_is_given_up_ends_with_an_error(kubectl: Kubectl) -> None:
    await kubectl("apply", "-f", "-", stdin=deployment(BAD, progressDeadlineSeconds=1))

    said = await kubectl("rollout", "status", "deployment/web", "--timeout=30s", code=1)

    assert 'deployment "web" exceeded its progress deadline' in said
    reasons = await kubectl("get", "pods", "-o", "jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}")
    assert set(reasons.split()) == {"ImagePullBackOff"}


async def test_a_deployment_and_its_pods_are_described_with_their_events(kubectl: Kubectl) -> None:
    await kubectl("apply", "-f", "-", stdin=deployment())
    await kubectl("rollout", "status", "deployment/web", "--timeout=30s")

    told = await kubectl("describe", "deployment", "web")
    assert "2 desired | 2 updated | 2 total | 2 available | 0 unavailable" in told
    assert "Scaled up replica set web-" in told
    first = (await kubectl("get", "pods", "-o", "name")).split()[0]
    told = await kubectl("describe", first)
    assert "Successfully assigned default/web-" in told
    assert "Container started: main" in told


async def test_logs_say_that_nothing_runs(kubectl: Kubectl) -> None:
    await kubectl("apply", "-f", "-", stdin=deployment())
    await kubectl("rollout", "status", "deployment/web", "--timeout=30s")

    assert "no container runs here" in await kubectl("logs", "deployment/web")


async def test_the_other_workloads_are_waited_for_as_well(kubectl: Kubectl) -> None:
    template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "main", "image": GOOD}]}}
    spec = {"selector": {"matchLabels": {"app": "db"}}, "template": template}
    for kind in ("StatefulSet", "DaemonSet"):
        own = {**spec, "serviceName": "db", "replicas": 2} if kind == "StatefulSet" else spec
        body = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "db"}, "spec": own}
        await kubectl("apply", "-f", "-", stdin=yaml.safe_dump(body))
    pods = {"restartPolicy": "Never", "containers": [{"name": "main", "image": GOOD}]}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "work"}, "spec": {"template": {"spec": pods}}}
    await kubectl("apply", "-f", "-", stdin=yaml.safe_dump(job))

    assert "roll out complete: 2 new pods have been updated" in await kubectl(
        "rollout", "status", "statefulset/db", "--timeout=30s"
    )
    assert 'daemon set "db" successfully rolled out' in await kubectl("rollout", "status", "daemonset/db", "--timeout=30s")
    assert "condition met" in await kubectl("wait", "--for=condition=complete", "job/work", "--timeout=30s")
    assert "no container runs here" in await kubectl("logs", "job/work")
