"""The OpenID provider from PyPI: oidc-provider-mock, in a thread."""

from __future__ import annotations

import json
import threading
import urllib.parse
import urllib.request
from typing import Any, cast

import oidc_provider_mock
import werkzeug.serving
from oidc_provider_mock import User

from tests.support.page import read_page


class OpenIDProvider:
    """A running provider. Its discovery document lacks one member that IDP-19 demands."""

    def __init__(self) -> None:
        self.people: list[User] = []
        self.more: dict[str, Any] = {}
        app = oidc_provider_mock.app(require_nonce=True)
        app.debug = False

        app.add_url_rule("/favicon.ico", view_func=lambda: ("", 204))

        @app.after_request
        def complete(response: Any) -> Any:
            document = response.json if response.is_json else None
            if isinstance(document, dict) and "jwks_uri" in document:
                methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
                response.data = json.dumps(document | methods | self.more)
            return response

        self.server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def well_known_url(self) -> str:
        """Where its discovery document is."""
        return f"{self.url}/.well-known/openid-configuration"

    def register(self, subject: str, **claims: Any) -> None:
        """Let it know a person with these claims."""
        body = json.dumps(claims).encode()
        request = urllib.request.Request(
            f"{self.url}/users/{urllib.parse.quote(subject)}",
            body,
            {"Content-Type": "application/json"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=10).close()

    def authorize(self, url: str, subject: str, *, action: str = "authorize") -> str:
        """Sign `subject` in at an authorization URL; where the browser is sent back to."""
        fields = {"sub": subject, "action": action}
        request = urllib.request.Request(url, urllib.parse.urlencode(fields).encode())
        opener = urllib.request.build_opener(_Stay())
        with opener.open(request, timeout=10) as answer:
            return cast(str, answer.headers["Location"])

    def stop(self) -> None:
        """End the server."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class _Stay(urllib.request.HTTPRedirectHandler):
    """Shows redirects instead of following them."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp

    http_error_301 = http_error_303 = http_error_302


def form_of(page: str) -> tuple[str, dict[str, str]]:
    """Where the form of a page goes, and its hidden fields."""
    form = read_page(page).forms[0]
    return form.get("action"), dict(form.sent)
