"""Ways into a real cluster, and what they refuse."""

from __future__ import annotations

import json
import tempfile
from base64 import b64encode
from pathlib import Path

import pytest

from fleet.aio import Limiter
from fleet.errors import ClusterUnreachable, Unauthorized, WayInInvalid
from fleet.kube.kept.identity import read_uid
from fleet.kube.server.client import ApiClient
from fleet.kube.server.connect import connect
from fleet.kube.server.kubeconfig import in_cluster
from fleet.model.cluster import Kubeconfig, SecretRef, Server, WayIn
from tests.controlplane import ControlPlane
from tests.kube.clients import by_token, client_of, read_secret, registered


async def uid(way: WayIn) -> str:
    async with client_of(way) as client:
        return await read_uid(client)


def expected(plane: ControlPlane) -> str:
    return str(plane.kube.get("/api/v1/namespaces/kube-system").ok()["metadata"]["uid"])


def kubeconfig(path: Path, plane: ControlPlane, user: dict[str, object]) -> Kubeconfig:
    """Write one that carries its CA, next to a context that must not be taken."""
    ca = b64encode(plane.ca_file.read_bytes()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": plane.server, "certificate-authority-data": ca}}],
        "users": [{"name": "u", "user": user}, {"name": "other", "user": {"token": "wrong"}}],
        "contexts": [
            {"name": "right", "context": {"cluster": "c", "user": "u"}},
            {"name": "wrong", "context": {"cluster": "c", "user": "other"}},
        ],
        "current-context": "wrong",
    }
    path.write_text(json.dumps(config))
    return Kubeconfig(file=path, context="right")


async def test_the_current_context_of_a_kubeconfig_is_a_way_in(real_cluster: ControlPlane) -> None:
    assert await uid(Kubeconfig(file=real_cluster.kubeconfig)) == expected(real_cluster)


async def test_server_ca_and_token_are_a_way_in(real_cluster: ControlPlane) -> None:
    way = by_token(real_cluster.server, real_cluster.token, ca=real_cluster.ca_file)
    assert await uid(way) == expected(real_cluster)


async def test_server_ca_and_client_certificate_are_a_way_in(real_cluster: ControlPlane) -> None:
    certificate, key = (SecretRef("file", str(path)) for path in real_cluster.client_certificate)
    ca = SecretRef("file", str(real_cluster.ca_file))
    way = Server(url=real_cluster.server, ca=ca, client_certificate=certificate, client_key=key)
    assert await uid(way) == expected(real_cluster)


