"""The headers that every response carries."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from grouplic.http.security import SecurityHeaders, read_script_hashes


def _client(folder: Path, secure: bool = False) -> TestClient:
    (folder / "assets").mkdir()
    (folder / "assets" / "page-x1.js").write_text("1")
    (folder / "index.html").write_text("<p>")
    answer = Route("/auth/sign-in", lambda _: PlainTextResponse("no"), methods=["POST"])
    inner = Starlette(routes=[answer, Mount("/", StaticFiles(directory=folder, html=True))])
    hashes = {
        "/": ["'sha256-abc='"],
        "/help": ["'sha256-help='"],
        "/404": ["'sha256-none='"],
        "/__spa-fallback": ["'sha256-none='"],
    }
    wrapped = SecurityHeaders(inner, hashes, secure)
    return TestClient(wrapped, base_url="https://site.example" if secure else "http://site.example")


def test_scripts_are_ours_or_hashed(tmp_path: Path) -> None:
    policy = _client(tmp_path).get("/").headers["content-security-policy"].split("; ")

    assert "script-src 'self' 'sha256-none=' 'sha256-abc='" in policy
    assert "connect-src 'self' ws://site.example" in policy
    assert "frame-ancestors 'none'" in policy
    assert not any("unsafe-eval" in rule or "*" in rule for rule in policy)


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/help", " 'sha256-help='"),
        ("/help/", " 'sha256-help='"),
        ("/help/index.html", " 'sha256-help='"),
        ("/help.html", " 'sha256-help='"),
        ("/my-teaching/some-group", ""),
        ("/helpful", ""),
    ],
)
def test_a_page_may_run_its_own_scripts_and_those_of_no_other(
    tmp_path: Path, path: str, own: str
) -> None:
    policy = _client(tmp_path).get(path).headers["content-security-policy"].split("; ")

    assert policy[1] == f"script-src 'self' 'sha256-none='{own}"


@pytest.mark.parametrize(("secure", "scheme"), [(True, "wss"), (False, "ws")])
def test_https_is_kept_where_the_site_has_it(tmp_path: Path, secure: bool, scheme: str) -> None:
    headers = _client(tmp_path, secure).get("/").headers

    assert ("strict-transport-security" in headers) is secure
    assert f"{scheme}://site.example" in headers["content-security-policy"]


def test_a_host_cannot_write_into_the_policy(tmp_path: Path) -> None:
    answer = _client(tmp_path).get("/", headers={"Host": "x; script-src *"})

    assert "*" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/", "strict-origin-when-cross-origin"),
        ("/join/secret", "same-origin"),
        ("/redeem?key=secret", "same-origin"),
        ("/reset-password?token=secret", "same-origin"),
    ],
)
def test_an_address_with_a_secret_is_told_to_no_other_site(
    tmp_path: Path, path: str, policy: str
) -> None:
    assert _client(tmp_path).get(path).headers["referrer-policy"] == policy


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/assets/page-x1.js", "public, max-age=31536000, immutable"),
        ("/assets/gone.js", "no-store"),
        ("/", "no-cache"),
    ],
)
def test_how_long_a_browser_keeps_it(tmp_path: Path, path: str, kept: str) -> None:
    assert _client(tmp_path).get(path).headers["cache-control"] == kept


def test_an_answer_to_one_person_is_not_kept(tmp_path: Path) -> None:
    assert _client(tmp_path).post("/auth/sign-in").headers["cache-control"] == "no-store"


def test_before_the_first_build_there_are_no_hashes(tmp_path: Path) -> None:
    assert read_script_hashes(tmp_path / "none.json") == {}
