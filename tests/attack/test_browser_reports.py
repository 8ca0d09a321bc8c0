"""Reports of a browser's errors, which anyone can send: few from one address, each a short line."""

import logging
from dataclasses import replace

import pytest

from grouplic.adapters.attempt_limits import AttemptLimits
from grouplic.services.outside import Outside
from grouplic.ui.doors import REPORT
from tests.attack.stage import Tabs, new_tab, wired
from tests.coroutines import run

FORGED = "TypeError: x\n2026-01-01 ERROR forged \x1b[31m"


def report(number: int) -> None:
    """Send so many, each from a tab of its own."""

    async def work() -> None:
        async with Tabs().running() as tabs:
            for _ in range(number):
                payload = {"info": FORGED + "x" * 150_000, "component_stack": ""}
                heard = await tabs.knock(new_tab(), REPORT, payload)
                assert heard.bugs == []

    run(work())


def test_of_many_reports_few_are_logged_and_each_in_a_few_words_of_one_line(
    site: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("grouplic.ui.doors").disabled = False
    limits = AttemptLimits({"browser_reports_per_address": "3/hour"})
    with wired(replace(site, attempts=limits)):
        report(10)

    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 3
    for line in said:
        assert line.startswith("A browser reports: TypeError: x 2026-01-01 ERROR forged")
        assert line.isprintable()
        assert len(line) < 600
