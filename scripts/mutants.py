"""Changes the code in small ways, asks the tests whether they notice, and writes what came of it.

`make mutants` goes on where it stopped; names such as `outbox orders` limit it to these modules;
`--again` asks once more for what survived, `--report` only writes. What survived and was read by a
person stands in `scripts/survivors.toml` with its reason; what nobody has read fails the command.
"""

import argparse
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import migrate

_MUTANTS = Path("mutants")
_READ = Path("scripts/survivors.toml")
_DOCUMENT = Path("docs/mutants.md")
_RESULTS_FROM = "<!-- results -->\n"
_SURVIVED, _NO_TESTS, _BY_TYPES, _NOT_ASKED = 0, (5, 33), 37, None
_BY_A_TEST = (1, 3)


@dataclass(frozen=True)
class Mutant:
    """One small change of a function, and what came of it."""

    module: str
    name: str
    outcome: int | None

    @property
    def function(self) -> str:
        """The name of the function that was changed."""
        mangled = self.name.partition("__mutmut_")[0].replace("ǁ", ".")
        return mangled.removeprefix("x_").removeprefix("x.")

    @property
    def lives(self) -> bool:
        """Whether nothing noticed it."""
        return self.outcome == _SURVIVED or self.outcome in _NO_TESTS


@dataclass(frozen=True)
class Reason:
    """Why survivors whose change matches ``change`` are let live."""

    module: str
    change: re.Pattern[str]
    why: str


def main() -> int:
    """Run what is asked for, write the document, and say whether a survivor is unread."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("modules", nargs="*", help="such as outbox; all of them without any")
    asked.add_argument("--again", action="store_true", help="ask again for what survived")
    asked.add_argument("--report", action="store_true", help="only write what is known")
    asked.add_argument("--jobs", default=str(os.cpu_count() or 1), help="how many run at once")
    arguments = asked.parse_args()
    if not arguments.report:
        if arguments.again:
            _forget_survivors()
        _run(arguments.modules, arguments.jobs)
    found = _mutants()
    unread = _write(found, _reasons())
    print(f"{len(found)} mutants, {unread} survivors that nobody has read: {_DOCUMENT}")
    return int(unread > 0)


def _run(modules: list[str], jobs: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        migrate(f"sqlite:///{template}")
        names = [f"grouplic.services.{module}.*" for module in modules]
        subprocess.run(  # noqa: S603
            [Path(sys.executable).with_name("mutmut"), "run", "--max-children", jobs, *names],
            env={**os.environ, "SQLITE_TEMPLATE": str(template), "TMPDIR": folder},
            check=True,
        )


def _forget_survivors() -> None:
    for file in _MUTANTS.rglob("*.meta"):
        kept = json.loads(file.read_text())
        for name, outcome in kept["exit_code_by_key"].items():
            if outcome not in (*_BY_A_TEST, _BY_TYPES):
                kept["exit_code_by_key"][name] = _NOT_ASKED
        file.write_text(json.dumps(kept))


def _mutants() -> list[Mutant]:
    return [
        Mutant(file.name.removesuffix(".py.meta"), name.rpartition(".")[2], outcome)
        for file in sorted(_MUTANTS.rglob("*.meta"))
        for name, outcome in json.loads(file.read_text())["exit_code_by_key"].items()
    ]


def _change(mutant: Mutant) -> str:
    """Return the lines that were taken out and put in, marked - and +."""
    file = _MUTANTS / "grouplic/services" / f"{mutant.module}.py"
    spans = json.loads(file.with_suffix(".py.spans").read_text())["spans"]
    lines = file.read_text().splitlines()
    original = f"{mutant.name.partition('__mutmut_')[0]}__mutmut_orig"
    before, after = (
        [line.strip() for line in lines[spans[name][0] : spans[name][1]] if line.strip()]
        for name in (original, mutant.name)
    )
    changed = difflib.unified_diff(before, after, n=0, lineterm="")
    marked = [line for line in changed if not line.startswith(("---", "+++", "@@"))]
    return "\n".join(line for line in marked if "__mutmut_" not in line)


def _reasons() -> list[Reason]:
    read = tomllib.loads(_READ.read_text(encoding="utf-8"))["read"]
    return [Reason(one["module"], re.compile(one["change"]), one["why"]) for one in read]


def _write(found: list[Mutant], reasons: list[Reason]) -> int:
    rows, read, unread = [], [], 0
    for module in dict.fromkeys(mutant.module for mutant in found):
        ours = [mutant for mutant in found if mutant.module == module]
        living = [mutant for mutant in ours if mutant.lives]
        rows.append(_row(module, ours, living))
        for mutant in living:
            change = _change(mutant)
            why = _why(mutant, change, reasons)
            unread += not why
            shown = change.replace("|", "\\|").replace("\n", "<br>")
            read.append(f"| `{module}.{mutant.function}` | {shown} | {why or '**not read yet**'} |")
    kept = _DOCUMENT.read_text(encoding="utf-8").partition(_RESULTS_FROM)[0]
    results = [
        "| module | mutants | killed by a test | killed by mypy | ran too long | survived "
        "| not asked |",
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
        "## Survivors",
        "",
        "| function | change | why it lives |",
        "|---|---|---|",
        *read,
    ]
    _DOCUMENT.write_text(kept + _RESULTS_FROM + "\n".join(results) + "\n", encoding="utf-8")
    return unread


def _row(module: str, ours: list[Mutant], living: list[Mutant]) -> str:
    outcomes = [mutant.outcome for mutant in ours]
    by_test = sum(outcomes.count(code) for code in _BY_A_TEST)
    by_types, waiting = outcomes.count(_BY_TYPES), outcomes.count(_NOT_ASKED)
    late = len(ours) - by_test - by_types - waiting - len(living)
    cells = (module, len(ours), by_test, by_types, late, len(living), waiting)
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _why(mutant: Mutant, change: str, reasons: list[Reason]) -> str:
    fitting = (
        reason.why
        for reason in reasons
        if reason.module in ("any", mutant.module) and reason.change.search(change)
    )
    return next(fitting, "")


if __name__ == "__main__":
    sys.exit(main())
