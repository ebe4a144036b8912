"""What `fleet validate` says of an object is what a real API server says to a dry run of its server-side apply."""

from __future__ import annotations

from typing import Any

from tests.cli.agreement import EXCEPTIONS, excepted
from tests.cli.test_validating import judged
from tests.cli.wrong import right, wrong
from tests.controlplane import ControlPlane
from tests.controlplane.client import Kube
from tests.controlplane.waiting import eventually

DRY = {"fieldManager": "t", "fieldValidation": "Strict", "dryRun": "All", "force": "true"}


class Server:
    """Asks a server what it has against objects, without writing any."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self._paths: dict[tuple[str, str], str] = {}

    def refuses(self, body: dict[str, Any]) -> bool:
        """Whether it would not take an object."""
        kind = (body["apiVersion"], body["kind"])
        if kind not in self._paths:
            self._paths[kind] = self._kube.path(body).rpartition("/")[0]
        path = f"{self._paths[kind]}/{body['metadata']['name']}"
        answer = self._kube.request("PATCH", path, body=body, query={**DRY}, content="application/apply-patch+yaml")
        assert answer.status in (200, 201, 400, 422, 500), answer
        return answer.status > 201


async def test_validate_and_a_real_server_agree(real_cluster: ControlPlane) -> None:
    definition, *_ = objects = right()
    real_cluster.kube.apply(real_cluster.kube.path(definition), definition, manager="t").ok()
    # Served, and told of: the one comes a moment before the other.
    root = "/apis/example.com/v1"
    await eventually(
        lambda: {real_cluster.kube.get(path).status for path in (root, f"{root}/namespaces/default/widgets")} == {200}
    )
    server = Server(real_cluster.kube)
    assert [each["kind"] for each in objects if server.refuses(each)] == []

    said = [(each.name, server.refuses(each.body), bool(judged(each.body))) for each in wrong()]
    assert [name for name, refused, told in said if told and not refused] == []
    missed = [name for name, refused, told in said if refused and not told]
    assert [name for name in missed if not excepted(name)] == []
    assert len(missed) < 0.15 * sum(refused for _, refused, _ in said)
    assert len(EXCEPTIONS) < 10
