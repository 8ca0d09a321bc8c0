"""Dockerfile and compose.yaml, as far as they can be checked without an engine."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from dockerfile_parse import DockerfileParser
from typer.main import get_command

from grouplic.commands import main
from grouplic.settings import Settings
from tests.running.servers import free_port, wait_until

ROOT = Path(__file__).parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
PARSED = DockerfileParser(path=str(ROOT / "Dockerfile")).structure
DOCKERFILE = "\n".join(f"{one['instruction']} {one['value']}" for one in PARSED)
IGNORED = (ROOT / ".dockerignore").read_text().split()
# The major version of Debian's postgresql-client.
CLIENTS = {"bookworm": 15, "trixie": 17}
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def instructions(name: str) -> list[str]:
    return [one["value"] for one in PARSED if one["instruction"] == name]


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
    assert [one for one in copied if any(fnmatch(one, ignored) for ignored in IGNORED)] == []
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


def test_hadolint_finds_nothing() -> None:
    folders = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    hadolint = shutil.which("hadolint", path=folders)
    assert hadolint
    found = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (found.stdout, found.returncode) == ("", 0)


def test_what_is_set_in_the_image_are_settings() -> None:
    named = dict(pair.split("=", 1) for line in instructions("ENV") for pair in shlex.split(line))
    assert {name.lower() for name in named.keys() - {"HOME"}} <= Settings.model_fields.keys()
    assert Settings(_env_file=None, host=named["HOST"]).host == "0.0.0.0"


def test_it_runs_as_nobody_special_who_may_write_where_its_files_are() -> None:
    (user,) = instructions("USER")
    (made,) = [line for line in instructions("RUN") if "useradd" in line]
    assert user != "0"
    assert f"--uid {user} grouplic" in made
    assert "chown grouplic var" in made
    # The default of DATA_DIR, below the folder of the app.
    assert Settings.model_fields["data_dir"].default == "var"
    assert instructions("VOLUME") == ["/app/var"]
    assert COMPOSE["services"]["app"]["volumes"] == ["local-files:/app/var"]


def test_the_database_is_not_newer_than_what_makes_its_backups() -> None:
    (image,) = instructions("FROM")
    server = re.fullmatch(r"postgres:(\d+)", COMPOSE["services"]["database"]["image"])
    assert server
    assert "postgresql-client" in DOCKERFILE
    assert CLIENTS[image.rpartition("-")[2]] >= int(server[1])


@pytest.mark.prove
@pytest.mark.alone
@pytest.mark.timeout(1800)
def test_every_line_runs_in_a_clean_folder_and_the_site_that_comes_of_it_is_well(
    tmp_path: Path,
) -> None:
    app = tmp_path / "app"
    app.mkdir()
    port = str(free_port())
    environment = {**os.environ, "PORT": port}
    environment.pop("PYTHONPATH", None)
    for one in PARSED:
        if one["instruction"] == "COPY":
            *sources, target = shlex.split(one["value"])
            for source in sources:
                copy(ROOT / source, app / target)
        # Debian's packages and users are the machine's, which is not this test's to change.
        elif one["instruction"] == "RUN" and "apt-get" not in one["value"]:
            line = f"useradd() {{ :; }}; chown() {{ :; }}; {one['value']}"
            subprocess.run(["sh", "-ec", line], cwd=app, env=environment, check=True)
    assert list((app / "var").iterdir()) == []
    subprocess.run([".venv/bin/grouplic", "migrate"], cwd=app, env=environment, check=True)
    (start,) = instructions("CMD")
    (check,) = instructions("HEALTHCHECK")
    ask = [one.replace(":3000/", f":{port}/") for one in json.loads(check.partition("CMD")[2])]
    with subprocess.Popen(json.loads(start), cwd=app, env=environment) as site:
        try:
            wait_until(lambda: subprocess.run(ask, cwd=app, capture_output=True).returncode == 0)
        finally:
            site.terminate()


def copy(source: Path, target: Path) -> None:
    """Copy as the image does, without what it ignores."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


@contextmanager
def answering(status: int) -> Iterator[int]:
    """Answer everything with this status; yields the port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_the_image_asks_the_site_how_it_is(status: int, well: bool) -> None:
    (check,) = instructions("HEALTHCHECK")
    python, *arguments = json.loads(check.partition("CMD")[2])
    assert python == ".venv/bin/python"
    with answering(status) as port:
        arguments = [one.replace(":3000/", f":{port}/") for one in arguments]
        done = subprocess.run([sys.executable, *arguments], capture_output=True)
    assert (done.returncode == 0) is well
