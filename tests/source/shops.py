"""Repositories of charts on this machine: a web server's and a real OCI registry's, both behind a password."""

from __future__ import annotations

import base64
import functools
import http.server
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fleet.model.charts import ChartRepository
from fleet.model.cluster import SecretRef
from fleet.model.source import Credential
from tests.controlplane.binaries import place

USER, PASSWORD = "fleet", "s3cret"
VERSIONS = ("1.0.0", "1.2.0", "2.0.0-rc.1", "1.2.0+build.5")


@dataclass(slots=True)
class Shop:
    """A repository with one chart in several versions."""

    repository: ChartRepository
    asked: list[str] = field(default_factory=list)
    """What an HTTP repository was asked for."""


def helm(*words: str, home: Path) -> None:
    subprocess.run([str(place("helm")), *words], env={"HOME": str(home)}, check=True, capture_output=True, timeout=60)


def packaged(home: Path) -> Path:
    """Make a directory with the packaged versions and their index."""
    for version in VERSIONS:
        chart = home / version / "web"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: web\nversion: {version}\n")
        (chart / "templates" / "map.yaml").write_text(
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web}}\ndata:\n  v: '{version}'\n"
            "{{ with .Values.tier }}  tier: {{ . }}\n{{ end }}"
        )
        helm("package", str(chart), "--destination", str(home / "packages"), home=home)
    helm("repo", "index", str(home / "packages"), home=home)
    return home / "packages"


class _Handler(http.server.SimpleHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode():
            self.send_error(401)
            return
        super().do_GET()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def http_repository(packages: Path) -> Iterator[Shop]:
    """A repository as any web server serves it, behind a password."""
    asked: list[str] = []
    handler = type("Handler", (_Handler,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(packages))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="charts")
        thread.start()
        try:
            yield Shop(repository(f"http://127.0.0.1:{server.server_address[1]}"), asked)
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def oci_registry(packages: Path, home: Path) -> Iterator[Shop]:
    """The reference implementation of a registry, behind a password."""
    home.mkdir(exist_ok=True)
    with socket.socket() as kept:
        # Kept, but not listened at: nobody is given this port, and who asks for it may have it.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{kept.getsockname()[1]}"
        command = [str(place("registry")), address, str(home), USER, PASSWORD]
        process = subprocess.Popen(command, env={}, stderr=subprocess.DEVNULL)
        try:
            _wait_for(address)
            helm("registry", "login", address, "--username", USER, "--password", PASSWORD, "--plain-http", home=home)
            for package in sorted(packages.glob("*.tgz")):
                helm("push", str(package), f"oci://{address}/charts", "--plain-http", home=home)
            yield Shop(repository(f"oci://{address}/charts"))
        finally:
            process.kill()
            process.wait()


def taken(shop: Shop, wanted: str, home: Path) -> str:
    """The version that Helm's own command takes for a range; empty where it finds none."""
    url = shop.repository.url
    place_of = [f"{url}/web", "--plain-http"] if url.startswith("oci://") else ["web", "--repo", url]
    words = ["show", "chart", *place_of, "--version", wanted, "--username", USER, "--password", PASSWORD]
    done = subprocess.run([str(place("helm")), *words], env={"HOME": str(home)}, capture_output=True, text=True, timeout=60)
    return done.stdout.rpartition("version: ")[2].strip() if done.returncode == 0 else ""


def _wait_for(address: str) -> None:
    host, _, port = address.partition(":")
    for _ in range(600):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the registry did not come up")


def repository(url: str) -> ChartRepository:
    return ChartRepository(url=url, credential=Credential(USER, SecretRef("env", "CHARTS")))


def secret(ref: SecretRef) -> str:
    return {"env:CHARTS": PASSWORD}[str(ref)]
