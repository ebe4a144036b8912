"""From the operator's file to a FleetConfig, or to every error in it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fleet.config.charts import read_charts
from fleet.config.clusters import read_clusters
from fleet.config.section import Problems, Section
from fleet.config.settings import Settings, read_settings
from fleet.config.source import read_source
from fleet.config.words import is_label, placed, reference
from fleet.errors import ConfigError, ConfigInvalid, YamlError
from fleet.k8syaml import load_documents
from fleet.model.charts import ChartRepository
from fleet.model.cluster import Cluster, Registered, SecretRef
from fleet.model.source import Source

_LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})
_STATE = "/var/lib/fleet"  # Filesystem Hierarchy Standard 5.8: what a program keeps between its runs


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetConfig:
    """The registry: what the operator says, complete and checked."""

    fleet: str
    source: Source
    state: Path
    database: SecretRef | None = None
    """Where the database's URL is; None: SQLite in the state directory."""
    listen: str = ""
    """`HOST:PORT` of this machine on which questions are answered; empty: only on the socket."""
    plugins: tuple[str, ...] = ()
    """Modules, or paths of Python files."""
    clusters: tuple[Cluster, ...]
    charts: tuple[ChartRepository, ...] = ()
    """The repositories that charts may come from."""
    settings: Settings = field(default_factory=Settings)
    file: Path

    @property
    def registered(self) -> Registered:
        """What declarations may name: computed anew, from every cluster, each time it is asked for."""
        return Registered.of(self.clusters, urls=self.source.urls, branch=self.source.branch)


def load_config(path: Path) -> FleetConfig:
    """Read the registry; raises ConfigInvalid with all errors, in the order of their lines."""
    try:
        text = path.read_bytes()
        documents = load_documents(text, file=str(path))
    except OSError as error:
        raise _invalid(path, [_error(path, 1, f"it cannot be read ({error.strerror}): name it with --config FILE")]) from error
    except YamlError as error:
        raise _invalid(path, [_error(path, error.line, str(error).partition(": ")[2])]) from error
    if len(documents) != 1:
        line = documents[1].line if documents else 1
        raise _invalid(path, [_error(path, line, f"one YAML document is expected, and there are {len(documents)}")])
    problems = Problems(path, text)
    config = _read(Section(documents[0].value, "", problems), path)
    if problems.errors:
        raise _invalid(path, problems.errors)
    return config


def _read(top: Section, path: Path) -> FleetConfig:
    rule = "a DNS label (lower case letters, digits and -, at most 63 characters)"
    if not top.has("source"):
        top.missing("source", "{url: https://git.example.com/platform/fleet.git}")
    source = read_source(top.section("source")) if top.has("source") else Source(url="/")
    config = FleetConfig(
        fleet=top.checked("fleet", example="acme", rule=rule, holds=is_label),
        source=source,
        state=placed(top.text("state", default=_STATE), top.problems.directory),
        database=_database(top),
        listen=_listen(top),
        plugins=top.texts("plugins"),
        clusters=read_clusters(top, file=str(path), tree=source.path),
        charts=tuple(read_charts(_sections(top, "charts"))),
        settings=read_settings(top.section("settings")),
        file=path,
    )
    top.done()
    return config


def _sections(top: Section, name: str) -> list[Section]:
    return [Section(value, f"{top.at(name)}/{number}", top.problems) for number, value in enumerate(top.items(name))]


def _database(top: Section) -> SecretRef | None:
    written = top.text("database", default="sqlite")
    if written == "sqlite":
        return None
    found = reference(written, directory=top.problems.directory)
    if found is None:
        top.error("database", "database must be sqlite, or a reference to its URL: write database: env:FLEET_DATABASE_URL")
    return found


def _listen(top: Section) -> str:
    """Only an address of this machine: whoever reaches it may ask, and nobody is asked who they are."""
    written = top.text("listen")
    host, _, port = written.rpartition(":")
    sound = host in _LOOPBACK and port.isdecimal() and 0 < int(port) < 65536
    if written and not sound:
        top.error("listen", f"listen {written!r} is not an address of this machine with a port: write listen: 127.0.0.1:8080")
    return written if sound else ""


def _error(path: Path, line: int, message: str) -> ConfigError:
    return ConfigError(file=str(path), line=line, message=message)


def _invalid(path: Path, errors: Sequence[ConfigError]) -> ConfigInvalid:
    return ConfigInvalid(file=str(path), count=len(errors), errors=tuple(errors))
