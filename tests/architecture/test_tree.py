"""What is committed holds for everybody: no machine's paths, no registry's host, no dead link."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import PurePosixPath

from fleet import errors
from tests.architecture.borders import imports, within
from tests.architecture.error_page import kinds
from tests.architecture.sources import ROOT, files, modules, texts

# Somebody's own folder, or a note that something is still to be done.
PERSONAL = re.compile(r"(?<![\w.}/-])/(?:home|root|work|Users)/\w|\b(?:T[O]DO|F[I]XME)\b")
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")
GENERATED = frozenset({".lock", ".sum", ".json"})


def markdown() -> dict[PurePosixPath, str]:
    return {path: text for path, text in texts() if path.suffix == ".md"}


def linked(page: PurePosixPath, text: str) -> set[PurePosixPath]:
    """Give the files a page links to, from the repository's root."""
    return {PurePosixPath(*resolved(page.parent / target)) for target in LINK.findall(text)}


def resolved(path: PurePosixPath) -> list[str]:
    parts: list[str] = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return parts


def test_nothing_names_somebodys_machine_or_leaves_a_note() -> None:
    found = [
        f"{path}:{number} {match.group()}"
        for path, text in texts()
        if path.suffix not in GENERATED
        for number, line in enumerate(text.splitlines(), 1)
        if (match := PERSONAL.search(line))
    ]
    assert found == []


def test_the_lock_files_name_no_host_and_hash_everything() -> None:
    locks = {str(path): text for path, text in texts() if path.match("requirements*.lock")}
    assert set(locks) == {"requirements.lock", "requirements-go.lock"}
    assert [name for name, text in locks.items() if "://" in text or "index" in text] == []
    pinned = [line for text in locks.values() for line in text.splitlines() if line[:1].isalpha()]
    assert [line for line in pinned if "==" not in line or not line.endswith("\\")] == []


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed, more = project["dependencies"], project["optional-dependencies"]["dev"]
    # fleet.testing runs in the pytest of whoever imports it.
    assert undeclared("fleet", given=[*needed, *project["optional-dependencies"]["testing"]]) == set()
    assert undeclared("tests", given=[*needed, *more]) == set()


def undeclared(top: str, *, given: list[str]) -> set[str]:
    """The libraries that the files of a folder import and that no declared distribution brings."""
    known = {re.match(r"[\w-]+", each).group().lower().replace("_", "-") for each in given}  # type: ignore[union-attr]
    brings = packages_distributions()
    used = {name.partition(".")[0] for module in modules(top) for _, name in imports(module)}
    ours = {"fleet", "tests", "__future__"}
    libraries = used - set(sys.stdlib_module_names) - ours
    return {name for name in libraries if not known & {each.lower().replace("_", "-") for each in brings.get(name, ())}}


def test_every_link_between_pages_leads_somewhere() -> None:
    links = [(page, to) for page, text in markdown().items() for to in linked(page, text)]
    dead = [f"{page} → {to}" for page, to in links if not (ROOT / to).exists()]
    assert dead == []


def test_every_page_of_the_documentation_is_reached_from_its_index() -> None:
    pages = {page: linked(page, text) for page, text in markdown().items()}
    reached, ahead = set[PurePosixPath](), [PurePosixPath("docs/README.md")]
    while ahead:
        page = ahead.pop()
        if page not in reached:
            reached.add(page)
            ahead.extend(to for to in pages.get(page, set()) if to.suffix == ".md")
    assert sorted(str(page) for page in pages if page.parts[0] == "docs" and page not in reached) == []


def test_every_error_says_in_its_docstring_what_the_user_reads() -> None:
    assert [kind.__name__ for kind in kinds() if not vars(kind).get("__doc__")] == []


def test_every_error_is_imported_from_the_door_of_errors() -> None:
    assert [kind.__name__ for kind in kinds() if getattr(errors, kind.__name__, None) is not kind] == []


def test_every_error_of_ours_stands_in_errors() -> None:
    ours = {kind.__name__ for kind in kinds()}
    elsewhere = [
        module.at(node.lineno)
        for module in modules("fleet")
        if module.folder != "errors"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        if {ast.unparse(parent).rpartition(".")[2] for parent in node.bases} & {*ours, "Exception"}
    ]
    assert elsewhere == []


def test_others_import_errors_from_the_door_only() -> None:
    found = [
        f"{module.at(line)} imports {name}"
        for module in modules("fleet", "plugins", "tests")
        if module.folder != "errors"
        for line, name in imports(module)
        if within(name, "fleet.errors") and name.count(".") > 2
    ]
    assert found == []


def test_the_files_a_newcomer_looks_for_are_there() -> None:
    wanted = "README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE clusters.example.yaml fleet/py.typed".split()
    assert [name for name in wanted if PurePosixPath(name) not in files()] == []
