"""The web's entry: `gunicorn app:app`."""

from bot.settings import Settings
from bot.web import create_app

app = create_app(Settings.from_env())
