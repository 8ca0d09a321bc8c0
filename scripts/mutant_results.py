"""What came of the mutants: kept by function, as it was when they were asked, and written down."""

import difflib
import json
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mutmut.mutation.file_mutation import compute_function_hashes
from mutmut.stats import status_by_exit_code

MUTANTS = Path("mutants")
_KEPT = Path("scripts/mutants.json")
_READ = Path("scripts/survivors.toml")
_DOCUMENT = Path("docs/mutants.md")
_RESULTS_FROM = "<!-- results -->\n"
_SERVICES = Path("grouplic/services")
_COLUMNS = {
    "k": "killed by a test",
    "m": "killed by mypy",
    "t": "ran too long",
    "s": "survived",
    "n": "shown to no test",
}
_LETTERS = {
    "killed": "k",
    "caught by type check": "m",
    "timeout": "t",
    "survived": "s",
    "no tests": "n",
}
_LIVE = "sn"
# A mutant whose run was broken off, or ended as neither a pass nor a failure does, is asked again.
_OPEN = "-"


@dataclass
class Function:
    """A function as it was (``code``, a hash); a letter for what came of each of its mutants."""

    code: str
    outcomes: str = ""
    survivors: dict[str, str] = field(default_factory=dict)  # number to change


Results = dict[str, dict[str, Function]]


def read() -> Results:
    """Return what is kept of functions that are as they were."""
    kept = json.loads(_KEPT.read_text(encoding="utf-8")) if _KEPT.exists() else {}
    return {
        module: _as_they_are(module, {name: Function(**one) for name, one in functions.items()})
        for module, functions in kept.items()
    }


def keep(found: Results) -> None:
    """Write the results where the next run, and the next clone, finds them."""
    plain = {
        module: {name: asdict(one) for name, one in sorted(functions.items())}
        for module, functions in sorted(found.items())
    }
    _KEPT.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def left_by_a_run(only: str = "*") -> Results:
    """Return what mutmut's last run left in its folder."""
    found: Results = {}
    for file in sorted((MUTANTS / _SERVICES).glob(f"{only}.py.meta")):
        module = file.name.removesuffix(".py.meta")
        # A function without mutants is none that is left to ask.
        functions = {name: Function(code) for name, code in _hashes(module).items()}
        left = json.loads(file.read_text())
        for name, code in left["hash_by_function_name"].items():
            functions[name] = Function(code)
        for mutant, ended in left["exit_code_by_key"].items():
            name, _, number = mutant.rpartition(".")[2].partition("__mutmut_")
            outcome = _LETTERS.get(status_by_exit_code[ended], _OPEN)
            functions[name].outcomes += outcome
            if outcome in _LIVE:
                functions[name].survivors[number] = _change(module, name, number)
        found[module] = _as_they_are(module, functions)
    return found


def forget_last_run() -> None:
    """Let the folder hold nothing but what the coming run finds."""
    MUTANTS.mkdir(exist_ok=True)
    # Which test runs which function: a test that came since would not be asked.
    (MUTANTS / "mutmut-stats.json").unlink(missing_ok=True)
    for file in MUTANTS.rglob("*.meta"):
        left = json.loads(file.read_text())
        left["exit_code_by_key"] = dict.fromkeys(left["exit_code_by_key"])
        file.write_text(json.dumps(left))


def merged(older: Results, newer: Results) -> Results:
    """Return both, and of a mutant that both know what the newer says."""
    return {
        module: {
            name: _both(older.get(module, {}).get(name), newer.get(module, {}).get(name))
            for name in {**older.get(module, {}), **newer.get(module, {})}
        }
        for module in {**older, **newer}
    }


def _both(older: Function | None, newer: Function | None) -> Function:
    if older is None or newer is None or len(older.outcomes) != len(newer.outcomes):
        return newer or older or Function("")
    outcomes = "".join(
        was if now == _OPEN else now
        for was, now in zip(older.outcomes, newer.outcomes, strict=True)
    )
    changes = older.survivors | newer.survivors
    living = {n: change for n, change in changes.items() if outcomes[int(n) - 1] in _LIVE}
    return Function(newer.code, outcomes, living)


