"""Upload a CSV File: dropped, shown as a dry run, confirmed, imported, and a receipt."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.uploads import Overflow
from grouplic.services import groups, uploads
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.shell import page, page_head

el = rx.el

_SAYS = {
    "new": "New, gets a login by mail",
    "account": "Has an account, will be added",
    "member": "Already in the group, costs no seat",
}
_DONE_LOOK = {"failed": "bad", "added": "", "waiting": "warn"}


@dataclass(frozen=True)
class FileRow:
    """One row of the file."""

    id: str
    line: int
    name: str
    email: str
    says: str
    look: str
    suggestion: str
    fixable: bool


class UploadState(seam.Refusable, rx.State):
    """The newest file for this group."""

    group_id: str = ""
    group_name: str = ""
    upload_id: str = ""
    state: str = ""
    file: str = ""
    understood: str = ""
    ignored: str = ""
    problem: str = ""
    total: int = 0
    new: int = 0
    known: int = 0
    members: int = 0
    look: int = 0
    needed: int = 0
    open: int = 0
    settled: int = 0
    added: int = 0
    waiting: int = 0
    failed: int = 0
    passwords: int = 0
    rows: list[FileRow] = []
    shown: str = "all"
    number: int = 1
    last: bool = True
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Check the right, watch the group's uploads, and read the newest."""
        group_id = str(self.group)
        group = await seam.read(
            self,
            lambda session, actor, _now: groups.led_group(
                session, actor, group_id, groups.May.MANAGE_PEOPLE
            ),
        )
        self.group_id, self.group_name = str(group.id), group.name
        self.shown, self.number = "all", 1
        watch(self, f"uploads:{group.id}", f"group:{group.id}", on=UploadState.refresh)
        await self._read()
        self.loaded = True

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Read it again, since something changed."""
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def turn(self, by: int):
        """Turn the page of rows."""
        self.number = max(1, self.number + (1 if by == 1 else -1))
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def show_those(self, which: str):
        """Show all rows, or those that need a look."""
        self.shown, self.number = ("look" if which == "look" else "all"), 1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def fix(self, row_id: str, email: str):
        """Correct an address in place."""
        upload_id, row, typed = self.upload_id, str(row_id), str(email)
        await seam.act(
            self,
            lambda session, actor, _now: uploads.fix_row(session, upload_id, row, typed, actor),
        )
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def use_suggestion(self, row_id: str):
        """Take the corrected address."""
        row = next((row for row in self.rows if row.id == row_id), None)
        if row and row.suggestion:
            upload_id = self.upload_id
            await seam.act(
                self,
                lambda session, actor, _now: uploads.fix_row(
                    session, upload_id, row.id, row.suggestion, actor
                ),
            )
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def import_what_fits(self):
        """Import as many rows as there are seats."""
        await self._confirm(Overflow.STOP)

    @rx.event
    @seam.shows_refusals
    async def import_and_wait(self):
        """Import, and put the rest on the waiting list."""
        await self._confirm(Overflow.WAIT)

    async def _confirm(self, overflow: Overflow):
        upload_id = self.upload_id
        await seam.act(
            self,
            lambda session, actor, now: uploads.confirm(
                session, upload_id, overflow, False, actor, now
            ),
        )
        await self._read()

    async def _read(self):
        group_id, shown, number = self.group_id or str(self.group), self.shown, self.number
        view = await seam.read(
            self,
            lambda session, actor, _now: uploads.newest(session, group_id, actor, shown, number),
        )
        if view is None:
            self.state = ""
            return
        self.upload_id, self.state, self.file = str(view.id), view.state, view.file_name
        how = [view.encoding, {"\t": "tabs", ";": "semicolons", ",": "commas"}.get(view.separator)]
        self.understood = ", ".join(part for part in how if part) or "a workbook"
        self.understood += f"; columns: {', '.join(view.columns)}"
        self.ignored, self.problem = ", ".join(view.ignored), view.refusal
        self._count(view)
        self.rows = [_row(row, view.state == "draft") for row in view.rows]
        self.last = len(view.rows) < uploads.PAGE

    def _count(self, view: uploads.UploadView):
        self.total, self.needed, self.open = view.total, view.seats_needed, view.open_seats
        self.new, self.known = view.verdicts.get("new", 0), view.verdicts.get("account", 0)
        self.members = view.verdicts.get("member", 0)
        self.look = view.verdicts.get("invalid", 0) + view.verdicts.get("duplicate", 0)
        self.settled = view.total - view.states.get("pending", 0)
        self.added, self.waiting = view.states.get("added", 0), view.states.get("waiting", 0)
        self.failed = view.states.get("failed", 0)
        self.passwords = view.passwords


def _row(row: uploads.RowView, draft: bool) -> FileRow:
    if draft:
        says = row.problem or _SAYS.get(row.verdict, "")
        look = (
            "warn"
            if row.suggestion
            else {"invalid": "bad", "new": "", "account": ""}.get(row.verdict, "plain")
        )
    else:
        says = (
            row.outcome or row.problem or {"pending": "Waiting its turn"}.get(row.state, row.state)
        )
        look = _DONE_LOOK.get(row.state, "plain")
    fixable = draft and row.verdict == "invalid"
    return FileRow(str(row.id), row.line, row.name, row.email, says, look, row.suggestion, fixable)


def upload() -> rx.Component:
    """The page."""
    return page(
        page_head(
            el.a(UploadState.group_name, " · Users", href="/my-teaching/" + UploadState.group_id),
            _title(),
        ),
        parts.refusal(UploadState.refusal),
        parts.when_loaded(
            UploadState.loaded,
            el.div(_drop(), _problem(), _outcome(), class_name="stack-wide"),
        ),
        current="myTeaching",
    )


def _title() -> rx.Component:
    state, number = UploadState.state, UploadState.settled.to_string()
    ready = (UploadState.new + UploadState.known + UploadState.members).to_string()
    read = UploadState.total.to_string()
    return el.span(
        rx.match(
            state,
            ("draft", read + " rows read, " + ready + " are ready."),
            ("importing", number + " of " + read + " rows done."),
            ("done", UploadState.added.to_string() + " people joined."),
            "Upload a CSV File",
        )
    )


def _drop() -> rx.Component:
    return el.form(
        el.label("Drop a CSV or Excel file here, or choose one", html_for="file"),
        el.input(
            id="file",
            name="file",
            type="file",
            accept=".csv,.tsv,.txt,.xlsx",
            class_name="drop",
        ),
        el.div(
            _choice("Encoding", "encoding", ("utf-8", "windows-1252", "mac-roman", "utf-16")),
            _choice("Separator", "separator", (",", ";", "\t", "|")),
            parts.download_link("Download a sample file", "/uploads/sample.csv"),
            class_name="row wrap",
        ),
        el.p(
            "Columns: user_email, user_pass, first_name, last_name. An empty user_pass gets a "
            "login by mail. Nothing changes until you confirm.",
            class_name="hint",
        ),
        el.iframe(name="upload-answer", title="Upload", hidden=True),
        action="/uploads/" + UploadState.group_id,
        method="post",
        enc_type="multipart/form-data",
        target="upload-answer",
        on_submit=None,
        class_name="card stack dropzone",
        custom_attrs={"data-submit-on-change": "true"},
    )


def _choice(label: str, name: str, values: tuple[str, ...]) -> rx.Component:
    words = {"\t": "Tab", ",": "Comma", ";": "Semicolon", "|": "Bar"}
    return el.label(
        label + " ",
        el.select(
            el.option("Detected", value=""),
            *[el.option(words.get(value, value), value=value) for value in values],
            name=name,
        ),
    )


def _problem() -> rx.Component:
    return rx.cond(
        UploadState.state == "refused",
        parts.notice("bad", UploadState.file, ": ", UploadState.problem, role="alert"),
    )


def _outcome() -> rx.Component:
    seen = (UploadState.state != "") & (UploadState.state != "refused")
    return rx.cond(
        seen & (UploadState.state != "reading"),
        el.section(_sums(), _decide(), _progress(), _table(), _foot(), class_name="card sheet"),
    )


def _sums() -> rx.Component:
    draft = UploadState.state == "draft"
    return el.div(
        _sum(
            rx.cond(draft, UploadState.new, UploadState.added),
            rx.cond(draft, "new accounts", "joined"),
        ),
        _sum(
            rx.cond(draft, UploadState.known, UploadState.waiting),
            rx.cond(draft, "have an account", "on the waiting list"),
        ),
        _sum(UploadState.members, "already in the group"),
        _sum(
            rx.cond(draft, UploadState.look, UploadState.failed),
            rx.cond(draft, "need a look", "failed"),
        ),
        _sum(UploadState.open, "open seats"),
        class_name="sums",
    )


def _sum(number, words) -> rx.Component:
    return el.div(el.b(number), words)


def _decide() -> rx.Component:
    short = UploadState.needed - UploadState.open
    return rx.cond(
        UploadState.state == "draft",
        rx.cond(
            short > 0,
            el.div(
                el.p(
                    el.b(
                        UploadState.needed, " people need a seat, ", UploadState.open, " are open. "
                    ),
                    "Add seats and come back, this file waits here; or choose who waits.",
                    class_name="grow",
                ),
                el.button(
                    "Join " + UploadState.open.to_string() + " now, " + short.to_string() + " wait",
                    class_name="btn",
                    on_click=UploadState.import_and_wait,
                ),
                el.button(
                    "Join " + UploadState.open.to_string() + " only",
                    class_name="btn",
                    on_click=UploadState.import_what_fits,
                ),
                el.a(
                    "Add seats",
                    href="/buy?group=" + UploadState.group_id + "&add=seats",
                    class_name="btn primary",
                ),
                class_name="short row wrap",
            ),
            el.div(
                el.p(
                    el.b(UploadState.needed, " of your ", UploadState.open, " open seats"),
                    class_name="grow",
                ),
                el.button(
                    "Import",
                    class_name="btn primary",
                    on_click=UploadState.import_what_fits,
                    disabled=UploadState.needed == 0,
                ),
                class_name="fits row wrap",
            ),
        ),
    )


def _progress() -> rx.Component:
    return rx.cond(
        UploadState.state == "importing",
        el.div(
            parts.progress(UploadState.settled, UploadState.total, "Rows imported"),
            el.p("You can close this page; the import goes on.", class_name="hint"),
            class_name="fits stack",
        ),
    )


def _table() -> rx.Component:
    return el.table(
        el.thead(el.tr(el.th("Line"), el.th("Name"), el.th("Email"), el.th("What happens"))),
        el.tbody(rx.foreach(UploadState.rows, _file_row)),
        class_name="table rows",
    )


def _file_row(row: rx.Var[FileRow]) -> rx.Component:
    return el.tr(
        el.td(row.line, class_name="hint"),
        el.td(el.b(rx.cond(row.name != "", row.name, "–"))),
        el.td(
            rx.cond(
                row.fixable,
                el.input(
                    type="text",
                    default_value=row.email,
                    aria_label="Email on line " + row.line.to_string(),
                    on_blur=lambda typed: UploadState.fix(row.id, typed),
                ),
                row.email,
            )
        ),
        el.td(
            el.span(row.says, class_name="chip " + row.look.to(str)),
            rx.cond(
                row.suggestion != "",
                el.button(
                    "Use " + row.suggestion.to(str),
                    type="button",
                    class_name="link",
                    on_click=UploadState.use_suggestion(row.id),
                ),
            ),
        ),
        key=row.id + row.email.to(str),
    )


def _foot() -> rx.Component:
    return el.div(
        rx.cond(
            UploadState.shown == "all",
            el.button(
                "Only rows that need a look",
                class_name="link",
                on_click=UploadState.show_those("look"),
            ),
            el.button("All rows", class_name="link", on_click=UploadState.show_those("all")),
        ),
        rx.cond(
            UploadState.look + UploadState.failed > 0,
            parts.download_link(
                "Download these rows with their reasons",
                "/uploads/" + UploadState.upload_id + "/problems.csv",
            ),
        ),
        rx.cond(
            UploadState.number > 1,
            el.button("Previous rows", class_name="link", on_click=UploadState.turn(-1)),
        ),
        rx.cond(
            ~UploadState.last,
            el.button("More rows", class_name="link", on_click=UploadState.turn(1)),
        ),
        el.span(
            UploadState.file,
            " · ",
            UploadState.understood,
            rx.cond(UploadState.ignored != "", " · ignored: " + UploadState.ignored, ""),
            rx.cond(UploadState.state == "draft", " · nothing has been changed yet", ""),
            class_name="hint",
        ),
        class_name="row wrap fits",
    )
