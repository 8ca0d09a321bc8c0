"""`grouplic catalog check` as it is typed: what it says, where, and how it ends."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CATALOG = ROOT / "catalog"


def check(catalog: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "grouplic", "catalog", "check"],
        cwd=ROOT,
        env={**os.environ, "CATALOG_DIR": str(catalog)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_good_catalog_is_said_to_be_good() -> None:
    answer = check(CATALOG)

    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout == "4 modules, nothing wrong.\n"


def test_every_problem_is_said_with_file_line_and_reason_and_the_check_fails(
    tmp_path: Path,
) -> None:
    first, second, *_ = sorted(CATALOG.iterdir())
    catalog = tmp_path / "catalog"
    for module in (first, second):
        shutil.copytree(module, catalog / module.name)
    quiz, sheet = catalog / first.name / "quiz.toml", catalog / second.name / "module.toml"
    quiz.write_text(quiz.read_text("utf-8") + "\n[[question]\n", "utf-8")
    sheet.write_text(sheet.read_text("utf-8").replace("position = ", "place = ", 1), "utf-8")
    broken_at = len(quiz.read_text("utf-8").splitlines())
    unknown_at = 1 + sheet.read_text("utf-8").partition("place = ")[0].count("\n")

    answer = check(catalog)

    assert (answer.returncode, answer.stdout) == (1, "")
    toml, unknown, missing = answer.stderr.splitlines()
    assert toml.startswith(f"{quiz}:{broken_at}: this is no TOML")
    assert unknown.startswith(f"{sheet}:{unknown_at}: ")
    assert "place" in unknown
    assert missing == f"{sheet}:1: position is missing"
