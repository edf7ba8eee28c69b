"""A web server on loopback that sends ranges, counts bytes, and fails on call."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass
class Served:
    """What is served, how, and what was asked for.

    Attributes
    ----------
    files
        Content by path, without the first stroke.
    ranges
        Whether parts of files are sent.
    failures
        What the next answers are instead: a status, or ``"cut"`` for an answer that breaks off.
    sent
        Bytes that were sent, by path.
    asked
        Every path that was asked for, with its query.
    headers
        The headers of the last request.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    failures: list[Any] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    lock: Any = field(default_factory=threading.Lock)
    url: str = ""

    def count(self, path: str, data: bytes) -> None:
        """Count what is sent."""
        with self.lock:
            self.sent[path] = self.sent.get(path, 0) + len(data)

    def failure(self) -> Any:
        """Take the next failure."""
        with self.lock:
            return self.failures.pop(0) if self.failures else None


@contextmanager
def serving() -> Iterator[Served]:
    """Serve files on loopback."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self, served)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Say nothing of clients that hang up in the middle of an answer."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(request: BaseHTTPRequestHandler, served: Served) -> None:
    """Answer one request."""
    served.asked.append(request.path)
    served.headers = dict(request.headers)
    path = request.path.partition("?")[0].lstrip("/")
    failure = served.failure()
    if isinstance(failure, int):
        send(request, failure, [])
    elif path not in served.files:
        send(request, 404, [])
    else:
        send_file(request, served, path, cut=failure == "cut")


def send_file(request: BaseHTTPRequestHandler, served: Served, path: str, *, cut: bool) -> None:
    """Send a file or a part of it."""
    content = served.files[path]
    headers = [("ETag", f'"{sha256(content).hexdigest()}"')]
    found = RANGE.fullmatch(request.headers.get("Range", ""))
    data, status = content, 200
    if served.ranges and found is not None:
        start = int(found[1])
        data, status = content[start : int(found[2]) + 1], 206
        place = f"{start}-{start + len(data) - 1}" if data else "*"
        status = status if data else 416
        headers.append(("Content-Range", f"bytes {place}/{len(content)}"))
    served.count(path, data)
    send(request, status, headers, data, cut=cut)


def send(
    request: BaseHTTPRequestHandler,
    status: int,
    headers: Sequence[tuple[str, str]],
    data: bytes = b"",
    *,
    cut: bool = False,
) -> None:
    """Send an answer; one that is cut says more bytes than come."""
    request.send_response(status)
    for name, value in (*headers, ("Content-Length", str(len(data)))):
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(data[: len(data) // 2] if cut else data)
    request.close_connection = request.close_connection or cut
