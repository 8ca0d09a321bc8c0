"""Signing in as people do it: at once, before the page has heard from the server."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from grouplic.demo import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_whoever_is_quicker_than_the_page_still_gets_where_they_wanted(
    person: Callable[..., Page],
) -> None:
    page = person()
    page.route_web_socket(re.compile("/_event"), lambda socket: None)  # it never answers
    page.goto("/sign-in?next=/my-teaching")
    page.get_by_label("Email").fill("alice@northlab.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/my-teaching/?$"))
