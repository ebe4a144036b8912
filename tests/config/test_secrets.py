"""A secret is read when it is asked for, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.config import resolve
from fleet.errors import SecretMissing
from fleet.model.cluster import SecretRef


def test_a_variable_is_read_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "one")
    first = resolve(SecretRef("env", "TOKEN"))
    monkeypatch.setenv("TOKEN", "two")
    assert [first, resolve(SecretRef("env", "TOKEN"))] == ["one", "two"]


def test_a_file_is_read_anew_each_time_without_its_last_newline(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(" one \n")
    first = resolve(SecretRef("file", str(file)))
    file.write_text("two")
    assert [first, resolve(SecretRef("file", str(file)))] == [" one ", "two"]


@pytest.mark.parametrize(
    "content, says",
    [
        pytest.param(None, "No such file", id="not there"),
        pytest.param(b"", "it is empty", id="empty"),
        pytest.param(b"hunter2\xff", "not a text in UTF-8", id="binary"),
    ],
)
def test_a_secret_that_cannot_be_read_is_an_error_that_names_the_reference_only(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SecretMissing, match=says) as caught:
        resolve(SecretRef("file", str(file)))
    assert f"file:{file}" in str(caught.value)
    assert "hunter2" not in f"{caught.value!r}{caught.value.__cause__!r}"


def test_a_variable_that_is_not_set_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    with pytest.raises(SecretMissing, match="TOKEN is not set"):
        resolve(SecretRef("env", "TOKEN"))
