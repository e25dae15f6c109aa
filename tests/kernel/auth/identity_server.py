"""A real HTTP server on a free port that says what a test tells it, for what asks api_core."""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from eduflow.kernel.auth.revocation import entity_tag


class IdentityServer:
    """Serves documents by path, with an ETag; goes away and comes back on the same port."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.status = 200
        self.asked: Counter[str] = Counter()
        self.answers: Counter[int] = Counter()
        self.gate = threading.Event()
        self.gate.set()
        self._port = 0
        self.start()

    def start(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked[self.path] += 1
                outer.gate.wait(5)
                body = outer.documents.get(self.path, b"")
                tag = entity_tag(body)
                status = outer.status
                if status == 200 and self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
                outer.answers[status] += 1
                self.send_response(status)
                self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Those who hang up in the middle are part of the tests."""

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_port
        # The default asks every half second whether to stop; a test stops it often.
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.gate.set()
        self.stop()
