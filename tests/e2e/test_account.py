"""The account page, in a browser: every section used once."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Postman
from tests.e2e.test_first_sale import PASSWORD, sign_up

pytestmark = pytest.mark.e2e


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in?next=/account")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_an_account_from_its_first_name_to_its_deletion(
    person: Callable[..., Page], post: Postman, site: str
) -> None:
    dora = person()
    dora.goto("/sign-up?next=/account")
    sign_up(dora, "Dora", "dora@account.org")
    dora.get_by_role("button", name="Create my account").click()

    # Another name, shown in the header at once.
    name = dora.get_by_label("First name")
    expect(name).to_have_value("Dora")
    name.fill("Theodora")
    dora.get_by_role("button", name="Save the name").click()
    expect(dora.get_by_text("Saved.")).to_be_visible()
    expect(dora.get_by_text("Theodora Marsh")).to_be_visible()

    # Another address: a wrong password changes nothing, the link does, the old address is told.
    email = dora.locator("section", has=dora.get_by_role("heading", name="Email"))
    email.get_by_label("New address").fill("dora@new-account.org")
    email.get_by_label("Your password").fill("wrong")
    email.get_by_role("button", name="Mail me a link").click()
    expect(dora.get_by_text("This is not your password.")).to_be_visible()
    email.get_by_label("New address").fill("dora@new-account.org")
    email.get_by_label("Your password").fill(PASSWORD)
    email.get_by_role("button", name="Mail me a link").click()
    expect(dora.get_by_text("We have mailed a link")).to_be_visible()
    mailed = post.text_for("dora@new-account.org")
    dora.goto(re.search(r"/confirm-email\?token=\S+", mailed)[0])
    dora.get_by_role("button", name="Use this address").click()
    expect(dora.get_by_text("Your account now uses the new address.")).to_be_visible()
    # The old address is told which one took its place.
    assert post.text_for("dora@account.org", "dora@new-account.org")

    # Another browser, signed out from this one.
    phone = person()
    sign_in(phone, "dora@new-account.org")
    expect(phone.get_by_text("This browser")).to_be_visible()
    dora.reload()
    dora.get_by_role("button", name="Sign out all others").click()
    expect(dora.get_by_role("button", name="Sign out all others")).to_have_count(0)
    phone.goto("/account")
    expect(phone).to_have_url(re.compile("/sign-in"))

    # One's own data, and the way out.
    with dora.expect_download() as download:
        dora.get_by_role("link", name="Download my data").click()
    data = json.loads(Path(download.value.path()).read_text())
    assert data["account"]["email"] == "dora@new-account.org"
    dora.get_by_text("I want to delete my account").click()
    way_out = dora.locator("section", has=dora.get_by_role("heading", name="Delete the account"))
    way_out.get_by_label("Your password").fill(PASSWORD)
    way_out.get_by_role("button", name="Delete my account for good").click()
    expect(dora.get_by_text("Your account is deleted.")).to_be_visible()
    sign_in(dora, "dora@new-account.org")
    expect(dora.get_by_text("do not fit together")).to_be_visible()
