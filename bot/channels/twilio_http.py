"""How Twilio is reached: any base address, kept-alive connections, a time-out, tokens being exchanged.

Imported only where something is sent: the libraries behind it are slow to load.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from requests import Request, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as BrokenConnection
from requests.exceptions import ConnectTimeout
from twilio.http import HttpClient as TwilioHttp
from twilio.http.response import Response
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError


class HttpClient(TwilioHttp):  # type: ignore[misc]
    """A client for Twilio's library, at another base address if there is one. Safe to share between threads.

    Twilio's own has no time-out, reads the whole environment at each request, and may log what it sends.
    ``seconds`` holds for connecting and for each piece of the answer.
    """

    def __init__(self, base: str, tokens: Sequence[str], seconds: float, at_once: int) -> None:
        super().__init__(None, False, seconds)
        self._base = urlsplit(base)
        self._tokens = tokens
        self._adapter = HTTPAdapter(pool_connections=1, pool_maxsize=at_once, pool_block=True)
        # The proxy and the certificates that this machine wants.
        self._surroundings = Session().merge_environment_settings(base, {}, False, None, None)

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Ask at our base, with the first of our tokens that is accepted."""
        account = auth[0] if auth else ""
        for token in self._tokens:
            asked = Request(method, self._moved(url), headers, data=data, params=params, auth=(account, token))
            answer = self._adapter.send(asked.prepare(), timeout=timeout or self.timeout, **self._surroundings)
            if answer.status_code != 401:
                break
        return Response(answer.status_code, answer.text, answer.headers)

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
