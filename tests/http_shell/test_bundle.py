"""After the build: the address follows the page, the inline scripts are hashed."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from grouplic.ui.bundle import HASHES_FILE, BundlePlugin

SOCKET = 'a={EVENT:"ws://grouplic.invalid/_event",PING:`http://grouplic.invalid/ping`}'


def _build(folder: Path, script: str, page: str = "<p>") -> Path:
    client = folder / "client"
    client.mkdir(exist_ok=True)
    (client / "env.js").write_text(script)
    (client / "index.html").write_text(page)
    BundlePlugin().post_build(static_dir=client)
    return client


def test_the_address_follows_the_page(tmp_path: Path) -> None:
    script = (_build(tmp_path, SOCKET) / "env.js").read_text()

    assert 'EVENT:(location.origin.replace(/^http/,"ws")+"/_event")' in script
    assert 'PING:(location.origin+"/ping")' in script


@pytest.mark.parametrize(
    "script",
    ["a='/_event'", SOCKET + ';b="http://grouplic.invalid"', SOCKET + "//grouplic.invalid"],
)
def test_a_bundle_of_another_shape_fails_the_build(tmp_path: Path, script: str) -> None:
    with pytest.raises(RuntimeError):
        _build(tmp_path, script)


def test_inline_scripts_are_hashed_by_page_and_others_are_not(tmp_path: Path) -> None:
    help_page = tmp_path / "client" / "help"
    help_page.mkdir(parents=True)
    (help_page / "index.html").write_text("<script>help()</script>")
    _build(tmp_path, SOCKET, '<script>go()</script><script src="/a.js"></script>')

    assert json.loads((tmp_path / HASHES_FILE).read_text()) == {
        "/": [_hash("go()")],
        "/help": [_hash("help()")],
    }


def _hash(code: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
