"""What the `grouplic` command can do."""

import getpass
from collections.abc import Callable
from pathlib import Path

import typer
from alembic.config import Config

from alembic import command
from grouplic import demo as demo_data
from grouplic import wiring
from grouplic.adapters import backups
from grouplic.adapters.catalog_files import InvalidCatalog, read_catalog
from grouplic.domain.people import Role
from grouplic.domain.refusals import Refusal
from grouplic.frontend import build_if_changed
from grouplic.services import accounts, checkout
from grouplic.services.catalog import ModuleText, load
from grouplic.serving import serve
from grouplic.settings import settings

main = typer.Typer(help="Group licenses of online modules.", no_args_is_help=True)
catalog = typer.Typer(help="The modules for sale.", no_args_is_help=True)
user = typer.Typer(help="Accounts.", no_args_is_help=True)
main.add_typer(catalog, name="catalog")
main.add_typer(user, name="user")
main.command()(serve)


@main.command()
def run() -> None:
    """Migrate, load the catalog and the demo, build what changed, and serve."""
    migrate()
    load_catalog()
    demo()
    build()
    typer.echo(demo_data.WHO_CAN_SIGN_IN)
    serve()


@main.command()
def build() -> None:
    """Build the frontend, unless nothing that it is made of has changed."""
    if build_if_changed():
        typer.echo("Built the frontend.")


@main.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    url = settings().database_url
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(Config("alembic.ini"), "head")


@main.command()
def demo() -> None:
    """Create the demo accounts and their class, once; never in production."""
    if settings().in_production:
        raise typer.BadParameter("Demo accounts have known passwords; not in production.")
    demo_data.create(wiring.outside())


@main.command()
def reconcile() -> None:
    """Ask the payment provider about every order that is not settled."""
    outside = wiring.outside()
    changed = checkout.reconcile(outside.database, outside.payments, outside.clock())
    typer.echo(f"{changed} orders changed.")


@main.command()
def backup(file: Path) -> None:
    """Write the whole database into FILE, while the site goes on."""
    _or_say_why(lambda: backups.backup(settings().database_url, file))
    typer.echo(f"Wrote {file}.")


@main.command()
def restore(file: Path, replace: bool = typer.Option(False)) -> None:
    """Bring the database back to FILE, with the site stopped."""
    _or_say_why(lambda: backups.restore(settings().database_url, file, replace))
    typer.echo("Restored. Run `grouplic migrate` before serving.")


@catalog.command("load")
def load_catalog() -> None:
    """Bring the modules of the catalog folder into the database."""
    modules = _checked_catalog()
    with wiring.database().writing() as session:
        changed = load(session, modules, wiring.clock())
    for slug in changed:
        typer.echo(f"Loaded {slug}.")


@catalog.command("check")
def check_catalog() -> None:
    """Check the catalog folder and report every problem: file, line and reason."""
    modules = _checked_catalog()
    typer.echo(f"{len(modules)} modules, nothing wrong.")


def _checked_catalog() -> list[ModuleText]:
    try:
        return read_catalog(Path(settings().catalog_dir))
    except InvalidCatalog as invalid:
        typer.echo(invalid, err=True)
        raise typer.Exit(1) from None


@user.command("create")
def create_user(
    email: str, first_name: str, last_name: str, operator: bool = typer.Option(False)
) -> None:
    """Create a confirmed account; the password is asked for, and read from no argument."""
    password = getpass.getpass("Password: ")
    outside = wiring.outside()
    try:
        account = accounts.check_new_account(email, first_name, last_name, password)
        password_hash = outside.hasher.hash(password)
        role = Role.OPERATOR if operator else Role.MEMBER
        with outside.database.writing() as session:
            accounts.insert_user(
                session, account, password_hash, outside.clock(), role, outside.clock()
            )
    except Refusal as refusal:
        typer.echo(refusal.message, err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Created {email}.")


def _or_say_why(act: Callable[[], None]) -> None:
    try:
        act()
    except backups.BackupProblem as problem:
        typer.echo(problem, err=True)
        raise typer.Exit(1) from None
