"""A real server in a process of its own, and a real browser before it."""

import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import insert, select

from bot.models import Base
from bot.seed import seed
from bot.service import Service
from bot.settings import ROOT, Settings
from bot.sweep import sweep
from tests.browser.desk_site import DeskSite
from tests.conftest import plain_environ
from tests.databases import Databases
from tests.web.conftest import add_person

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
PEOPLE = {"Amina": "+447700900001", "Leon": "+447700900002"}


@dataclass(frozen=True)
class Site:
    """Where the server answers, and who is there."""

    url: str
    people: dict[str, uuid.UUID]

    def phone(self, name: str) -> str:
        return f"{self.url}/phone/{self.people[name]}"


@pytest.fixture
def site(settings: Settings, environ: dict[str, str], database_url: str, tmp_path: Path) -> Iterator[Site]:
    """Gunicorn as the Procfile starts it, on a free port, with two people."""
    service = Service.from_settings(settings)
    now = service.clock.now()
    people = {name: add_person(service.database, name, mobile, now) for name, mobile in PEOPLE.items()}
    service.database.close()
    with _serving(environ, tmp_path, _free_port()) as url:
        yield Site(url, people)


@pytest.fixture(scope="session")
def planted(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The example cast with its past, played once; a test takes a copy of it. Playing it takes longer than a test."""
    folder = tmp_path_factory.mktemp("planted")
    with databases.migrated(folder) as url:
        service = Service.from_settings(Settings.from_env(plain_environ(folder) | {"DATABASE_URL": url}))
        seed(service, sweep)
        yield service
        service.database.close()


@pytest.fixture
def desk_site(environ: dict[str, str], database_url: str, planted: Service, tmp_path: Path) -> Iterator[DeskSite]:
    """The same with the example cast, as a newcomer meets it."""
    port = _free_port()
    environ["PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    service = Service.from_settings(Settings.from_env(environ))
    _copy(planted, service)
    with _serving(environ, tmp_path, port) as url:
        yield DeskSite(url, service)
    service.database.close()


def _copy(planted: Service, service: Service) -> None:
    """Every row of the one into the other, which has none."""
    with planted.database.read() as source, service.database.write() as db:
        for table in Base.metadata.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows:
                db.execute(insert(table), rows)


@contextmanager
def _serving(environ: dict[str, str], folder: Path, port: int) -> Iterator[str]:
    """The pages' server as the Procfile starts it."""
    command = [sys.executable, "-m", "gunicorn", "app:app", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        _wait_for(port, server, folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window with scripts. What goes wrong in the page goes wrong in the test."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        yield page
        assert faults == []


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A window without scripts."""
    with browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        yield page


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    pytest.fail(f"the server did not answer: {log.read_text()[-2000:]}")
