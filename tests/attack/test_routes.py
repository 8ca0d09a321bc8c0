"""Every HTTP route: anything at all, from elsewhere, with the headers that every answer has."""

import re
import secrets
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from grouplic.grouplic import _routes
from grouplic.http.posted import local_path
from grouplic.services.group_settings import rename_group
from grouplic.services.outside import Outside
from tests.attack.stage import browser
from tests.attack.tenants import Tenants, changed, rows
from tests.attack.test_anything_at_every_door import odd_values
from tests.outside import SITE

PASSWORD = "tulip anchor meadow 42"
FRANK = {"email": "frank@people.org", "first_name": "Frank", "last_name": "Marsh"}
# What machines post, signed or by a token in the address, comes from no page.
_BY_MACHINES = {"/webhooks/stripe"}
_FIELDS = ("email", "password", "current", "next", "key", "token", "first_name", "last_name")


def routes_of(outside: Outside, method: str) -> list[str]:
    """Return the addresses of every route that takes this method, with nonsense for its parts."""
    return [
        re.sub(r"{\w+(:\w+)?}", "x", route.path)
        for route in _routes(outside)
        if isinstance(route, Route) and method in (route.methods or ())
    ]


def test_nothing_is_posted_from_another_site(site: Outside, tenants: Tenants) -> None:
    posts = [path for path in routes_of(site, "POST") if path not in _BY_MACHINES]
    assert len(posts) > 15
    before = rows(site.database)  # type: ignore[arg-type]
    for path in posts:
        for header in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": f"{SITE}.evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            alice = browser(site, tenants.cookie("alice"), **header)
            assert alice.post(path, data={"current": "x"}).status_code == 403, (path, header)
    assert changed(before, rows(site.database)) == []  # type: ignore[arg-type]


def test_every_answer_has_the_headers(site: Outside) -> None:
    for method in ("GET", "POST"):
        for path in [*routes_of(site, method), "/nowhere", "/_upload"]:
            headers = browser(site).request(method, path).headers
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["x-frame-options"] == "DENY", path
            assert "frame-ancestors 'none'" in headers[
                "content-security-policy"
            ] or path.startswith("/media")
            assert "referrer-policy" in headers, path
            assert headers["cross-origin-opener-policy"] == "same-origin", path
            assert "cache-control" in headers, path
            assert "access-control-allow-origin" not in headers, path


def test_a_session_cookie_is_for_the_site_alone(site: Outside) -> None:
    answer = browser(site).post("/auth/sign-up", data={**FRANK, "password": PASSWORD})
    refused = browser(site).post("/auth/sign-in", data={**FRANK, "password": "wrong"})

    for cookie in (answer.headers["set-cookie"], refused.headers["set-cookie"]):
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()
        assert "domain=" not in cookie.lower()
        assert "path=/" in cookie.lower()
    assert len(answer.cookies["grouplic"]) >= 43  # 256 bits


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
        "javascript:alert(1)", "/\t/evil.example", "/\r\nLocation: https://evil.example",
        " //evil.example", "///evil.example", "/%5Cevil.example/..//", "http:evil.example",
        "/auth/sign-out", "https:/evil.example", "\u2028//evil.example", "/\u0000//evil.example",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["sign-in", "sign-up", "forgot-password"])
def test_no_form_leads_to_another_site(site: Outside, form: str, elsewhere: str) -> None:
    visitor = browser(site)
    if form == "sign-in":
        browser(site).post("/auth/sign-up", data={**FRANK, "password": PASSWORD})
    fields = {**FRANK, "password": PASSWORD, "next": elsewhere}
    for answer in (
        visitor.post(f"/auth/{form}", data=fields),
        visitor.post(
            f"/auth/{form}",
            data={**FRANK, "password": PASSWORD, "email": "no address"},
            headers={"Referer": f"{SITE}/sign-in?next={elsewhere!r}"},
        ),
    ):
        where = answer.headers["location"]
        # A path of ours, in which what looks like an address is just a name.
        assert re.match(r"/[a-z%]", where), where
        assert not re.search(r"[\r\n\\]", where)


@given(st.text(max_size=40) | st.text("/\\.:@%\t\n evil", max_size=12))
def test_a_path_of_ours_stays_ours_whatever_is_asked(path: str) -> None:
    led = local_path(path)
    assert led.startswith("/")
    assert not re.match(r"/[/\\]|.*[\x00-\x1f\\]", led)


def _forms() -> st.SearchStrategy[dict[str, Any]]:
    texts = odd_values.map(lambda one: one if isinstance(one, str) else repr(one)[:2000])
    return st.dictionaries(st.sampled_from(_FIELDS) | st.text(max_size=8), texts, max_size=8)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(form=_forms(), body=st.binary(max_size=200))
def test_anything_posted_anywhere_is_refused_in_words(
    site: Outside, tenants: Tenants, form: dict[str, Any], body: bytes
) -> None:
    _post_everywhere(site, tenants, form, body)


@pytest.mark.prove
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(form=_forms(), body=st.binary(max_size=2000))
def test_anything_posted_anywhere_for_hours(
    site: Outside, tenants: Tenants, form: dict[str, Any], body: bytes
) -> None:
    _post_everywhere(site, tenants, form, body)


def _post_everywhere(site: Outside, tenants: Tenants, form: dict[str, Any], body: bytes) -> None:
    clean = {
        key.encode("utf-8", "replace").decode(): str(value).encode("utf-8", "replace").decode()
        for key, value in form.items()
    }
    client = browser(site, tenants.cookie("charlie"))
    for path in routes_of(site, "POST"):
        if path in ("/auth/sign-out", "/auth/sign-out-everywhere"):
            continue
        for sent in ({"data": clean}, {"content": body}):
            kind = {"Content-Type": "application/json"} if "content" in sent else {}
            answer = client.post(path, headers=kind, **sent)  # type: ignore[arg-type]
            assert answer.status_code < 500, (path, form, body, answer.text)
            assert "Traceback" not in answer.text
            assert tenants.found_in(answer.text + answer.headers.get("location", "")) == []
    for path in routes_of(site, "GET"):
        odd = client.get(path, params={key: value[:300] for key, value in clean.items()})
        assert odd.status_code < 500, (path, clean, odd.text)


def test_a_name_of_a_group_writes_no_header(site: Outside, tenants: Tenants) -> None:
    alice = tenants.people["alice"]
    for name in (
        'a"; filename="evil.exe',
        "Straße ✓ 教室",
        "x" * 120,
        "..\\..\\x",
        "a;b,c%0d%0aX: y",
    ):
        with site.database.writing() as session:
            rename_group(session, tenants.group_id, name, alice.actor, site.clock())
        answer = browser(site, alice.cookie).get(f"/keys/{tenants.group_id}/unused.csv")
        disposition = answer.headers["content-disposition"]
        assert re.fullmatch(
            r'attachment; filename="[^"\\/;\r\n]*\.csv"; filename\*=UTF-8\'\'[\w.%~-]+', disposition
        ), disposition


def test_a_guess_at_a_name_is_no_name(site: Outside) -> None:
    assert browser(site, secrets.token_urlsafe(32)).get("/account/data.json").status_code == 401
