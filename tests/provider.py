"""An OpenID Connect provider on 127.0.0.1 that signs with a key of its own; for tests of signing in."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "seep-test", "a secret of the client"
Claims = dict[str, Any]


class Provider:
    """Signs in whoever comes as `subject`; a test can change the claims, the key and the algorithm."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.signing_key: Any = self.key
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.subject, self.name = "4711", "Mia Berg"
        self.change: Callable[[Claims], None] = lambda claims: None
        self.codes: dict[str, dict[str, str]] = {}
        self.requests: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.get(self)

            def do_POST(self) -> None:
                provider.post(self)

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def settings(self) -> dict[str, str]:
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": CLIENT_SECRET,
        }

    def authorize(self, url: str) -> str:
        """Sign in as a browser would at this address; return where the browser is sent."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def get(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path).path
        self.requests.append(path)
        if path == "/.well-known/openid-configuration":
            self.answer(request, 200, {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            })  # fmt: skip
        elif path == "/keys":
            self.answer(request, 200, KeySet([self.key]).as_dict(private=False))
        elif path == "/authorize":
            request.send_response(303)
            request.send_header("Location", self.authorize(request.path))
            request.end_headers()
        else:
            self.answer(request, 404, {})

    def post(self, request: BaseHTTPRequestHandler) -> None:
        form = parse_qs(request.rfile.read(int(request.headers["Content-Length"])).decode())
        sent = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        asked = self.codes.pop(form["code"][0], None)  # a code counts once
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_known = sent.replace("+", " ").replace("%20", " ") == f"{CLIENT_ID}:{CLIENT_SECRET}"
        if asked is None or not is_known or proof != asked["code_challenge"]:
            self.answer(request, 400, {"error": "invalid_grant"})
            return
        assert form["redirect_uri"][0] == asked["redirect_uri"]
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT_ID, "iat": now, "exp": now + 300,
                  "nonce": asked["nonce"], "name": self.name, "email": "mia@example.org"}  # fmt: skip
        self.change(claims)
        token = jwt.encode(self.header, claims, self.signing_key, algorithms=["RS256", "HS256"])
        self.answer(request, 200, {"access_token": "unused", "token_type": "Bearer", "id_token": token})

    @staticmethod
    def answer(request: BaseHTTPRequestHandler, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
