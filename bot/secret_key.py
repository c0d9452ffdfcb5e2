"""The secret key of a machine that was given none."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from bot.settings_faults import SettingsError, sentence


def kept_key(path: Path, given: str) -> str:
    """The given key, or else the one in this file, made if there is none. The file's folder is made too."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not given and not path.exists():
            _keep_new_key(path)
        key = given or path.read_text().strip()
    except OSError as error:
        raise SettingsError([sentence("key unkept", value=str(path), why=str(error.strerror))]) from error
    if not key:
        raise SettingsError([sentence("key empty", value=str(path))])
    return key


def _keep_new_key(path: Path) -> None:
    # Written aside and linked: the link appears whole or not at all, and of two at once the first stays.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".secret_key_") as aside:
        aside.write(secrets.token_urlsafe(48))
        aside.flush()
        with suppress(FileExistsError):
            os.link(aside.name, path)
