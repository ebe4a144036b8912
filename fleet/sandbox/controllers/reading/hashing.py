"""The hash of a template, in the alphabet of Kubernetes.

Kubernetes hashes its Go structs as they print, which nobody else can. Here the hash is of the template's JSON: other
values, the same form, and as stable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import orjson

# No vowels, no 0, 1 and 3: a hash must not become a word (apimachinery, util/rand).
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def hashed(content: Mapping[str, Any], collisions: int | None = None) -> str:
    """Hash it; `collisions`, counted in the owner's status, makes another hash of the same template."""
    salt = b"" if collisions is None else str(collisions).encode()
    digest = hashlib.blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS) + salt, digest_size=4).digest()
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(int.from_bytes(digest)))


def free_hash(content: Mapping[str, Any], collisions: int | None, *, is_taken: Callable[[str], bool]) -> str:
    """The first hash whose name is not another's: a StatefulSet and a DaemonSet may have both name and template in common."""
    first = hashed(content, collisions)
    if not is_taken(first):
        return first
    return next(each for number in count((collisions or 0) + 1) if not is_taken(each := hashed(content, number)))
