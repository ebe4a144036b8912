"""Why a Job or a Pod failed is told in its Pod's words, as far as they can be read and never further."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fleet.kube.live.logs import BYTES, LINES, last_words
from fleet.kube.server.discovery import Discovery
from fleet.model.keys import ObjectKey
from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.host import Sandboxes
from tests.kube.clients import by_kubeconfig, client_of

POD = ObjectKey("", "Pod", "default", "migrate-1")
JOB = ObjectKey("batch", "Job", "default", "migrate")
FAILED = {"terminated": {"exitCode": 3, "reason": "Error"}}
PULLS = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[SandboxCluster]:
    async with Sandboxes(tmp_path) as clusters:
        yield await clusters.add("east")


def pod(cluster: SandboxCluster, state: dict[str, Any], *, owner: str = "") -> None:
    """A Pod whose one container is in a state; made by a Job where its UID is given."""
    labels = {"batch.kubernetes.io/controller-uid": owner} if owner else {}
    metadata = {"name": POD.name, "namespace": POD.namespace, "labels": labels}
    spec = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry.example.com/migrate:1"}]}
    made = cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    container = {"name": "main", "image": "migrate", "imageID": "", "ready": False, "restartCount": 0, "state": state}
    cluster.update({**made, "status": {"phase": "Failed", "containerStatuses": [container]}}, subresource="status")


async def words(cluster: SandboxCluster, key: ObjectKey, uid: str = "") -> str:
    async with client_of(by_kubeconfig(cluster.kubeconfig or Path())) as client:
        return await last_words(client, Discovery(client), key, uid)


async def test_a_failed_pod_tells_its_exit_code_and_its_last_lines(cluster: SandboxCluster) -> None:
    pod(cluster, FAILED)
    first, *lines = (await words(cluster, POD)).splitlines()
    assert first == "Pod migrate-1, container main: Error, exit code 3; its last lines:"
    assert "no container runs here" in lines[0]
    (request,) = [seen["requestURI"] for seen in cluster.audit_since(0) if "/log" in seen["requestURI"]]
    assert f"tailLines={LINES}" in request
    assert f"limitBytes={BYTES}" in request


async def test_a_jobs_pod_is_found_by_the_jobs_uid(cluster: SandboxCluster) -> None:
    pod(cluster, FAILED, owner="uid-of-job")
    assert "exit code 3" in await words(cluster, JOB, "uid-of-job")
    assert await words(cluster, JOB, "another") == ""


async def test_one_that_never_began_tells_what_it_waited_for(cluster: SandboxCluster) -> None:
    pod(cluster, PULLS)
    assert await words(cluster, POD) == "Pod migrate-1, container main: ImagePullBackOff: Back-off pulling image"
    assert not [seen for seen in cluster.audit_since(0) if "/log" in seen["requestURI"]]


async def test_other_kinds_have_no_words(cluster: SandboxCluster) -> None:
    assert await words(cluster, ObjectKey("", "ConfigMap", "default", "one")) == ""


async def test_what_cannot_be_read_is_told_instead(cluster: SandboxCluster) -> None:
    assert "could not be looked at" in await words(cluster, POD)


async def test_a_sandboxs_log_ends_where_it_was_asked_to(cluster: SandboxCluster) -> None:
    pod(cluster, FAILED)
    async with client_of(by_kubeconfig(cluster.kubeconfig or Path())) as client:
        path = "/api/v1/namespaces/default/pods/migrate-1/log"
        assert (await client.text(path, params={"tailLines": "1"})).startswith("pod=default/migrate-1")
        assert await client.text(path, params={"tailLines": "1", "limitBytes": "3"}) == "pod"
