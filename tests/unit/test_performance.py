"""Figures, plots and moments: pure rules."""

from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from uuid import UUID

import pytest

from grouplic.adapters.mail.rendering import render
from grouplic.domain.performance import Stand, median, percent, week_began
from grouplic.http.redaction import redact
from grouplic.services.outbox import Letter
from grouplic.services.plain_text import plain_text
from grouplic.services.plotting import cumulated, score_bins
from grouplic.services.reminder_needs import Need
from grouplic.ui.moments import show_ago, show_time
from grouplic.ui.plots import bars_of, line_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [({}, None), ({80: 1}, 80), ({10: 1, 90: 2}, 90), ({10: 2, 90: 2}, 10), ({100: 3, 0: 1}, 100)],
)
def test_the_median_is_a_value_that_occurs(counts: dict[int, int], expected: int | None) -> None:
    assert median(counts) == expected


def test_what_is_done_stays_done_when_lessons_are_added_and_no_lessons_are_nothing() -> None:
    assert percent(3, 5, Stand.DONE) == 100
    assert (percent(1, 3), percent(7, 5), percent(0, 0)) == (33, 99, 0)


@pytest.mark.parametrize(
    ("now", "began"),
    [
        (NOW, MONDAY),
        (MONDAY, MONDAY),
        (MONDAY - timedelta(seconds=1), MONDAY - timedelta(days=7)),
        (MONDAY + timedelta(days=6), MONDAY),
    ],
)
def test_a_week_begins_on_monday_at_six(now: datetime, began: datetime) -> None:
    assert week_began(now) == began


def test_scores_fall_into_tenths_and_a_hundred_is_with_the_last() -> None:
    bins = dict(score_bins({0: 1, 89: 2, 90: 1, 100: 4}))
    assert (bins["0–9"], bins["80–89"], bins["90–100"]) == (1, 2, 5)
    assert len(bins) == 10


def test_the_share_of_those_who_finished_rises_to_what_it_is() -> None:
    assert cumulated([3, 1, 3], 6) == [(0, 0.0), (1, 1 / 6), (3, 0.5)]
    assert cumulated([], 6) == []


def test_drawings_stay_inside_their_picture() -> None:
    bars = bars_of([("a", 0), ("b", 10), ("c", 5)])
    assert [bar.height for bar in bars] == [0, 150, 75]
    assert all(bar.x >= 0 and bar.x + bar.width <= 640 and bar.y >= 30 for bar in bars)
    assert line_of([(0, 0.0), (4, 0.5)]).path.startswith("M0 180")
    assert line_of([]).path == ""


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=2), "2 h ago"),
        (timedelta(hours=30), "yesterday"),
        (timedelta(days=9), "9 days ago"),
        (timedelta(days=100), "Aug 16, 2026"),
    ],
)
def test_moments_are_said_as_people_say_them(passed: timedelta, words: str) -> None:
    assert show_ago(NOW - passed, NOW) == words


def test_durations_are_said_as_people_say_them() -> None:
    assert [show_time(one) for one in (0, 20, 2040, 7500)] == ["–", "1 min", "34 min", "2 h 5 min"]


REMINDER = {
    "name": "Bob",
    "site": "https://learn.example",
    "group": "Autumn",
    "leader": "Alice Marsh",
    "modules": "Writing, due December 4, 2026\nPrivacy",
    "due": "December 4",
    "unsubscribe": "https://learn.example/unsubscribe/reminders/" + "g" * 36 + "/u/t",
}
WEEKLY = {
    **dict.fromkeys(
        ("learners", "joined", "active", "completions", "finished", "not_started", "stuck"), "3"
    ),
    "name": "Alice",
    "site": "https://learn.example",
    "group": "Autumn",
    "dashboard": "1",
    "week": "November 17 to November 24, 2026",
    "median": "84%",
    "hardest": "“Is it so?” (33% right)",
    "unsubscribe": REMINDER["unsubscribe"],
}


@pytest.mark.parametrize(
    ("template", "facts", "subject"),
    [
        ("reminder", {**REMINDER, "need": Need.NOT_STARTED}, "Your seat in Autumn is waiting"),
        ("reminder", {**REMINDER, "need": Need.STUCK}, "Go on where you stopped in Autumn"),
        ("reminder", {**REMINDER, "need": Need.OVERDUE}, "Overdue in Autumn"),
        ("reminder", {**REMINDER, "need": Need.DUE}, "Due on December 4: Writing"),
        ("weekly_summary", WEEKLY, "Autumn: 3 modules completed this week"),
    ],
)
def test_mails_that_nobody_has_to_take_say_how_to_end_them(
    template: str, facts: dict[str, str], subject: str
) -> None:
    letter = Letter(UUID(int=7), "bob@new.org", template, NOW, facts)
    data = render(letter, "Grouplic <hello@grouplic.example>").as_bytes(policy=policy.SMTP)
    parsed = BytesParser(policy=policy.default).parsebytes(data)

    assert parsed["Subject"] == subject
    assert parsed["List-Unsubscribe"] == f"<{facts['unsubscribe']}>"
    for part in parsed.iter_parts():
        assert facts["unsubscribe"] in part.get_content()


def test_a_prompt_is_read_without_its_marks() -> None:
    assert plain_text("Tests **10** of `a_b` by [us](https://x.org)\n& <you>") == (
        "Tests 10 of a_b by us & <you>"
    )
    assert plain_text("") == ""


def test_a_log_hides_what_would_unsubscribe_somebody() -> None:
    assert "secret" not in redact("GET /unsubscribe/reminders/01a2-b/01a2-c/secret-Token_1 303")
