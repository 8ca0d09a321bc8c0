"""Help: every article can be read, found, and voted on; operators see how they do."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import select

from grouplic import wiring
from grouplic.adapters.attempt_limits import AttemptLimits
from grouplic.adapters.database import Database
from grouplic.adapters.help_files import ArticleProblem, read_articles
from grouplic.domain.help import HelpVote
from grouplic.domain.refusals import AllowanceUsedUp, NotFound, Refusal
from grouplic.services import help_pages
from grouplic.services.site_lists import SITE_LISTS
from tests.cast import Cast

FAQ = "group-license-faq"


@pytest.fixture
def outside(database: Database, now: datetime):
    limits = AttemptLimits({"help_votes_per_address": "3/hour"})
    return replace(wiring.outside(), database=database, attempts=limits, clock=lambda: now)


def votes(database: Database) -> list[tuple[bool, str]]:
    with database.reading() as session:
        return [(vote.helpful, vote.missing) for vote in session.exec(select(HelpVote))]


def test_a_second_vote_of_the_same_reader_replaces_the_first(outside, database: Database) -> None:
    help_pages.cast_vote(outside, FAQ, True, "reader", "1.2.3.4")
    help_pages.cast_vote(outside, FAQ, False, "reader", "1.2.3.4")
    help_pages.cast_remark(outside, FAQ, "  A picture\nof the menu ", "reader", "1.2.3.4")

    assert votes(database) == [(False, "A picture of the menu")]


def test_an_unknown_article_an_endless_remark_and_a_remark_without_a_vote_change_nothing(
    outside, database: Database
) -> None:
    with pytest.raises(NotFound):
        help_pages.cast_vote(outside, "no-such-article", True, "reader", "1.2.3.4")
    with pytest.raises(NotFound):
        help_pages.cast_remark(outside, FAQ, "x", "reader", "1.2.3.4")
    with pytest.raises(Refusal, match="below 500"):
        help_pages.cast_remark(outside, FAQ, "x" * 501, "reader", "1.2.3.4")

    assert votes(database) == []


def test_one_address_votes_so_many_times_and_no_more(outside, database: Database) -> None:
    for reader in "abc":
        help_pages.cast_vote(outside, FAQ, True, reader, "1.2.3.4")
    with pytest.raises(AllowanceUsedUp):
        help_pages.cast_vote(outside, FAQ, True, "d", "1.2.3.4")
    help_pages.cast_vote(outside, FAQ, True, "d", "5.6.7.8")

    assert len(votes(database)) == 4


def test_an_account_has_one_vote_in_every_browser_and_a_visitor_one_in_each(cast: Cast) -> None:
    voter = help_pages.voter_of
    assert voter(cast.alice, "one browser") == voter(cast.alice, "another")
    assert voter(None, "one browser") != voter(None, "another")
    assert voter(cast.alice, "") != voter(cast.bob, "")


def test_operators_see_the_votes_and_what_was_missing_and_nobody_else_does(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        help_pages.vote(session, FAQ, True, "a", now)
        help_pages.vote(session, FAQ, False, "b", now)
        help_pages.say_what_is_missing(session, FAQ, "How do I print?", "b")
        help_pages.vote(session, "redeem-a-key", True, "a", now)
    with database.reading() as session:
        articles = SITE_LISTS["help"].page(session, cast.olive)
        assert [row.cells for row in articles.rows] == [(FAQ, 1, 1, 1), ("redeem-a-key", 1, 0, 0)]
        votes_on_it = SITE_LISTS["votes"].page(session, cast.olive, FAQ, only="no")
        assert [row.cells[2:] for row in votes_on_it.rows] == [("no", "How do I print?")]
        for name in ("help", "votes"):
            with pytest.raises(NotFound):
                SITE_LISTS[name].page(session, cast.alice)


def test_the_search_finds_by_every_word_and_puts_titles_first() -> None:
    articles = read_articles()

    assert help_pages.search(articles, "CSV file")[0].slug == "upload-a-csv-file"
    assert help_pages.search(articles, "csv zebra") == []
    assert help_pages.search(articles, "   ") == []


def test_the_faq_answers_what_is_asked_about_group_licenses() -> None:
    (faq,) = [article for article in read_articles() if article.slug == FAQ]
    for answer in (
        "Add Seats",
        "Add Modules",
        "Invite via Email",
        "Enrollment Key Codes",
        "Upload a CSV File",
        "`user_email`, `user_pass`, `first_name`, `last_name`",
        "(/uploads/sample.csv)",
        "have an account already",
        "co-leaders",
        "refund",
        "invoice",
    ):
        assert answer in faq.markdown


def test_links_between_articles_lead_somewhere() -> None:
    articles = read_articles()
    pages = {f"(/help/{article.slug})" for article in articles}
    for article in articles:
        linked = {f"(/help/{rest.split(')')[0]})" for rest in article.markdown.split("(/help/")[1:]}
        assert linked <= pages, article.slug


def test_a_bad_file_is_named_with_its_reason(tmp_path) -> None:
    (tmp_path / "bad.md").write_text('+++\ntitle = "Bad"\n+++\nText')
    with pytest.raises(ArticleProblem, match=r"bad\.md: 'category'"):
        read_articles(tmp_path)
