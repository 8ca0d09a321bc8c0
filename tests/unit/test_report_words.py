"""How many learners a report lists, in words; and that it is asked for what the table shows."""

import re
from uuid import uuid4

import pytest

from grouplic.services.matrix import Cell, LearnerRow
from grouplic.services.reports import Part
from grouplic.ui.pages.learners_table import learners
from tests.conftest import NOW

NOTHING = Cell("not_started", 0, 0, None, 0, 0, None)
EVE = LearnerRow(uuid4(), "Eve Marsh", "eve@northlab.org", NOW, NOTHING, (), overdue=False)


@pytest.mark.parametrize(
    ("listed", "found", "in_all", "said"),
    [
        (0, 0, 6, "0 of 6"),
        (2, 2, 6, "2 of 6"),
        (6, 6, 6, "6 of 6"),
        (400, 10_000, 10_000, "the first 400 of 10,000"),
        (400, 3_333, 10_000, "the first 400 of 3,333 who fit, of 10,000 in all"),
    ],
)
def test_a_part_says_how_many_of_how_many_it_lists(
    listed: int, found: int, in_all: int, said: str
) -> None:
    assert Part((EVE,) * listed, found, in_all).how_many == said


def test_every_download_of_the_table_is_asked_for_what_the_table_shows() -> None:
    links = re.findall(
        r'"/(\w+\.(?:csv|xlsx|pdf))"\)\+\("\?"\+\w+\.(\w+)\)', str(learners().render())
    )

    assert [file for file, _ in links] == ["learners.csv", "learners.xlsx", "report.pdf"]
    assert all(query.startswith("query") for _, query in links)
