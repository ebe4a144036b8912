"""The registry is read into values; what the example shows is what a user may write."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.config import FleetConfig, Settings, load_config
from fleet.model.charts import ChartRepository
from fleet.model.cluster import InCluster, Kubeconfig, SecretRef, Server
from fleet.model.source import Credential, Source

ROOT = Path(__file__).resolve().parents[2]

LEAST = """\
fleet: acme
source: {url: /srv/git/fleet.git}
clusters:
  - {name: here, inCluster: true}
"""


def read(tmp_path: Path, text: str) -> FleetConfig:
    file = tmp_path / "clusters.yaml"
    file.write_text(text)
    return load_config(file)


def test_the_example_loads_and_says_what_it_says() -> None:
    config = load_config(ROOT / "clusters.example.yaml")
    assert (config.fleet, config.state, config.database) == ("acme", Path("/var/lib/fleet"), None)
    assert config.source == Source(
        url="https://git.example.com/platform/fleet.git",
        credential=Credential("fleet", SecretRef("env", "GIT_TOKEN")),
    )
    assert [(cluster.name, cluster.way_in) for cluster in config.clusters] == [
        ("prod-eu-1", Kubeconfig(file=Path("/etc/fleet/kubeconfig"), context="prod-eu-1")),
        (
            "prod-us-1",
            Server(
                url="https://10.2.0.1:6443",
                ca=SecretRef("file", "/etc/fleet/prod-us-1/ca.crt"),
                token=SecretRef("env", "PROD_US_1_TOKEN"),
            ),
        ),
        ("here", InCluster()),
    ]


def test_every_field_of_a_cluster_is_kept(tmp_path: Path) -> None:
    (cluster,) = read(
        tmp_path,
        """\
fleet: acme
source: {url: /srv/fleet, path: tree/}
clusters:
  - name: prod.eu-1
    path: tree/eu/prod/
    uid: 6c1f
    server: https://10.2.0.1:6443/
    clientCertificate: file:/etc/crt
    clientKey: env:KEY
    insecureSkipTlsVerify: true
""",
    ).clusters
    assert (cluster.name, cluster.path, cluster.uid, cluster.origin.line) == ("prod.eu-1", "tree/eu/prod", "6c1f", 4)
    assert cluster.way_in == Server(
        url="https://10.2.0.1:6443",
        client_certificate=SecretRef("file", "/etc/crt"),
        client_key=SecretRef("env", "KEY"),
        insecure_skip_tls_verify=True,
    )


def test_relative_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    monkeypatch.chdir(tmp_path)
    text = LEAST.replace("/srv/git/fleet.git", "../repo") + "  - {name: b, kubeconfig: {file: kube}}\n"
    text += "  - {name: c, server: 'https://c', token: 'file:t'}\nstate: state\nsettings: {render: {kustomize: bin/kustomize}}\n"
    Path("etc/clusters.yaml").write_text(text)
    config = load_config(Path("etc/clusters.yaml"))
    etc = tmp_path / "etc"
    kubeconfig, server = config.clusters[1].way_in, config.clusters[2].way_in
    assert config.source.local == etc / "../repo"
    assert isinstance(kubeconfig, Kubeconfig)
    assert isinstance(server, Server)
    assert (config.state, kubeconfig.file, str(server.token)) == (etc / "state", etc / "kube", f"file:{etc}/t")
    assert config.settings.render.kustomize == str(etc / "bin/kustomize")


def test_a_file_without_settings_has_all_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, LEAST).settings == Settings()


def test_settings_are_read_into_their_places(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        LEAST
        + """\
settings:
  leaseDuration: 3s
  leaseRenew: 1s
  workers: 4
  requestTimeout: 1m30s
  render: {maxOutput: 1Mi, jobs: 0}
  limits: {yaml: {maxDepth: 20}}
  history: {maxAge: 7d}
  drift: {contestedReverts: 3, overrideManagers: [kubectl*]}
""",
    ).settings
    assert (settings.lease_duration, settings.lease_renew, settings.workers, settings.request_timeout) == (3, 1, 4, 90)
    assert (settings.render.max_output, settings.render.jobs, settings.limits.yaml.max_depth) == (1024 * 1024, 0, 20)
    assert (settings.history.max_age, settings.drift.contested_reverts) == (7 * 86400, 3)
    assert settings.drift.override_managers == ("kubectl*",)


@pytest.mark.parametrize(
    "url, interval, seconds",
    [
        pytest.param("https://git.example.com/x.git", "30s", 30, id="a remote's least"),
        pytest.param("https://git.example.com/x.git", "3m", 180, id="a remote's most"),
        pytest.param("/srv/x", "1s", 1, id="a path's least"),
        pytest.param("file:///srv/x", "24h", 86400, id="a file URL"),
    ],
)
def test_the_interval_has_the_limits_of_its_kind_of_source(tmp_path: Path, url: str, interval: str, seconds: float) -> None:
    config = read(tmp_path, LEAST.replace("/srv/git/fleet.git", f"{url}, interval: {interval}"))
    assert config.source.interval == seconds


def test_charts_come_from_the_repositories_that_are_named(tmp_path: Path) -> None:
    credential = "{username: u, password: env:P}"
    said = f"charts:\n- repository: https://charts.example.com/\n- {{repository: 'oci://r/c', credential: {credential}}}\n"
    assert read(tmp_path, LEAST + said).charts == (
        ChartRepository(url="https://charts.example.com"),
        ChartRepository(url="oci://r/c", credential=Credential("u", SecretRef("env", "P"))),
    )


def test_a_database_is_sqlite_or_a_reference(tmp_path: Path) -> None:
    assert read(tmp_path, LEAST + "database: sqlite\n").database is None
    assert read(tmp_path, LEAST + "database: env:FLEET_DATABASE_URL\n").database == SecretRef("env", "FLEET_DATABASE_URL")


def test_a_registry_may_have_no_cluster_yet(tmp_path: Path) -> None:
    assert read(tmp_path, "fleet: acme\nsource: {url: /srv/x}\nclusters: []\n").clusters == ()
