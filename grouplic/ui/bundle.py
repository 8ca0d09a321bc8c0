"""The built frontend made fit to serve: any port, and a strict Content-Security-Policy."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from reflex_base.plugins.base import Plugin

from grouplic.http.security import page_of

# Stands in the bundle where the backend's address belongs, until the build is done.
PLACEHOLDER_ORIGIN = "http://grouplic.invalid"
HASHES_FILE = "script-hashes.json"

_ADDRESS = re.compile(
    r"""(?P<quote>["'`])(?P<scheme>http|ws)://grouplic\.invalid(?P<path>/[^"'`]*)(?P=quote)"""
)
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(?P<code>.*?)</script>", re.DOTALL)


class BundlePlugin(Plugin):
    """Lets the bundle follow the page's own origin, and hashes each page's inline scripts."""

    def post_build(self, **context: Any) -> None:
        """Patch the files of the production build; raises when they are not as expected."""
        folder = Path(context["static_dir"])
        patched = sum(_follow_origin(file) for file in folder.rglob("*.js"))
        if not patched:
            raise RuntimeError("The bundle names no backend address: the build has changed.")
        hashes: dict[str, set[str]] = {}
        for file in folder.rglob("*.html"):
            page = page_of("/" + file.relative_to(folder).as_posix())
            hashes.setdefault(page, set()).update(_hashes(file))
        listed = {page: sorted(codes) for page, codes in sorted(hashes.items())}
        (folder.parent / HASHES_FILE).write_text(json.dumps(listed, indent=1))


def _follow_origin(file: Path) -> int:
    text = file.read_text(encoding="utf-8")
    changed, count = _ADDRESS.subn(_expression, text)
    if "grouplic.invalid" in changed:
        raise RuntimeError(f"{file.name} names the backend in a way that is not understood.")
    if count:
        file.write_text(changed, encoding="utf-8")
    return count


def _expression(match: re.Match[str]) -> str:
    # "ws" + "s://host" where the page came by https: the same replacement fits both schemes.
    if match["scheme"] == "ws":
        return f'(location.origin.replace(/^http/,"ws")+"{match["path"]}")'
    return f'(location.origin+"{match["path"]}")'


def _hashes(file: Path) -> list[str]:
    scripts = _INLINE_SCRIPT.findall(file.read_text(encoding="utf-8"))
    return [
        f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
        for code in scripts
    ]
