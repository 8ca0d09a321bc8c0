"""Help: all articles with a search, and a page for each of them."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.help import LONGEST_REMARK, Article
from grouplic.services import help_pages
from grouplic.services.actors import actor_of
from grouplic.ui import parts, seam
from grouplic.ui.prose import headings, to_html
from grouplic.ui.shell import page, page_head

el = rx.el


@dataclass(frozen=True)
class Hit:
    """An article that was found."""

    path: str
    title: str
    summary: str


class HelpState(rx.State):
    """What was searched for."""

    typed: str = ""
    hits: list[Hit] = []

    @rx.event
    async def search(self, typed: str):
        """Find articles; anyone may."""
        self.typed = str(typed).strip()[:80]
        found = help_pages.search(seam.outside().articles, self.typed)
        self.hits = [Hit(_path(one), one.title, one.summary) for one in found]


class VoteState(seam.Refusable, rx.State):
    """Whether this article helped."""

    voted: str = ""
    thanked: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Show how this reader voted before."""
        self.thanked = False
        slug, voter = self._slug(), await self._voter()
        helpful = await seam.read_as_anyone(
            self, lambda session, _actor, _now: help_pages.vote_of(session, slug, voter)
        )
        self.voted = {True: "yes", False: "no"}.get(helpful, "")

    @rx.event
    @seam.shows_refusals
    async def vote(self, helpful: bool):
        """Keep the vote."""
        slug, voter, address = self._slug(), await self._voter(), seam.network_address(self)
        answer = helpful is True
        await rx.run_in_thread(
            lambda: help_pages.cast_vote(seam.outside(), slug, answer, voter, address)
        )
        self.voted, self.thanked = "yes" if answer else "no", answer

    @rx.event
    @seam.shows_refusals
    async def tell(self, form: dict):
        """Keep what was missing."""
        slug, voter, address = self._slug(), await self._voter(), seam.network_address(self)
        remark = str(form.get("missing", ""))
        await rx.run_in_thread(
            lambda: help_pages.cast_remark(seam.outside(), slug, remark, voter, address)
        )
        self.thanked = True

    def _slug(self) -> str:
        # Of the page as it is now: whoever is quick votes before it has been loaded.
        return str(self.router.url.path).rstrip("/").rsplit("/", 1)[-1]

    async def _voter(self) -> str:
        cookie, browser = seam.cookie_hash(self), self.router.session.client_token

        def work(session, _actor, now):
            return help_pages.voter_of(actor_of(session, cookie, now), browser)

        return await seam.read_as_anyone(self, work)


def overview(articles: tuple[Article, ...]) -> rx.Component:
    """The page with every article."""
    categories = list(dict.fromkeys(article.category for article in articles))
    listed = el.div(
        *[
            _category(name, [one for one in articles if one.category == name])
            for name in categories
        ],
        class_name="help-categories",
    )
    return page(
        page_head("Answers, short ones first", "Help"),
        _search(),
        rx.cond(HelpState.typed == "", listed, _hits()),
        current="Help",
    )


def article(one: Article) -> rx.Component:
    """The page of an article. All of its text is in the first HTML."""
    contents = headings(one.markdown)
    return page(
        page_head(el.a("Help", href="/help"), one.title),
        el.p(one.summary, class_name="lead"),
        _contents(contents) if len(contents) > 5 else el.span(),
        el.article(rx.html(to_html(one.markdown, anchors=True)), class_name="prose help-article"),
        _vote(),
        current="Help",
        narrow=True,
    )


def _path(one: Article) -> str:
    return f"/help/{one.slug}"


def _search() -> rx.Component:
    return el.div(
        el.label("Search the help", html_for="search"),
        el.input(
            id="search",
            type="search",
            auto_complete="off",
            on_change=HelpState.search.debounce(150),
        ),
        el.p(
            rx.match(
                HelpState.hits.length(),
                (0, rx.cond(HelpState.typed != "", "Nothing found.", "")),
                (1, "1 answer"),
                HelpState.hits.length().to_string() + " answers",
            ),
            role="status",
            class_name="hint",
        ),
        class_name="field help-search",
        role="search",
    )


def _hits() -> rx.Component:
    return rx.cond(
        HelpState.hits.length() > 0,
        el.ul(
            rx.foreach(
                HelpState.hits,
                lambda hit: el.li(
                    el.h2(el.a(hit.title, href=hit.path)), el.p(hit.summary, class_name="hint")
                ),
            ),
            class_name="plain help-hits",
        ),
        parts.empty_state(
            "Nothing found",
            "Try fewer or other words. The group license questions answer most of what is asked.",
            parts.link_button("Group license questions", "/help/group-license-faq"),
        ),
    )


def _category(name: str, articles: list[Article]) -> rx.Component:
    return el.section(
        el.h2(name),
        el.ul(
            *[
                el.li(el.a(one.title, href=_path(one)), el.p(one.summary, class_name="hint"))
                for one in articles
            ],
            class_name="plain",
        ),
        class_name="card",
    )


def _contents(contents: list[tuple[str, str]]) -> rx.Component:
    return el.nav(
        el.ul(
            *[el.li(el.a(text, href=f"#{anchor}")) for anchor, text in contents],
            class_name="plain",
        ),
        aria_label="On this page",
        class_name="card help-contents",
    )


def _vote() -> rx.Component:
    return el.section(
        el.h2("Was this article helpful?"),
        el.div(
            _answer("Yes", "yes", True),
            _answer("No", "no", False),
            class_name="row",
        ),
        rx.cond(VoteState.thanked, el.p("Thank you. That helps us to help.", role="status")),
        rx.cond((VoteState.voted == "no") & ~VoteState.thanked, _remark()),
        parts.refusal(VoteState.refusal),
        class_name="card help-vote",
    )


def _answer(word: str, voted: str, helpful: bool) -> rx.Component:
    return parts.button(
        word,
        aria_pressed=rx.cond(VoteState.voted == voted, "true", "false"),
        on_click=VoteState.vote(helpful),
    )


def _remark() -> rx.Component:
    return el.form(
        parts.field(
            "What was missing? (optional)", "missing", type="text", max_length=LONGEST_REMARK
        ),
        el.div(parts.button("Send", type="submit")),
        on_submit=VoteState.tell,
        class_name="stack",
    )
