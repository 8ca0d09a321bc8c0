"""Draws the video of a sample lesson: `python -m scripts.sample_video`, where ffmpeg is installed.

The pictures come from `address_video.html`, one for each tenth of a second. Its captions are
written by hand, beside the video.
"""

import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from scripts.demo_site import ROOT, launch

PAGE = Path(__file__).with_name("address_video.html")
VIDEO = ROOT / "catalog" / "phishing-passwords-and-you" / "media" / "who-owns-this-address.mp4"
_PER_SECOND = 10


def main() -> None:
    """Draw every picture in Chromium, and make the video of them."""
    with tempfile.TemporaryDirectory() as folder:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_page(viewport={"width": 960, "height": 540})
            page.goto(PAGE.as_uri())
            page.evaluate("document.fonts.ready")
            for number in range(int(page.evaluate("SECONDS") * _PER_SECOND)):
                page.evaluate("draw", number / _PER_SECOND)
                page.screenshot(path=f"{folder}/{number:04}.png")
            browser.close()
        subprocess.run(  # noqa: S603  (our own pictures, by a name we give)
            [
                *("ffmpeg", "-y", "-loglevel", "error", "-framerate", str(_PER_SECOND)),
                *("-i", f"{folder}/%04d.png", "-c:v", "libx264", "-preset", "veryslow"),
                *("-crf", "26", "-tune", "animation", "-pix_fmt", "yuv420p"),
                *("-movflags", "+faststart", str(VIDEO)),
            ],
            check=True,
        )


if __name__ == "__main__":
    main()
