"""The web's entry: `gunicorn app:app`."""

import sys

from bot.library import FlowsRefused
from bot.settings import Settings, SettingsError
from bot.web import create_app

try:
    app = create_app(Settings.from_env())
except (SettingsError, FlowsRefused) as error:
    # The log keeps no exception's words, and these are for whoever starts it.
    sys.stderr.write(f"{error}\n")
    raise
