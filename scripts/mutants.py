"""Changes the code in small ways, asks the tests whether they notice, and keeps what came of it.

`make mutants` goes on where it stopped; names such as `outbox orders` limit it to these modules.
`--again` asks every test of the services about what survived the module's own, `--report` only
writes. What came of it is kept in `scripts/mutants.json`, function by function. What survived and
was read by a person stands in `scripts/survivors.toml` with its reason; what nobody has read fails
the command, and so does a mutant that nothing was asked about.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts import mutant_results as results
from tests.conftest import migrate

# The tests that a mutant is shown to, by the module it is in: those most likely to notice.
_SHOWN = {
    "seats": ("seats", "managing_people", "after_sale", "join_links"),
    "joining": ("joining", "redeeming", "ended_license"),
    "outbox": ("outbox", "mail_faults", "reminders", "admission", "leaders"),
    "orders": ("orders", "invoices_and_quotes", "payments_that_differ"),
    "enrolling": ("joining", "redeeming", "standing"),
    "access": ("access", "learning", "closed_previews"),
    "actors": ("actors",),
    "granting": ("granting", "abandoned_checkouts"),
    "admission": ("admission", "admitted", "importing", "undoing"),
    "groups": ("groups", "seats", "leaders", "learning"),
}
_SHOWN_AGAIN = ("--ignore=tests/services/test_large_class.py", "tests/services")


def main() -> int:
    """Run what is asked for, write the document, and say whether all is asked and read."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("modules", nargs="*", default=list(_SHOWN), help="such as outbox")
    asked.add_argument("--again", action="store_true", help="ask more tests about what survived")
    asked.add_argument("--report", action="store_true", help="only write what is known")
    asked.add_argument("--jobs", default="1", help="how many run at once")
    arguments = asked.parse_args()
    kept = results.read()
    failed = 0
    for module in () if arguments.report else arguments.modules:
        kept = results.merged(results.left_by_a_run(), kept)
        chosen = results.survivors if arguments.again else results.unasked
        names = chosen(kept, module)
        if names:
            failed += _run(module, names, arguments.again, arguments.jobs)
            kept = results.merged(kept, results.left_by_a_run(module))
            results.keep(kept)
    unread = results.write(kept, list(_SHOWN))
    unfinished = [module for module in arguments.modules if results.unasked(kept, module)]
    print(f"{unread} survivors that nobody has read; not asked to the end: {unfinished or 'none'}")
    return int(bool(unread or unfinished or failed))


def _run(module: str, names: list[str], again: bool, jobs: str) -> int:
    """Ask about the mutants of these names, which may hold a *; return how mutmut ended."""
    tests = _SHOWN_AGAIN if again else [f"tests/services/test_{name}.py" for name in _SHOWN[module]]
    results.forget_last_run()
    # Read by pytest, from where mutmut runs it: a change of its settings would forget every mutant.
    (results.MUTANTS / "shown.txt").write_text("\n".join(tests) + "\n")
    programs = Path(sys.executable).parent  # mutmut looks for mypy on the path
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        migrate(f"sqlite:///{template}")
        there = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "SQLITE_TEMPLATE": str(template),
            "TMPDIR": folder,
        }
        return subprocess.run(  # noqa: S603
            [programs / "mutmut", "run", "--max-children", jobs]
            + [f"grouplic.services.{module}.{name}" for name in names],
            env=os.environ | there,
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
