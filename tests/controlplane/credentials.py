"""Certificates, keys and tokens of one test cluster."""

from __future__ import annotations

import datetime
import ipaddress
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MASTERS = "system:masters"
READERS = "fleet-readers"
# Who is who: user name → group. The launcher's and the controllers' own requests are kept out of the audit log.
USERS = {
    "admin": MASTERS,
    "reader": READERS,
    "denied": "fleet-denied",
    "launcher": MASTERS,
    "kube-controller-manager": MASTERS,
    "kube-scheduler": MASTERS,
    "kwok": MASTERS,
}
_LIFE = datetime.timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Paths of the files that a server is started with, and the token of each user."""

    ca_file: Path
    server_certificate: Path
    server_key: Path
    client_certificate: Path
    client_key: Path
    service_account_key: Path
    token_file: Path
    tokens: dict[str, str]


def create(directory: Path) -> Credentials:
    """Write a fresh authority, a server certificate for loopback, an admin's client certificate, and tokens."""
    directory.mkdir(parents=True)
    authority = _Authority()
    tokens = {user: secrets.token_hex(16) for user in USERS}
    lines = [f'{tokens[user]},{user},{user},"{group}"' for user, group in USERS.items()]
    server = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    server_certificate, server_key = authority.issue("kube-apiserver", server=server)
    client_certificate, client_key = authority.issue("admin-by-certificate", organization=MASTERS)
    return Credentials(
        ca_file=_write(directory / "ca.crt", authority.pem()),
        server_certificate=_write(directory / "server.crt", server_certificate),
        server_key=_write(directory / "server.key", server_key),
        client_certificate=_write(directory / "client.crt", client_certificate),
        client_key=_write(directory / "client.key", client_key),
        service_account_key=_write(directory / "service-account.key", _key_pem(ec.generate_private_key(ec.SECP256R1()))),
        token_file=_write(directory / "tokens.csv", "\n".join(lines).encode() + b"\n"),
        tokens=tokens,
    )


def write_kubeconfig(path: Path, *, server: str, ca_file: Path, token: str, name: str) -> Path:
    """Write a kubeconfig with one context; cluster, user and context all bear the name."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority": str(ca_file)}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    return _write(path, json.dumps(config, indent=1).encode())


class _Authority:
    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("fleet test authority")
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = self._builder(self._name, self._key).add_extension(constraints, critical=True)
        builder = builder.add_extension(usage, critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        self._certificate = builder.add_extension(identifier, critical=False).sign(self._key, hashes.SHA256())

    def pem(self) -> bytes:
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self, name: str, *, organization: str | None = None, server: list[x509.GeneralName] | None = None
    ) -> tuple[bytes, bytes]:
        key = ec.generate_private_key(ec.SECP256R1())
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = self._builder(_name(name, organization), key)
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        if server:
            builder = builder.add_extension(x509.SubjectAlternativeName(server), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM), _key_pem(key)

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + _LIFE)
        )


def _name(common: str, organization: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    # SEC 1 ("EC PRIVATE KEY"): the form that every reader of service-account keys takes.
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _write(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path
