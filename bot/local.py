"""What `make run` starts: everything the service needs, on one machine, for one person to try.

The steps are those of a real deployment (the Procfile's), with an embedded Valkey where no REDIS_URL
is given and the example cast in the database.
"""

import os
import socket
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from honcho.environ import parse_procfile

from bot.children import Children
from bot.embedded import EmbeddedError, valkey
from bot.settings import ROOT, Settings, SettingsError

STAYING = ("web", "worker", "clock")


def main(root: Path = ROOT) -> int:
    """Run until told to stop, and return 0; say in a sentence why not, and return something else.

    1. Look at the settings and the port before anything is started.
    2. Start Valkey, if ours; then migrations and the example cast, one after the other.
    3. Start web, worker and clock, and print the address when the web answers.
    4. At Ctrl-C or a TERM stop the processes, and after them Valkey.
    """
    try:
        settings = Settings.from_env(root=root)
    except SettingsError as error:
        return _sorry(str(error))
    if _in_use(settings.port):
        return _sorry(
            f"Port {settings.port} is in use by another program. Stop that one, or choose another port: "
            f"PORT={settings.port + 1} make run"
        )
    children = Children(root, _environment(settings))
    children.stop_at_signals()
    try:
        with _redis(settings):
            return _play(settings, children)
    except EmbeddedError as error:
        return _sorry(str(error))


def _play(settings: Settings, children: Children) -> int:
    procfile = parse_procfile((settings.root / "Procfile").read_text()).processes
    children.say("Getting ready. The first time the example people's past is played, which takes some seconds.")
    for name, command in (("release", procfile["release"]), ("seed", "exec python -m bot seed")):
        code = children.run({name: command})
        if children.told_to_stop:
            return 0
        if code:
            return _sorry(f"{name} did not succeed: its lines above say why.")
    over = threading.Event()
    threading.Thread(target=_announce, args=(settings, children, over), daemon=True).start()
    code = children.run({name: procfile[name] for name in STAYING})
    over.set()
    if children.told_to_stop:
        return 0
    return _sorry("One of the processes ended by itself, so the others were stopped: the lines above say why.")


def _redis(settings: Settings) -> AbstractContextManager[Any]:
    if settings.embedded_redis is None:
        return nullcontext()
    return valkey(settings.embedded_redis, settings.var_dir / "valkey")


def _environment(settings: Settings) -> dict[str, str]:
    """What the processes are given: our surroundings, with our Python first on the path."""
    ours = Path(sys.executable).parent
    return {
        # Whoever sits at this machine may use the phone page; nobody else on its network.
        "WEB_HOST": "127.0.0.1",
        **os.environ,
        "PATH": f"{ours}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PORT": str(settings.port),
        "PYTHONUNBUFFERED": "1",
    }


def _in_use(port: int) -> bool:
    with socket.socket() as probe:
        # As the web server will ask: a port that is only waiting out its last connections is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _announce(settings: Settings, children: Children, over: threading.Event) -> None:
    """Print the address once the web answers."""
    while not _answers(settings.port):
        if over.wait(0.1):
            return
    page = "/phone" if settings.channel == "phone" else "/"
    children.say(f"\nStepalong is ready: open http://localhost:{settings.port}{page}\nStop it with Ctrl-C.\n")


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _sorry(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
