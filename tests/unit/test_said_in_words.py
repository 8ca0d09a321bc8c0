"""Sentences that are made from figures: each way to say it, and where one gives way to the next."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from grouplic.domain import answers
from grouplic.domain.groups import Group
from grouplic.domain.performance import Stand
from grouplic.domain.quizzes import QuestionKind
from grouplic.domain.terms import Term
from grouplic.services.hard_questions import HardQuestion
from grouplic.services.insights import Finish, Insights, Stop
from grouplic.services.learning import ModuleCard
from grouplic.services.leaving import Leaving
from grouplic.services.performance import Class, Figures
from grouplic.services.wording import show_term
from grouplic.ui.pages.learning import quiz_so_far

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def insights(
    learners: int = 0,
    days: tuple[int, ...] = (),
    before: int = 0,
    median_score: int | None = None,
    stuck: tuple[int, ...] = (),
    right_of_ten: int | None = None,
) -> Insights:
    """What the page draws of a class of so many."""
    hardest = () if right_of_ten is None else (HardQuestion("Writing", "?", 10, right_of_ten, ()),)
    stands = Counter({str(Stand.STUCK): sum(stuck), str(Stand.DONE): learners})
    scores = {} if median_score is None else {median_score: 1}
    return Insights(
        klass=Class(Group(name="A class", created_at=NOW), (), NOW),
        figures=Figures(stands, scores),
        modules=(),
        stops=tuple(Stop("Writing", f"Lesson {at}", many) for at, many in enumerate(stuck, 1)),
        questions=hardest,
        finishes=(
            *(Finish(0, before=True) for _ in range(before)),
            *(Finish(one) for one in days),
        ),
    )


@pytest.mark.parametrize(
    ("learners", "days", "said"),
    [
        (4, (), "Nobody has finished all modules yet"),
        (4, (3,), "1 of 4 has finished, within 3 days"),
        (4, (9, 1), "Half finished within 9 days"),
        (3, (5, 1), "Half finished within 5 days"),
        (9, (7, 2, 4), "3 of 9 have finished, half of them within 4 days"),
    ],
)
def test_how_fast_a_class_finishes(learners: int, days: tuple[int, ...], said: str) -> None:
    shown = insights(learners, days)
    assert (shown.finishes_say, shown.finishes_note) == (said, "")


@pytest.mark.parametrize(
    ("days", "before", "said", "noted"),
    [
        ((), 1, "1 of 6 had finished before they joined", "1 learner had"),
        ((4, 9), 1, "Half finished within 9 days", "1 learner had"),
        ((4,), 3, "Half had finished before they joined", "3 learners had"),
    ],
)
def test_who_had_finished_before_joining_is_in_the_plot_and_named(
    days: tuple[int, ...], before: int, said: str, noted: str
) -> None:
    shown = insights(6, days, before=before)
    assert shown.finishes_say == said
    assert shown.finishes_note.startswith(noted)


@pytest.mark.parametrize(
    ("state", "best_score", "passed", "said"),
    [
        ("", None, False, " · quiz to pass"),
        ("started", 60, False, " · quiz not passed, 60%"),
        ("started", 84, True, " · quiz passed, 84%"),
        ("done", None, False, ""),
    ],
)
def test_how_the_quiz_stands_is_said_beside_the_lessons(
    state: str, best_score: int | None, passed: bool, said: str
) -> None:
    card = ModuleCard(
        "m", "M", "", "", state, 4, 4, 80, 0, True, passed, best_score, "quiz", "Quiz", None, False
    )
    assert quiz_so_far(card) == said


@pytest.mark.parametrize(
    ("median_score", "said"),
    [(None, "Nobody has taken a quiz yet"), (0, "Half score 0% or more")],
)
def test_how_good_a_class_is(median_score: int | None, said: str) -> None:
    assert insights(median_score=median_score).scores_say == said


@pytest.mark.parametrize(
    ("stuck", "said"),
    [
        ((), "Nobody is stuck"),
        ((1,), "1 learner is stuck at “Lesson 1” of Writing"),
        ((3,), "3 learners are stuck at “Lesson 1” of Writing"),
        ((3, 2), "5 learners are stuck, most of them at “Lesson 1” of Writing"),
        ((2, 2), "4 learners are stuck, at different lessons"),
    ],
)
def test_where_people_stop(stuck: tuple[int, ...], said: str) -> None:
    assert insights(stuck=stuck).stops_say == said


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (None, "No question stands out yet"),
        (3, "Only 30% get the hardest question right"),
    ],
)
def test_which_question_is_hardest(right: int | None, said: str) -> None:
    assert insights(right_of_ten=right).questions_say == said


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (Term(), "access without an end"),
        (Term(months=1), "1 month of access"),
        (Term(months=12), "12 months of access"),
        (Term(until=datetime(2027, 6, 30, tzinfo=UTC)), "access until Jun 30, 2027"),
    ],
)
def test_how_long_a_license_lasts(term: Term, said: str) -> None:
    assert show_term(term) == said


@pytest.mark.parametrize(
    ("comes_back", "begun", "said"),
    [
        (True, False, "Bob has opened 0 of 4 lessons, the seat is free to move."),
        (
            False,
            False,
            "Bob has opened 0 of 4 lessons, so seat 7 retires: it cannot go to someone else, "
            "and Bob may come back to it.",
        ),
        (
            False,
            True,
            "Bob has begun a quiz, so seat 7 retires: it cannot go to someone else, "
            "and Bob may come back to it.",
        ),
    ],
)
def test_what_removing_somebody_would_do(comes_back: bool, begun: bool, said: str) -> None:
    assert Leaving("Bob", 0, 4, 7, comes_back, begun).sentence == said


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("true_false", {"answer": False}, "False"),
        ("true_false", {"answer": True}, "True"),
        ("numeric", {"answer": 1250, "unit": "km"}, "1,250 km"),
        ("numeric", {"answer": 3, "tolerance": 0.5}, "3 (± 0.5)"),
        ("short", {"accepted": ["Paris", "paris"]}, "Paris"),
        ("single", {"option": []}, ""),
    ],
)
def test_the_right_answer(kind: str, body: dict[str, object], said: str) -> None:
    assert answers.right_answer(kind, body) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["a"], "Apples"),
        (["a", "z", "b"], "Apples; an answer that is gone; Bread"),
        (True, "True"),
        (False, "False"),
        ("a pear", "a pear"),
    ],
)
def test_what_was_answered(given: object, said: str) -> None:
    body = {"option": [{"id": "a", "text": "Apples"}, {"id": "b", "text": "Bread"}]}
    assert answers.in_words(body, given) == said


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_what_was_left_out_is_not_right(kind: QuestionKind) -> None:
    body = {"option": [], "answer": False, "accepted": [""]}
    assert not answers.is_right(kind, body, None)
