"""The command lines of etcd and kube-apiserver."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.controlplane import audit
from tests.controlplane.binaries import Binaries
from tests.controlplane.credentials import Credentials
from tests.controlplane.processes import Child, Ports

AUDIT_LOG = "audit.log"
DATA = "etcd"
# By default a log of 100 MB is put aside, and with it what a test is about to ask.
_MOST_MEGABYTES = 10_000

# The taint of a node that is not ready is taken off by the node lifecycle controller, which does not run here.
_NEVER_ADMITTED_BY = ("TaintNodesByCondition",)
# Without controllers these only leave what never goes: a finalizer that nobody takes off, a missing ServiceAccount.
_NEED_CONTROLLERS = ("ServiceAccount", "StorageObjectInUseProtection")


def spawn_etcd(directory: Path, binaries: Binaries, ports: Ports) -> Child:
    """Start etcd on the data in the directory, or on none."""
    client, peer = f"http://127.0.0.1:{ports.etcd}", f"http://127.0.0.1:{ports.peer}"
    flags = {
        "name": "default",
        "data-dir": directory / DATA,
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"default={peer}",
        "unsafe-no-fsync": "true",  # Nobody pulls the plug of a test.
        "log-level": "warn",
    }
    return _spawn(binaries.etcd, directory, flags)


def spawn_apiserver(
    directory: Path, binaries: Binaries, ports: Ports, *, credentials: Credentials, more: Mapping[str, object]
) -> Child:
    """Start an API server; `more` are the flags in which clusters differ."""
    flags = {
        "etcd-servers": f"http://127.0.0.1:{ports.etcd}",
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "secure-port": ports.server,
        "cert-dir": directory,
        "tls-cert-file": credentials.server_certificate,
        "tls-private-key-file": credentials.server_key,
        "client-ca-file": credentials.ca_file,
        "token-auth-file": credentials.token_file,
        "authorization-mode": "RBAC",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": credentials.service_account_key,
        "service-account-signing-key-file": credentials.service_account_key,
        "service-cluster-ip-range": "10.0.0.0/16",
        "endpoint-reconciler-type": "none",  # There is no network to reach it by.
        "allow-privileged": "true",
        "profiling": "false",
        **more,
    }
    return _spawn(binaries.kube_apiserver, directory, flags)


def admission(*, controllers: bool) -> dict[str, object]:
    """Switch off the plugins whose other half does not run."""
    disabled = _NEVER_ADMITTED_BY if controllers else (*_NEVER_ADMITTED_BY, *_NEED_CONTROLLERS)
    return {"disable-admission-plugins": ",".join(disabled)}


def auditing(directory: Path, *, bodies: bool) -> dict[str, object]:
    """Switch the audit log on."""
    policy = directory / "audit-policy.json"
    policy.write_text(json.dumps(audit.policy(bodies=bodies)))
    # Blocking: a line is in the file before its request is over, so that no test has to wait for a batch.
    log = {"audit-log-path": directory / AUDIT_LOG, "audit-log-mode": "blocking", "audit-log-maxsize": _MOST_MEGABYTES}
    return {"audit-policy-file": policy, **log}


def _spawn(binary: Path, directory: Path, flags: Mapping[str, object]) -> Child:
    log = directory / f"{binary.name}.log"
    return Child([binary, *(f"--{flag}={value}" for flag, value in flags.items())], log=log)
