"""How a view reaches the one service of its application."""

from typing import cast

from flask import Flask, current_app

from bot.service import Service

KEY = "stepalong"


def put(app: Flask, service: Service) -> None:
    """Give the application its service."""
    app.extensions[KEY] = service


def the_service() -> Service:
    """The service of the application that answers now."""
    return cast(Service, current_app.extensions[KEY])
