"""Pictures of the main pages, light and dark, on a desktop and on a phone, into docs/gallery."""

import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from grouplic.demo import PASSWORD
from scripts.demo_site import ROOT, demo_site, launch, settled, sign_in

FOLDER = ROOT / "docs" / "gallery"
_SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
_COLORS = 128  # a palette is enough for flat pages, and makes a picture a third as large
_SANDBOX = "Look around in a sandbox group"


def _open(path: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(path)

    return go


def _dashboard(page: Page) -> None:
    page.goto("/my-teaching")
    page.get_by_role("link", name="Northlab autumn intake").click()
    page.wait_for_url("**/my-teaching/*-*")


def _users(page: Page, entry: str) -> None:
    _dashboard(page)
    settled(page)
    page.get_by_text("Users", exact=True).click()
    page.locator(".menu.users").get_by_role("link", name=entry).click()
    page.get_by_role("heading", name=entry, level=1).wait_for()


def _sandbox(page: Page) -> None:
    page.goto("/my-teaching")
    page.get_by_role("button", name=_SANDBOX).click()
    page.get_by_text("Throw it away").wait_for()


def _priced(page: Page) -> None:
    page.goto("/buy")
    page.locator(".check-card").first.click()
    page.locator("#total").wait_for()


def _lesson(page: Page) -> None:
    page.goto("/my-learning")
    page.get_by_role("link", name="Resume").first.click()
    page.locator(".prose").wait_for()
    # It opens where the learner stopped reading.
    page.evaluate("scrollTo(0, 0)")


def _certificate(page: Page) -> None:
    page.goto("/my-learning")
    page.get_by_role("link", name="Show").first.click()
    page.locator(".paper").wait_for()


# Each picture: its name, who looks ("" for a visitor), and the way there.
PICTURES: list[tuple[str, str, Callable[[Page], None]]] = [
    ("home", "", _open("/")),
    ("buy", "", _priced),
    ("redeem", "", _open("/redeem")),
    ("sign-in", "", _open("/sign-in")),
    ("help", "", _open("/help")),
    ("faq", "", _open("/help/group-license-faq")),
    ("operator", "olive@grouplic.example", _open("/operator/people")),
    ("my-teaching", "alice@northlab.example", _open("/my-teaching")),
    ("dashboard", "alice@northlab.example", _dashboard),
    ("keys", "alice@northlab.example", lambda page: _users(page, "Enrollment Key Codes")),
    ("invite", "alice@northlab.example", lambda page: _users(page, "Invite via Email")),
    ("upload", "alice@northlab.example", lambda page: _users(page, "Upload a CSV File")),
    ("sandbox", "alice@northlab.example", _sandbox),
    ("my-learning", "bo@northlab.example", _open("/my-learning")),
    ("lesson", "bo@northlab.example", _lesson),
    ("certificate", "bo@northlab.example", _certificate),
]


def main(folder: Path) -> None:
    """Take every picture into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for size in _SIZES:
            for theme in ("light", "dark"):
                # A site for each: what one round leaves behind is in no picture of the next.
                with demo_site() as site:
                    _take_round(browser, site, folder, size, theme)
        browser.close()
    total = sum(file.stat().st_size for file in folder.glob("*.png"))
    print(f"{len(list(folder.glob('*.png')))} pictures, {total / 1e6:.1f} MB, in {folder}")


def _take_round(browser: Browser, site: str, folder: Path, size: str, theme: str) -> None:
    for who in dict.fromkeys(one[1] for one in PICTURES):
        context = browser.new_context(
            base_url=site, locale="en-US", viewport=_SIZES[size], color_scheme=theme
        )
        page = context.new_page()
        if who:
            sign_in(page, who, PASSWORD, "/account")
        for name, looks, way in PICTURES:
            if looks == who:
                way(page)
                settled(page)
                _take(page, folder / f"{name}-{size}-{theme}.png")
        context.close()


def _take(page: Page, file: Path) -> None:
    page.screenshot(path=file, animations="disabled")
    with Image.open(file) as picture:
        flat = picture.convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE)
    flat.save(file, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
