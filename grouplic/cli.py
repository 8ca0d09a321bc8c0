"""The `grouplic` command.

What the other commands need takes longer to import than the server does to start, and whoever
starts the site again waits for it: serving goes without.
"""

import sys

import typer

from grouplic.serving import serve


def main() -> None:
    """Run the command that the arguments name."""
    name, *arguments = sys.argv[1:] or [""]
    if name == "serve":
        serving = typer.Typer(add_completion=False)
        serving.command()(serve)
        serving(arguments, prog_name="grouplic serve")
    from grouplic.commands import main as commands

    commands()
