"""Builds the frontend when something it is made of has changed."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from grouplic.settings import settings

_ROOT = Path(__file__).parent.parent
_MADE_OF = (
    "grouplic/ui",
    "grouplic/grouplic.py",
    "assets",
    "help",
    "rxconfig.py",
    "reflex.lock",
    "requirements/app.txt",
)
_OUTPUT = _ROOT / ".web" / "build" / "client" / "index.html"
_STAMP = _ROOT / ".web" / "build" / "fingerprint"


class BuildFailed(Exception):
    """The frontend could not be built; its output was shown."""


def build_if_changed() -> bool:
    """Build the frontend unless the last build is of the same files; return whether it was built.

    Several processes may ask at once: one builds, the others wait for it.
    """
    lock_file = _ROOT / ".web.lock"
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fingerprint = _fingerprint()
        if _OUTPUT.exists() and _STAMP.exists() and _STAMP.read_text() == fingerprint:
            return False
        # A build that fails halfway leaves files that no stamp may vouch for.
        _STAMP.unlink(missing_ok=True)
        _build()
        # Of the files as they were: one that changed meanwhile is built the next time.
        _STAMP.write_text(fingerprint)
        return True


def _build() -> None:
    environment = {**os.environ, "REFLEX_USE_NPM": "1"}
    # Who asks may be serving or testing the app, which compiles nothing by itself; a build does.
    environment.pop("__REFLEX_SKIP_COMPILE", None)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    # The registry this machine is set up for; otherwise the framework tries several.
    npm = ["npm", "config", "get", "registry"]
    registry = subprocess.run(npm, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    environment.setdefault("NPM_CONFIG_REGISTRY", registry.stdout.strip())
    # The lock names versions and checksums, and not whichever registry they came from here.
    environment.setdefault("NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED", "true")
    done = subprocess.run(
        [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"],
        cwd=_ROOT,
        env=environment,
        check=False,
    )
    if done.returncode:
        raise BuildFailed(f"Building the frontend ended with {done.returncode}.")


def _fingerprint() -> str:
    digest = hashlib.sha256()
    digest.update(str(settings().in_production).encode())  # some pages are for development only
    for file in (*_sources(), *_catalog()):
        digest.update(os.path.relpath(file, _ROOT).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in _MADE_OF:
        path = _ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in files if file.is_file() and file.suffix != ".pyc")


def _catalog() -> Iterator[Path]:
    # The start page shows the modules; their pictures and films are not built in.
    folder = _ROOT / settings().catalog_dir
    yield from sorted(file for kind in ("toml", "md") for file in folder.rglob(f"*.{kind}"))
