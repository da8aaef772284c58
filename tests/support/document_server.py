"""Serve the documents of an OpenID provider."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


class DocumentServer:
    """Answers with the JSON of `documents[path]`, and counts what was asked."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.asked: Counter[str] = Counter()
        self.forms: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked[self.path] += 1
                document = outer.documents.get(self.path)
                self.send_response(404 if document is None else 200)
                self.end_headers()
                self.wfile.write(json.dumps(document).encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.forms.append({k: v[0] for k, v in parse_qs(body).items()})
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}
        )

    def publish_discovery(self, **changed: Any) -> dict[str, Any]:
        """A complete discovery document; a member given as None is left out."""
        document = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "jwks_uri": f"{self.url}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
            **changed,
        }
        document = {k: v for k, v in document.items() if v is not None}
        self.documents["/.well-known/openid-configuration"] = document
        return document

    @property
    def well_known_url(self) -> str:
        return f"{self.url}/.well-known/openid-configuration"