async def test_certificates_inside_a_kubeconfig_are_used_and_never_put_on_disk(
    real_cluster: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    pem = [b64encode(path.read_bytes()).decode() for path in real_cluster.client_certificate]
    user = {"client-certificate-data": pem[0], "client-key-data": pem[1]}
    assert await uid(kubeconfig(tmp_path / "config", real_cluster, user)) == expected(real_cluster)
    assert list(scratch.iterdir()) == []


async def test_files_that_a_kubeconfig_names_are_beside_it(real_cluster: ControlPlane, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(real_cluster.token + "\n")
    assert await uid(kubeconfig(tmp_path / "config", real_cluster, {"tokenFile": "token"})) == expected(real_cluster)


async def test_a_token_file_is_read_again_after_its_token_was_refused(real_cluster: ControlPlane, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("expired")
    async with client_of(kubeconfig(tmp_path / "config", real_cluster, {"tokenFile": "token"})) as client:
        with pytest.raises(Unauthorized):
            await read_uid(client)
        token.write_text(real_cluster.token)
        assert await read_uid(client) == expected(real_cluster)


async def test_a_client_certificate_that_was_replaced_is_used_for_the_next_connection(
    real_cluster: ControlPlane, tmp_path: Path
) -> None:
    certificate, key = real_cluster.client_certificate
    user: dict[str, object] = {"token": "wrong"}
    way = kubeconfig(tmp_path / "config", real_cluster, user)
    async with client_of(way) as client:
        with pytest.raises(Unauthorized):
            await read_uid(client)
        kubeconfig(tmp_path / "config", real_cluster, {"client-certificate": str(certificate), "client-key": str(key)})
        assert await read_uid(client) == expected(real_cluster)


async def test_a_service_account_is_a_way_in(real_cluster: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host, port = real_cluster.server.removeprefix("https://").split(":")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    (tmp_path / "token").write_text(real_cluster.token)
    (tmp_path / "ca.crt").write_text(real_cluster.ca_file.read_text())
    found = in_cluster("here", directory=tmp_path)
    assert (found.server, found.authorization) == (real_cluster.server, f"Bearer {real_cluster.token}")
    assert found.material.ca == real_cluster.ca_file.read_text()


async def test_a_certificate_of_another_authority_is_not_accepted(two_real_clusters: tuple[ControlPlane, ControlPlane]) -> None:
    first, second = two_real_clusters
    with pytest.raises(ClusterUnreachable, match="certificate"):
        await uid(by_token(first.server, first.token, ca=second.ca_file))


async def test_a_certificate_goes_unchecked_only_where_the_entry_says_so(real_cluster: ControlPlane) -> None:
    way = Server(url=real_cluster.server, token=SecretRef("text", real_cluster.token), insecure_skip_tls_verify=True)
    assert await uid(way) == expected(real_cluster)


async def test_a_program_that_gives_credentials_is_not_run_unless_allowed(real_cluster: ControlPlane, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "touch", "args": [str(ran)]}
    way = kubeconfig(tmp_path / "config", real_cluster, {"exec": plugin})
    with pytest.raises(WayInInvalid, match="allowExec: true"):
        await uid(way)
    assert not ran.exists()


@pytest.mark.parametrize(
    "text, says",
    [
        ("a: [", "not YAML"),
        ("[]", "not a kubeconfig"),
        ("{current-context: x, contexts: []}", "no context named x"),
        ("{contexts: []}", "has no current-context"),
    ],
    ids=["no YAML", "no mapping", "unknown context", "no current context"],
)
async def test_a_kubeconfig_that_cannot_be_used_says_why(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(WayInInvalid, match=says):
        await uid(Kubeconfig(file=file))


async def test_a_kubeconfig_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(WayInInvalid, match="No such file"):
        await uid(Kubeconfig(file=tmp_path / "none"))


async def test_no_secret_is_shown(real_cluster: ControlPlane, tmp_path: Path) -> None:
    token, file = real_cluster.token, tmp_path / "token"
    file.write_text(token)
    way = Server(url=real_cluster.server, token=SecretRef("file", str(file)), ca=SecretRef("file", str(real_cluster.ca_file)))
    connection = connect(registered(way), secret=read_secret)
    access = await connection.access()
    client = ApiClient(connection, limiter=Limiter(total=1, per_key=1))
    shown = [repr(each) for each in (connection, access, client, vars(connection), vars(client))]
    assert [token in text or "BEGIN" in text for text in shown] == [False] * 5


async def test_an_unusable_certificate_is_not_quoted() -> None:
    way = Server(url="https://127.0.0.1:1", ca=SecretRef("text", "not a certificate but a secret"))
    with pytest.raises(WayInInvalid, match="not PEM") as caught:
        await uid(way)
    assert "but a secret" not in str(caught.value)


async def test_no_file_descriptor_is_left_by_loading_credentials(real_cluster: ControlPlane, tmp_path: Path) -> None:
    pem = [b64encode(path.read_bytes()).decode() for path in real_cluster.client_certificate]
    way = kubeconfig(tmp_path / "config", real_cluster, {"client-certificate-data": pem[0], "client-key-data": pem[1]})
    connection = connect(registered(way), secret=read_secret)
    await connection.access()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        connection.refused()
        await connection.access()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