def unasked(kept: Results, module: str) -> list[str]:
    """Return the names of the module's mutants that nothing came of yet, or patterns of them."""
    known = kept.get(module, {})
    new = [f"{name}__mutmut_*" for name in _hashes(module) if name not in known]
    return new + [
        f"{name}__mutmut_{number}"
        for name, function in known.items()
        for number, outcome in enumerate(function.outcomes, 1)
        if outcome == _OPEN
    ]


def survivors(kept: Results, module: str) -> list[str]:
    """Return the names of the module's mutants that live."""
    return [
        f"{name}__mutmut_{number}"
        for name, function in kept.get(module, {}).items()
        for number in function.survivors
    ]


def write(kept: Results, modules: list[str]) -> int:
    """Write the tables of the document; return how many survivors have no reason."""
    reasons = tomllib.loads(_READ.read_text(encoding="utf-8")).get("read", [])
    rows, read, unread = [], [], 0
    for module in modules:
        functions = kept.get(module, {})
        rows.append(_row(module, functions))
        for name, function in sorted(functions.items()):
            called = name.replace("ǁ", ".").removeprefix("x_").removeprefix("x.")
            for change in function.survivors.values():
                why = _why(f"{module}.{called}", change, reasons)
                unread += not why
                shown = change.replace("|", "\\|").replace("\n", "<br>")
                read.append(f"| `{module}.{called}` | {shown} | {why or '**not read yet**'} |")
    head = ["module", "mutants", *_COLUMNS.values(), "not asked", "functions not asked"]
    tables = [
        *_table(head, rows),
        "\n## Survivors\n",
        *_table(["function", "change", "why it lives"], read),
    ]
    kept_text = _DOCUMENT.read_text(encoding="utf-8").partition(_RESULTS_FROM)[0]
    _DOCUMENT.write_text(kept_text + _RESULTS_FROM + "\n".join(tables) + "\n", encoding="utf-8")
    return unread


def _table(head: list[str], rows: list[str]) -> list[str]:
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *rows]


def _row(module: str, functions: dict[str, Function]) -> str:
    outcomes = "".join(function.outcomes for function in functions.values())
    unknown = sum(name not in functions for name in _hashes(module))
    counts = [outcomes.count(outcome) for outcome in (*_COLUMNS, _OPEN)]
    cells = (module, len(outcomes), *counts, unknown)
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _why(function: str, change: str, reasons: list[dict[str, str]]) -> str:
    """Return the reason that was written for this change of this function, and for no other."""
    fitting = (
        reason["why"]
        for reason in reasons
        if reason["function"] == function and reason["change"].strip() == change
    )
    return next(fitting, "")


def _hashes(module: str) -> dict[str, str]:
    return compute_function_hashes((_SERVICES / f"{module}.py").read_text(encoding="utf-8"))


def _as_they_are(module: str, functions: dict[str, Function]) -> dict[str, Function]:
    now = _hashes(module)
    return {name: one for name, one in functions.items() if now.get(name) == one.code}


def _change(module: str, function: str, number: str) -> str:
    """Return the lines that were taken out and put in, marked - and +."""
    file = MUTANTS / _SERVICES / f"{module}.py"
    spans = json.loads(file.with_suffix(".py.spans").read_text())["spans"]
    lines = file.read_text().splitlines()
    before, after = (
        [
            line.strip().replace(name, function)
            for line in lines[spans[name][0] - 1 : spans[name][1]]
            if line.strip()
        ]
        for name in (f"{function}__mutmut_orig", f"{function}__mutmut_{number}")
    )
    changed = difflib.unified_diff(before, after, n=0, lineterm="")
    return "\n".join(line for line in changed if not line.startswith(("---", "+++", "@@")))
