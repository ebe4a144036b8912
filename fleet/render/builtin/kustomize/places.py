"""What a reference in a kustomization leads to: a path of the repository, or a reason why it is refused."""

from __future__ import annotations

import posixpath
import re

# What kustomize takes for an address rather than a path (api/internal/git/repospec.go), and what looks meant as one.
_REMOTE = re.compile(
    r"""
      [a-z][a-z0-9+.-]*://          # https, ssh, file, git, oci
    | git::
    | (?:gh|github\.com|gitlab\.com|bitbucket\.org)[:/]
    | [^/@\s]*@[^/\s]+[:/]          # git@host:path
    | .*[?&](?:ref|version|timeout|submodules|depth)=
    | .*/_git/
    | .*\.git(?:$|//|\?)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LIKE_A_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/", re.IGNORECASE)


def landing(directory: str, reference: str) -> tuple[str | None, str]:
    """Give the path a reference in a directory leads to; or None, and why it is refused."""
    if _REMOTE.match(reference):
        return None, f"{reference} is remote; nothing is fetched to render: copy it into the repository"
    if reference.startswith("/"):
        return None, f"{reference} is absolute; write it from here, inside the repository"
    path = posixpath.normpath(posixpath.join(directory, reference))
    if path == ".." or path.startswith("../"):
        return None, f"{reference} leads out of the repository"
    return "" if path == "." else path, ""


def missing(reference: str) -> str:
    """Say that nothing is there, and what may have been meant."""
    if _LIKE_A_HOST.match(reference):
        return f"{reference} is not in the repository; if it is remote: nothing is fetched to render, copy it into the repository"
    return f"{reference} does not exist"


def is_inline(text: str) -> bool:
    """Tell whether a patch stands here itself, rather than the path of its file."""
    return "\n" in text or text.lstrip().startswith(("{", "[")) or ": " in text
