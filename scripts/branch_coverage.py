"""Says how many branches of the domain and the services the tests took; fails under 95 %.

`make coverage` measures; this reads `.coverage`, which coverage.py wrote.
"""

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from coverage import Coverage

_LEAST = 95.0
_COUNTED = ("num_branches", "covered_branches", "num_statements", "covered_lines")
_ROOMS = ("grouplic/domain", "grouplic/services")


def main() -> int:
    """Print a line for each room and for each file that misses branches."""
    measured = Coverage()
    measured.load()
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        measured.json_report(outfile=report.name, include=[f"{room}/*" for room in _ROOMS])
        files = json.loads(Path(report.name).read_text(encoding="utf-8"))["files"]
    for name, file in sorted(files.items()):
        if missed := file["missing_branches"]:
            print(name, "misses", ", ".join(f"{line}→{then}" for line, then in missed))
    shares = [_share(room, files) for room in _ROOMS]
    return int(min(shares) < _LEAST)


def _share(room: str, files: dict[str, dict[str, dict[str, int]]]) -> float:
    sums: Counter[str] = Counter()
    for name, file in files.items():
        if name.startswith(f"{room}/"):
            sums.update(
                {
                    key: int(value)
                    for key, value in file["summary"].items()
                    if "num_" in key or "covered" in key
                }
            )
    branches = 100 * sums["covered_branches"] / sums["num_branches"]
    lines = 100 * sums["covered_lines"] / sums["num_statements"]
    print(f"{room}: {branches:.1f} % of {sums['num_branches']} branches, {lines:.1f} % of lines")
    return branches


if __name__ == "__main__":
    sys.exit(main())
