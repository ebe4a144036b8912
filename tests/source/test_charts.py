"""Charts of repositories, from a real OCI registry and a real HTTP repository: by version and digest, fetched once."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.errors import ChartChanged, ChartMissing, ChartRepositoryUnknown, ChartUnreachable
from fleet.model.charts import ChartRepository, LockedChart, lock_text, read_lock, wanted_chart
from fleet.source.charts import ChartStore, resolved
from tests.source.shops import Shop, http_repository, oci_registry, packaged, secret, taken


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged charts."""
    return packaged(tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="module", params=["http", "oci"])
def shop(request: pytest.FixtureRequest, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Either repository."""
    opened = http_repository(packages) if request.param == "http" else oci_registry(packages, tmp_path_factory.mktemp("oci"))
    with opened as found:
        yield found


def lock(shop: Shop, version: str) -> LockedChart:
    return resolved(wanted_chart(f"{shop.repository.url}/", "web", version), shop.repository, secret)


def store(directory: Path, *shops: Shop) -> ChartStore:
    return ChartStore(directory, [shop.repository for shop in shops], secret=secret, seconds=60)


# What people write: in an Application's targetRevision, a HelmRelease's or a dependency's version.
RANGES = ("1.2.0+build.5", "1.0.x || 3.x", "~1.0", "*", "1.0.0 - 1.1", "!=1.2.0", ">=2.0.0-0", "latest")
LOOSE = ("1", "v1.2.0")
"""Ranges too, but Helm asks a registry for a tag of exactly that name."""


def test_a_range_is_locked_to_the_version_that_helm_takes_and_to_its_content(shop: Shop, packages: Path, tmp_path: Path) -> None:
    for wanted in (*RANGES, *(() if shop.repository.url.startswith("oci://") else LOOSE)):
        version = taken(shop, wanted, tmp_path)
        if not version:
            with pytest.raises(ChartMissing, match=re.escape(f"no chart web {wanted} in")):
                lock(shop, wanted)
            continue
        locked = lock(shop, wanted)
        assert (wanted, locked.version) == (wanted, version)
        assert locked.digest == f"sha256:{_sha256(packages / f'web-{version}.tgz')}"


async def test_a_chart_is_fetched_once_and_afterwards_nobody_is_asked(shop: Shop, tmp_path: Path, packages: Path) -> None:
    locked = lock(shop, "1.0.0")
    charts = store(tmp_path, shop)
    found = await asyncio.gather(*(charts.package(locked) for _ in range(5)))
    assert set(found) == {(packages / "web-1.0.0.tgz").read_bytes()}
    assert charts.fetched == 1
    shop.asked.clear()
    assert await store(tmp_path).package(locked) == found[0]
    assert shop.asked == []


async def test_other_content_than_was_locked_is_refused_and_not_kept(shop: Shop, tmp_path: Path) -> None:
    locked = lock(shop, "1.0.0")
    other = LockedChart(locked.wanted, locked.version, lock(shop, "1.2.0").digest if shop.asked else "sha256:" + "0" * 64)
    with pytest.raises(ChartChanged if shop.asked else ChartUnreachable):
        await store(tmp_path, shop).package(other)
    assert [*tmp_path.iterdir()] == []


async def test_a_damaged_file_is_fetched_anew(shop: Shop, tmp_path: Path) -> None:
    locked = lock(shop, "1.0.0")
    content = await store(tmp_path, shop).package(locked)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(content[:-1])
    assert await store(tmp_path, shop).package(locked) == content
    assert kept.read_bytes() == content


async def test_what_is_not_there_or_not_configured_is_said_by_name(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(ChartMissing, match=r"no chart web 3\.x"):
        lock(shop, "3.x")
    with pytest.raises(ChartRepositoryUnknown, match="Name it under charts"):
        await store(tmp_path).package(lock(shop, "1.0.0"))
    nobody = ChartRepository(url=shop.repository.url)
    with pytest.raises(ChartUnreachable, match="HTTP 401"):
        resolved(wanted_chart(nobody.url, "web", "1.0.0"), nobody, secret)


def test_the_lock_is_the_same_text_whatever_the_order_and_reads_back() -> None:
    charts = [LockedChart(wanted_chart("https://a/", name, "1.x"), "1.2.0", "sha256:" + "0" * 64) for name in ("b", "a")]
    assert lock_text(charts) == lock_text(reversed(charts))
    rows = [
        {"repository": "https://a", "name": each.wanted.name, "wanted": "1.x", "version": "1.2.0", "digest": each.digest}
        for each in charts
    ]
    assert set(read_lock({"charts": rows}).values()) == set(charts)
    with pytest.raises(ValueError, match="is no digest"):
        read_lock({"charts": [{**rows[0], "digest": "sha256:1"}]})


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
