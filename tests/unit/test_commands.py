"""The `grouplic` command."""

import subprocess
import sys


def test_serving_imports_nothing_that_only_other_commands_need() -> None:
    """Whoever starts the site again waits for it, and the server imports all of it once more."""
    look = "import sys, grouplic.cli; print(*{name.split('.')[0] for name in sys.modules})"
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert {"sqlalchemy", "alembic", "stripe", "fpdf", "reflex"}.isdisjoint(told.stdout.split())
