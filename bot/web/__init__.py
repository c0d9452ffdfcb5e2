"""The web: webhooks, health, and the phone on a page. It asks the use cases; it decides nothing."""

from datetime import timedelta

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from bot import logs, reading
from bot.clock import Clock
from bot.service import Service
from bot.settings import Settings
from bot.web import desk, errors, go_live, guard, health, home, metrics, phone, privacy, saying, showing, webhooks
from bot.web.the_service import put

# Twilio's longest text is 1600 characters; as emoji they are 19 kilobytes of a form, and a few more come with it.
LARGEST_BODY = 32 * 1024
# How long a text box that was left open keeps working is the browser's business: the token lives as long
# as its session, and a wall clock that is moved forward does not end it.
SESSION = timedelta(hours=20)


def create_app(settings: Settings, service: Service | None = None) -> Flask:
    """Build the web application. Without a `service`, it makes its own and takes over this process's logs."""
    if service is None:
        logs.configure(settings)
        service = Service.from_settings(settings)
        _learn_to_read(service)
    app = Flask(__name__)
    app.config.update(_config(settings))
    put(app, service)
    csrf = CSRFProtect(app)
    guard.install(app, settings)
    metrics.install(app)
    errors.install(app)
    showing.install(app)
    saying.install(app)
    for blueprint in (webhooks.blueprint, health.blueprint, go_live.blueprint, home.blueprint, privacy.blueprint):
        app.register_blueprint(blueprint)
    desk.install(app, settings)
    # A webhook is signed; a form's token is for pages.
    csrf.exempt(webhooks.blueprint)
    if settings.channel == "phone":
        app.register_blueprint(phone.blueprint)
    return app


def _learn_to_read(service: Service) -> None:
    """Build the word tables, a second's work, before somebody waits for their answer."""
    now = Clock().now()
    for language in {spoken for scheme in service.library.schemes.values() for spoken in scheme.languages}:
        reading.hear("hello", None, now, language=language)
        reading.read_barrier("hello", language)
        for kind in reading.KINDS:
            reading.read(kind, "hello", now, language)


def _config(settings: Settings) -> dict[str, object]:
    encrypted = settings.public_url.startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key,
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "SESSION_COOKIE_NAME": "__Host-stepalong" if encrypted else "stepalong",
        "SESSION_COOKIE_SECURE": encrypted,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": SESSION,
        "WTF_CSRF_TIME_LIMIT": None,
        # It compares the Referer, which our Referrer-Policy tells browsers not to send.
        "WTF_CSRF_SSL_STRICT": False,
        "TEMPLATES_AUTO_RELOAD": False,
    }
