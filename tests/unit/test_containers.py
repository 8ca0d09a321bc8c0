"""Dockerfile and compose.yaml, as far as they can be checked without an engine."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from grouplic.commands import main
from grouplic.settings import Settings

ROOT = Path(__file__).parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)


def environment() -> dict[str, str]:
    return dict(COMPOSE["services"]["app"]["environment"])


def test_every_setting_that_is_named_exists_and_is_accepted() -> None:
    assert {name.lower() for name in environment()} <= Settings.model_fields.keys()
    chosen = Settings(**{name.lower(): value for name, value in environment().items()})
    assert (chosen.workers, chosen.log_json) == (2, True)
    assert chosen.database_url.startswith("postgresql+psycopg://")


def test_every_command_that_is_named_exists() -> None:
    text = DOCKERFILE + str(COMPOSE["services"]["prepare"]["command"]) + OPERATIONS
    named = set(re.findall(r'\.venv/bin/grouplic"?,? "?([a-z]+)', text))
    assert named >= {"serve", "build", "migrate", "catalog", "demo", "backup", "restore"}
    assert named <= get_command(main).commands.keys()  # type: ignore[attr-defined]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]+)$", DOCKERFILE, re.MULTILINE)) <= targets


def test_everything_that_is_copied_exists_and_so_does_what_the_build_is_made_of() -> None:
    copied = {source for line in instructions("COPY") for source in shlex.split(line)[:-1]}
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert copied >= {"rxconfig.py", "reflex.lock", "assets", "grouplic", "requirements"}


def test_the_services_and_volumes_that_are_named_exist() -> None:
    services, volumes = COMPOSE["services"], COMPOSE["volumes"].keys()
    for service in services.values():
        assert set(service.get("depends_on", {})) <= services.keys()
        used = {mount.split(":")[0] for mount in service.get("volumes", [])}
        assert used <= volumes
    hosts = {re.split(r"[@/]+", environment()["DATABASE_URL"])[2], environment()["SMTP_HOST"]}
    hosts.add(re.split(r"[/:]+", environment()["REDIS_URL"])[1])
    assert hosts <= services.keys()


@pytest.mark.parametrize("name", ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"])
def test_the_app_connects_as_whom_the_database_knows(name: str) -> None:
    assert COMPOSE["services"]["database"]["environment"][name] in environment()["DATABASE_URL"]


def test_the_port_that_is_published_is_the_one_it_listens_on() -> None:
    (published,) = COMPOSE["services"]["app"]["ports"]
    assert published.endswith(f":{Settings(_env_file=None).port}")
    assert instructions("EXPOSE") == [str(Settings(_env_file=None).port)]
