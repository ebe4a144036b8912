"""What a way in says at one moment, and the TLS context made of it. Nothing of it is ever shown or put on a disk."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """PEM texts of a TLS client; empty where there is none. Without a CA the system's are trusted."""

    ca: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    verify: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Where the server is and how to convince it."""

    server: str
    authorization: str = field(default="", repr=False)
    """The whole header: `Bearer …`, or `Basic …`."""
    material: Material = field(default_factory=Material, repr=False)
    server_name: str = ""
    """The name the server's certificate must have, where that is not the URL's."""
    proxy: str = field(default="", repr=False)


def context_for(material: Material) -> ssl.SSLContext:
    """Make the TLS context; raises SSLError or ValueError when a text is not usable PEM."""
    if material == Material():
        return _of_the_system()
    context = ssl.create_default_context(cadata=material.ca or None)
    # Private CAs of clusters are often older than the strictness of RFC 5280 that newer Pythons add.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    if not material.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if material.certificate:
        with _as_file(material.certificate) as certificate, _as_file(material.key) as key:
            context.load_cert_chain(certificate, key)
    return context


@cache
def _of_the_system() -> ssl.SSLContext:
    # A megabyte each: shared by all clusters that have no CA of their own.
    return ssl.create_default_context()


@contextmanager
def _as_file(text: str) -> Iterator[str]:
    """OpenSSL reads certificates from files only: this one is memory, with a name in /proc."""
    descriptor = os.memfd_create("fleethub")
    try:
        os.write(descriptor, text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
