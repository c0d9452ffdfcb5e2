"""How Twilio is reached: any base address, kept-alive connections, a time-out, tokens being exchanged.

Imported only where something is sent: the libraries behind it are slow to load.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as BrokenConnection
from requests.exceptions import ConnectTimeout
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError


class HttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's own client, for another base address. Its default time-out is none at all."""

    def __init__(self, base: str, tokens: Sequence[str], seconds: float, at_once: int) -> None:
        super().__init__(timeout=seconds)
        self._base = urlsplit(base)
        self._tokens = tokens
        adapter = HTTPAdapter(pool_maxsize=at_once, pool_block=True)
        for prefix in ("https://", "http://"):
            self.session.mount(prefix, adapter)

    def request(self, method: str, url: str, **more: Any) -> Response:
        """As Twilio's, at our base; while tokens are exchanged, the first one that is accepted."""
        account, _ = more.pop("auth")
        for token in self._tokens:
            response = super().request(method, self._moved(url), auth=(account, token), **more)
            if response.status_code != 401:
                break
        return response

    def _moved(self, url: str) -> str:
        parts = urlsplit(url)
        path = self._base.path.rstrip("/") + parts.path
        return urlunsplit((self._base.scheme, self._base.netloc, path, parts.query, ""))


def never_connected(error: Exception) -> bool:
    """Whether no connection was made, so that nothing can have been taken."""
    if isinstance(error, ConnectTimeout):
        return True
    if not isinstance(error, BrokenConnection) or not error.args:
        return False
    reason = getattr(error.args[0], "reason", None)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
