"""nginx and Caddy in front, by the very lines of docs/operations.md, over TLS.

Both are asked for by name, as they are installed: `apt-get install nginx caddy`.
"""

import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path
from shutil import copy

import aiohttp
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from grouplic.services.flash import COOKIE, read_flash
from grouplic.settings import DEVELOPMENT_SECRET
from tests.conftest import ROOT
from tests.coroutines import run
from tests.running.servers import PATIENCE, Server, free_port, serving, wait_until

pytestmark = [pytest.mark.alone, pytest.mark.prove]

HOST = "learn.example"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
# What a packaged nginx has around a site, but in a folder of the test's that is closed to others.
AROUND_NGINX = """
user {user};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    {site}
}}
"""


def written(first_line: str) -> str:
    """Return the block of the documentation that begins so."""
    (block,) = re.findall(rf"^```\n({re.escape(first_line)}.*?)^```", OPERATIONS, re.M | re.S)
    return str(block).replace("127.0.0.1:3000", "127.0.0.1:{site}")


def nginx(folder: Path, site: int, port: int) -> list[str]:
    """Write its configuration, and return its command."""
    text = written("upstream grouplic").replace("{site}", str(site))
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    (folder / "nginx.conf").write_text(
        AROUND_NGINX.format(user=getuser(), folder=folder, site=text)
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, site: int, port: int) -> list[str]:
    """The same; it is kept from asking an authority for a certificate."""
    text = written(f"{HOST} {{").replace("{site}", str(site))
    tls = f"https://{HOST}:{port} {{\n    tls {folder}/cert.pem {folder}/key.pem"
    alone = "{\n    admin off\n    auto_https disable_redirects\n}\n"
    (folder / "Caddyfile").write_text(alone + text.replace(f"{HOST} {{", tls))
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@pytest.mark.parametrize(("proxy", "figures"), [(nginx, 403), (caddy, 404)])
def test_a_proxy_passes_pages_sockets_files_and_addresses(  # type: ignore[no-untyped-def]
    tmp_path: Path, sqlite_template: Path, proxy, figures: int
) -> None:
    if not shutil.which(proxy.__name__):
        # No pip package brings either. A machine without them proves all the rest, and says this.
        pytest.skip(f"{proxy.__name__} is not installed")
    url = f"sqlite:///{copy(sqlite_template, tmp_path / 'site.db')}"
    proxied = {"PUBLIC_URL": f"https://{HOST}", "TRUSTED_PROXIES": "1"}
    site = Server(tmp_path, url, **proxied, FAILED_SIGN_INS_PER_ADDRESS="1/hour")
    port = free_port()
    certify(tmp_path)
    with serving(site), in_front(proxy(tmp_path, site.port, port), port), visitor(port) as browser:
        page = browser.get("/sign-in/")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"]
        assert browser.get("/metrics").status_code == figures
        assert run(upgraded(port)).startswith("40/_event")
        # Larger than what nginx takes by itself: it is the site that answers.
        form = {"Origin": f"https://{HOST}"}
        large = browser.post("/uploads/nobody", content=b"x" * 3_000_000, headers=form)
        assert large.status_code != 413
        assert "content-security-policy" in large.headers
        # Whoever says to come from elsewhere is still counted by where they come from.
        told = [sign_in(browser, form, said) for said in ("192.0.2.1", "192.0.2.2")]
        assert "Too many failed attempts" not in told[0]
        assert "Too many failed attempts" in told[1]


def sign_in(browser: httpx.Client, form: dict[str, str], said: str) -> str:
    answer = browser.post(
        "/auth/sign-in",
        data={"email": "x@y.org", "password": "a guess"},
        headers={**form, "X-Forwarded-For": said},
    )
    flash = read_flash(answer.cookies[COOKIE], "sign-in", DEVELOPMENT_SECRET)
    assert flash
    return flash.message


@contextmanager
def in_front(command: list[str], port: int) -> Iterator[None]:
    """Run the proxy."""
    process = subprocess.Popen(command)

    def answers() -> bool:
        assert process.poll() is None, "it did not start"
        try:
            with visitor(port) as browser:
                return browser.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    try:
        wait_until(answers)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def trusting() -> ssl.SSLContext:
    """Return what asks no authority: the certificate is the test's own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def visitor(port: int) -> httpx.Client:
    """Return a browser that knows where the host is."""

    def ask_for_the_host(request: httpx.Request) -> None:
        request.extensions["sni_hostname"] = HOST

    return httpx.Client(
        base_url=f"https://127.0.0.1:{port}",
        headers={"Host": HOST},
        verify=trusting(),
        timeout=PATIENCE,
        event_hooks={"request": [ask_for_the_host]},
    )


async def upgraded(port: int) -> str:
    """Open a page's websocket, and return what the framework answers to its first words."""

    class Here(aiohttp.abc.AbstractResolver):
        async def resolve(self, host, port=0, family=0):  # type: ignore[no-untyped-def]
            known = {"hostname": host, "host": "127.0.0.1", "port": port}
            return [{**known, "family": 2, "proto": 0, "flags": 0}]

        async def close(self) -> None:
            pass

    connector = aiohttp.TCPConnector(resolver=Here(), ssl=trusting())
    headers = {"Host": HOST, "Origin": f"https://{HOST}"}
    path = f"wss://{HOST}:{port}/_event/?EIO=4&transport=websocket&token=a-tab"
    async with (
        aiohttp.ClientSession(connector=connector) as browser,
        browser.ws_connect(path, headers=headers) as socket,
    ):
        assert (await socket.receive_str()).startswith("0{")
        await socket.send_str("40/_event,{}")
        return await socket.receive_str()


def certify(folder: Path) -> None:
    """Write a certificate for the host, signed by nobody."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    (folder / "key.pem").write_bytes(key.private_bytes(*form, serialization.NoEncryption()))
