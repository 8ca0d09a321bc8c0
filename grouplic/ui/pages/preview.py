"""The modules of a group, for its leaders to look into."""

from dataclasses import dataclass

import reflex as rx

from grouplic.services import previewing
from grouplic.services.wording import counted
from grouplic.ui import parts, seam
from grouplic.ui.pages.group_page import to_my_teaching
from grouplic.ui.shell import page, page_head

el = rx.el


@dataclass(frozen=True)
class PreviewRow:
    """A lesson or a quiz to look at; a module's first row carries its title and summary."""

    module: str
    summary: str
    title: str
    note: str
    path: str


class PreviewListState(seam.Refusable, rx.State):
    """The lessons of a group's modules."""

    group_name: str = ""
    group_path: str = ""
    rows: list[PreviewRow] = []
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read them; refuse who does not lead the group."""
        self.loaded, group = False, str(self.group)
        self.group_name, modules = await seam.read(
            self,
            lambda session, actor, _now: previewing.modules_to_preview(session, actor, group),
        )
        self.group_path = f"/my-teaching/{group}"
        self.rows = [row for module in modules for row in _rows(self.group_path, module)]
        self.loaded = True


def preview_list() -> rx.Component:
    """The page."""
    return page(
        parts.closed(PreviewListState.refusal, to_my_teaching()),
        rx.cond(PreviewListState.refusal == "", _modules()),
        current="myTeaching",
    )


def _modules() -> rx.Component:
    return rx.fragment(
        page_head(
            el.a(PreviewListState.group_name, href=PreviewListState.group_path),
            "What your learners read",
        ),
        el.p("Open any lesson or quiz. It takes no seat, and nothing you do is recorded."),
        parts.when_loaded(
            PreviewListState.loaded,
            el.ul(rx.foreach(PreviewListState.rows, _row), class_name="shelf card"),
        ),
    )


def _row(row: rx.Var[PreviewRow]) -> rx.Component:
    return rx.fragment(
        rx.cond(
            row.module != "",
            el.li(el.div(el.h2(row.module), el.p(row.summary, class_name="hint"))),
        ),
        el.li(el.a(row.title, href=row.path), el.span(row.note, class_name="hint")),
    )


def _rows(group_path: str, module: previewing.ModuleToPreview) -> list[PreviewRow]:
    base = f"{group_path}/preview/{module.slug}"
    entries = [(row.title, f"{row.minutes} min", f"{base}/{row.slug}") for row in module.lessons]
    if module.questions:
        entries.append(("Quiz", counted(module.questions, "question"), f"{base}/quiz"))
    return [
        PreviewRow(
            "" if place else module.title, "" if place else module.summary, title, note, path
        )
        for place, (title, note, path) in enumerate(entries)
    ]
