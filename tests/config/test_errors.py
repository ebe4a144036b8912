"""What is wrong with a registry: all of it at once, each with its line, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.config import load_config
from fleet.errors import ConfigInvalid

HEAD = "fleet: acme\nsource: {url: /srv/fleet}\nclusters:\n"
HERE = HEAD + "- {name: here, inCluster: true}\n"
REMOTE = "fleet: acme\nclusters: []\nsource:\n  url: https://git.example.com/x\n"


def errors(tmp_path: Path, text: str) -> list[str]:
    """All errors, the directory left out."""
    file = tmp_path / "clusters.yaml"
    file.write_text(text)
    with pytest.raises(ConfigInvalid) as caught:
        load_config(file)
    return [str(error).removeprefix(f"{tmp_path}/") for error in caught.value.errors]


def test_all_errors_come_at_once_in_order_of_their_lines(tmp_path: Path) -> None:
    text = """\
fleet: Acme_Corp
source:
  url: https://git.example.com/x
  brnch: main
  interval: 5s
clusters:
  - name: prod
    token: hunter2
    server: https://10.0.0.1
  - name: prod
    kubeconfig: {file: k}
    inCluster: true
"""
    assert [error.partition(": ")[0] for error in errors(tmp_path, text)] == [
        f"clusters.yaml:{line}" for line in (1, 4, 5, 8, 10, 12)
    ]


def test_the_whole_error_names_file_and_line_of_each(tmp_path: Path) -> None:
    file = tmp_path / "clusters.yaml"
    file.write_text("fleet: acme\nx: 1\ny: 2\nsource: {url: /srv/x}\nclusters: []\n")
    with pytest.raises(ConfigInvalid) as caught:
        load_config(file)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [f"{file}:2", f"{file}:3"]


@pytest.mark.parametrize(
    "text, line, says",
    [
        pytest.param("source: {url: /x}\nclusters: []\n", 1, "fleet is missing: write fleet: acme", id="no fleet"),
        pytest.param("fleet: acme\nclusters: []\n", 1, "source is missing", id="no source"),
        pytest.param("fleet: acme\nsource: {url: /x}\n", 1, "clusters is missing", id="no clusters"),
        pytest.param(
            "fleet: acme\nsource: {branch: main}\nclusters: []\n", 2, "url is missing: write url: https://", id="no url"
        ),
        pytest.param("fleet: acme\nsource: /x\nclusters: []\n", 2, "source must be a mapping of fields, not a text", id="text"),
        pytest.param(HEAD.replace("acme", "a.b") + "- {name: a, inCluster: true}", 1, "is not a DNS label", id="fleet"),
        pytest.param(HEAD.replace("acme", "12") + "- {name: a, inCluster: true}", 1, "must be a text, not a number", id="12"),
        pytest.param(HEAD + "- {name: Prod, inCluster: true}", 4, "'Prod' is not a name Kubernetes", id="cluster's name"),
        pytest.param(HEAD + "- {inCluster: true}", 4, "name is missing: write name: prod-eu-1", id="no name"),
        pytest.param(HERE + "- {name: here, inCluster: true}", 5, "'here' is taken by the cluster at line 4", id="name twice"),
        pytest.param(HERE + "- {name: b}", 5, "no way into the cluster: write one of kubeconfig:", id="no way"),
        pytest.param(
            HERE + "- name: b\n  server: https://x\n  token: env:T\n  inCluster: true", 8, "are two ways in", id="two ways"
        ),
        pytest.param(HERE + "- {name: b, inCluster: false}", 5, "write inCluster: true", id="not in it"),
        pytest.param(HERE + "- {name: b, inCluster: 1}", 5, "inCluster must be true or false", id="no flag"),
        pytest.param(HERE + "- name: b\n  inCluster: true\n  ca: file:/x", 7, "only for server:", id="stray field"),
        pytest.param(HERE + "- {name: b, server: https://x}", 5, "server has no credential: write token:", id="no credential"),
        pytest.param(HERE + "- {name: b, server: x, token: 'env:T'}", 5, "write server: https://host:6443", id="no https"),
        pytest.param(
            HERE + "- {name: b, server: https://x, clientKey: 'env:K'}", 5, "clientKey needs clientCertificate", id="half"
        ),
        pytest.param(HERE + "- {name: b, kubeconfig: /x}", 5, "kubeconfig must be a mapping", id="a kubeconfig's path"),
        pytest.param(HERE + "- {name: b, kubeconfig: {context: x}}", 5, "file is missing: write file:", id="no file"),
        pytest.param(HERE + "- {name: b, inCluster: true, path: ../b}", 5, "leads out of the repository", id="path out"),
        pytest.param(HERE + "- {name: b, inCluster: true, path: apps/b}", 5, "is not below clusters/", id="path beside"),
        pytest.param(HERE + "- here", 5, "clusters entry 2 must be a mapping of fields, not a text", id="a bare name"),
        pytest.param(HERE + "database: postgresql://u:hunter2@db/x", 5, "write database: env:", id="database"),
        pytest.param(HERE + "charts: [{repository: charts.example.com}]", 5, "is no URL: write https://", id="charts"),
        pytest.param(
            HERE + "charts: [{repository: 'http://a', credential: {username: a, password: env:A}}]",
            5,
            "in the clear",
            id="http charts",
        ),
        pytest.param(HERE + "plugins: fleet_jsonnet", 5, "plugins must be a list, not a text", id="no list"),
        pytest.param(REMOTE + "  interval: 60", 5, "must be a duration: write for example interval: 1m", id="bare number"),
        pytest.param(REMOTE + "  interval: 29s", 5, "interval is 29s, and must be from 30s to 3m", id="too often"),
        pytest.param(REMOTE + "  interval: 4m", 5, "interval is 4m, and must be from 30s to 3m", id="too seldom"),
        pytest.param(HERE.replace("fleet}", "fleet, interval: 500ms}"), 2, "must be from 1s to 1d", id="path too often"),
        pytest.param(REMOTE + "  branch: a..b", 5, "'a..b' is not the name of a branch", id="branch"),
        pytest.param(REMOTE + "  path: /clusters", 5, "write it from the repository's root", id="absolute tree"),
        pytest.param(
            REMOTE + "  credential: {username: a}", 5, "password is missing: write password: env:GIT_TOKEN", id="half login"
        ),
        pytest.param(REMOTE.replace("//git", "//u:hunter2@git"), 4, "url has a user name or password in it", id="login in url"),
        pytest.param(REMOTE.replace("https", "ftp"), 4, "ftp:// is not supported: write https://", id="scheme"),
        pytest.param(
            REMOTE.replace("https", "http") + "  credential: {username: a, password: env:P}", 4, "in the clear", id="http"
        ),
        pytest.param(HERE + "settings: {workrs: 3}", 5, "no field workrs in settings; did you mean workers?", id="setting"),
        pytest.param(HERE + "settings:\n  render:\n    jobs: many", 7, "must be a whole number from 0", id="number"),
        pytest.param(HERE + "settings:\n  leaseDuration: 10s", 6, "write leaseRenew: 3.33s or less", id="lease"),
        pytest.param(HERE + "settings:\n  leaseRenew: 40s", 6, "write leaseRenew: 20s or less", id="renewal"),
    ],
)
def test_an_error_has_its_line_and_says_what_to_write(tmp_path: Path, text: str, line: int, says: str) -> None:
    found = errors(tmp_path, text)
    assert len(found) == 1, found
    assert found[0].startswith(f"clusters.yaml:{line}: ")
    assert says in found[0]


@pytest.mark.parametrize(
    "text, line, says",
    [
        pytest.param(REMOTE.replace("https://", "ssh://git@"), 4, "SSH is not supported yet", id="ssh"),
        pytest.param(
            REMOTE.replace("https://git.example.com/x", "git@git.example.com:x"), 4, "SSH is not supported yet", id="scp"
        ),
        pytest.param(REMOTE + "  credential:\n    sshKey: file:/k", 6, "SSH is not supported yet", id="ssh key"),
        pytest.param(REMOTE + "  verify: {mode: head, keys: [file:/k]}", 5, "signatures is not supported yet", id="verify"),
        pytest.param(HERE + "- name: b\n  inCluster: true\n  via: {host: b, key: 'file:k'}", 7, "not supported yet", id="via"),
        pytest.param(HERE + "- name: b\n  kubeconfig: {file: k, allowExec: true}", 6, "exec credential plugins", id="exec"),
        pytest.param(HERE + "listen: 0.0.0.0:8080", 5, "write listen: 127.0.0.1:8080", id="listen for others"),
        pytest.param(HERE + "listen: localhost", 5, "write listen: 127.0.0.1:8080", id="listen without a port"),
    ],
)
def test_what_comes_later_is_refused_and_not_ignored(tmp_path: Path, text: str, line: int, says: str) -> None:
    found = errors(tmp_path, text)
    assert len(found) == 1, found
    assert found[0].startswith(f"clusters.yaml:{line}: ")
    assert says in found[0]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HERE + "- {name: b, server: https://x, token: hunter2}", id="token"),
        pytest.param(HERE + "- {name: b, server: https://x, token: [hunter2]}", id="token in a list"),
        pytest.param(HERE + "- {name: b, server: https://x, clientCertificate: hunter2, clientKey: 'env:hunter2-'}", id="key"),
        pytest.param(HERE + "- {name: b, server: 'https://u:hunter2@x', token: env:T}", id="server"),
        pytest.param(REMOTE + "  credential: {username: a, password: hunter2}", id="password"),
        pytest.param(REMOTE.replace("//git", "//hunter2@git"), id="url"),
        pytest.param(HERE + "database: postgresql+asyncpg://u:hunter2@db/x", id="database"),
    ],
)
def test_a_plain_secret_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    assert "hunter2" not in "\n".join(errors(tmp_path, text))


def test_a_nearest_field_is_named_at_every_level(tmp_path: Path) -> None:
    text = HERE + "- {name: b, kubeconfig: {file: k, contxt: b}}\n- {nam: c, name: c, inCluster: true}\nflet: x\nzzz: 1\n"
    assert [error.partition("; ")[2] for error in errors(tmp_path, text)] == [
        "did you mean context?",
        "did you mean name?",
        "did you mean fleet?",
        "known are source, fleet, state, database, listen, plugins, clusters, charts, settings",
    ]


def test_what_is_no_yaml_is_one_error_with_its_line(tmp_path: Path) -> None:
    assert [error.split(": ")[0] for error in errors(tmp_path, "fleet: acme\nsource: {url: [}\n")] == ["clusters.yaml:2"]


def test_a_key_that_stands_twice_is_an_error_with_both_lines(tmp_path: Path) -> None:
    (error,) = errors(tmp_path, HERE + "fleet: other\n")
    assert error.startswith("clusters.yaml:5: the key 'fleet' stands here and already at line 1")


def test_a_file_that_is_not_there_says_how_to_name_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="--config FILE"):
        load_config(tmp_path / "none.yaml")


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    assert errors(tmp_path, "# nothing\n") == ["clusters.yaml:1: one YAML document is expected, and there are 0"]
