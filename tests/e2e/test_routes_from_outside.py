"""Every HTTP route knocked at as nobody."""

import http.client
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.e2e

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(site: str, path: str, body: bytes, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    connection.request("POST", path, body, {**_FORM, **headers})
    answer = connection.getresponse()
    answer.read()
    return answer


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("sign-in", "/sign-in"),
        ("sign-up", "/sign-up"),
        ("forgot-password", "/forgot-password"),
        ("reset-password", "/reset-password"),
        ("verify-email", "/verify-email"),
        ("redeem", "/redeem"),
        ("join", "/join/"),
        ("change-password", "/account"),
        ("sign-out-everywhere", "/account"),
        ("change-email", "/account"),
        ("confirm-email", "/confirm-email"),
        ("delete-account", "/account"),
    ],
)
def test_an_empty_form_of_nobody_goes_back_to_its_page_without_a_session(
    site: str, form: str, page: str
) -> None:
    answer = post(site, f"/auth/{form}", b"")

    assert (answer.status, answer.headers["location"]) == (303, page)
    cookies = answer.headers.get_all("set-cookie") or []
    assert [cookie.split("=")[0] for cookie in cookies] == ["grouplic_flash"]


def test_a_webhook_nobody_signed_is_refused_and_a_huge_one_is_not_read(site: str) -> None:
    assert post(site, "/webhooks/stripe", b"{}").status == 400
    assert post(site, "/webhooks/stripe", b"x" * 999_000).status == 413


@pytest.mark.parametrize(
    "path",
    [
        "/keys/x/unused.csv",
        "/keys/x/unused.pdf",
        "/keys/x/join-link.svg",
        "/uploads/x/problems.csv",
        "/reports/x/learners.csv",
        "/reports/x/learners.xlsx",
        "/reports/x/report.pdf",
    ],
)
def test_nobody_downloads_a_groups_files(site: str, path: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (401, b"Please sign in first.")


@pytest.mark.parametrize("path", ["/media/x/y.svg", "/account/data.json"])
def test_nobody_is_handed_a_learners_files(site: str, path: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (401, b"Please sign in first.")


def test_nobody_studies(site: str) -> None:
    beat = b'{"module": "x", "lesson": "y", "seconds": 15, "position": 0}'
    assert post(site, "/study/beat", beat).status == 401
    assert post(site, "/study/beat", b"[]").status == 422
    assert post(site, "/study/beat", b"x" * 2_000).status == 413


def test_a_quote_that_is_not_there_is_no_file(site: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    connection.request("GET", "/quotes/x/quote.pdf")
    assert connection.getresponse().status == 404


def test_nobody_uploads(site: str) -> None:
    assert post(site, "/uploads/x", b"").status == 401


def test_the_local_payment_page_wants_its_key(site: str) -> None:
    assert post(site, "/local-stripe/v1/customers", b"email=x").status == 401
