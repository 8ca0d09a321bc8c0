"""Upload a CSV File: a row as the page shows it."""

from dataclasses import dataclass

from grouplic.services.uploads import RowView
from grouplic.ui.typed_address import did_you_mean

_SAYS = {
    "new": "New, gets a login by mail",
    "account": "Has an account, will be added",
    "member": "Already in the group, costs no seat",
}
_SAYS_OF_SUPPLIED = "New, with the password of the file"
_DRAFT_LOOKS = {"invalid": "bad", "new": "", "account": ""}
_LOOKS = {"failed": "bad", "added": "", "kept": "warn", "waiting": "warn"}


@dataclass(frozen=True)
class FileRow:
    """One row of the file."""

    id: str
    line: int
    first_name: str
    last_name: str
    name: str
    email: str
    says: list[str]
    look: str
    suggestion: str
    is_open: bool
    has_password: bool
    password_refused: bool


@dataclass(frozen=True)
class Receipt:
    """A file that was imported before."""

    id: str
    name: str
    since: str


def file_row(row: RowView, draft: bool, editing: str) -> FileRow:
    """Return the row as the page shows it: what will happen to it, or what did."""
    if draft:
        usual = _SAYS_OF_SUPPLIED if row.has_password else _SAYS.get(row.verdict, "")
        usual = usual if row.verdict == "new" else _SAYS.get(row.verdict, "")
        if row.suggestion and not row.problems:
            usual = did_you_mean(row.suggestion)
        says = list(row.problems) or [usual]
        look = "warn" if row.suggestion else _DRAFT_LOOKS.get(row.verdict, "plain")
        if row.verdict == "new" and row.problems:
            look = "warn"
    else:
        usual = {"pending": "Waits its turn", "present": "In the group already"}.get(row.state, "")
        says = [row.outcome] if row.outcome else (list(row.problems) or [usual])
        look = _LOOKS.get(row.state, "plain")
    return FileRow(
        str(row.id),
        row.line,
        row.first_name,
        row.last_name,
        f"{row.first_name} {row.last_name}".strip(),
        row.email,
        [one for one in says if one],
        look,
        row.suggestion if draft else "",
        draft and (row.verdict == "invalid" or str(row.id) == editing),
        row.has_password,
        draft and row.password_refused,
    )
