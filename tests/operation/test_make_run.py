"""The newcomer's first minute: `make run` as it is, twice in the same place."""

import os
from http.client import HTTPConnection

from tests.operation.running import Run, ctrl_c, needs_proc, term

pytestmark = needs_proc


def get(port: int, path: str) -> int:
    """The status of a page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_runs_stops_and_runs_again(environ: dict[str, str], port: int) -> None:
    environ |= {"PORT": str(port), "HOME": os.environ.get("HOME", "/")}
    for stop in (term, ctrl_c):
        with Run(["make", "run"], environ, patience=120) as run:
            run.until(f"open http://localhost:{port}/phone")
            assert [get(port, path) for path in ("/healthz", "/readyz", "/phone")] == [200, 200, 200]
            stop(run)
            run.end()
        assert run.said("Traceback") == 0, "\n".join(run.lines)
