"""What fetches ranges of a file from a server, by fsspec: of the web, or of an object store.

Retries, sessions and credentials of an object store are those of its client, which reads the
environment and the files that every program of that store reads. A server of the web is asked
again here, a few times with longer and longer waits.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from ipaddress import ip_address
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.spelling import visible
from lossctl.core.urls import without_secrets

HEAD = 512  # bytes at the start that are kept: headers are read a few bytes at a time
CLIENTS = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}
IN_EXTRA = ("s3fs",)
STAMPS = ("ETag", "etag", "LastModified", "last_modified", "mtime", "updated", "generation")
TRIES, FIRST_WAIT = 5, 0.5  # seconds, doubled each time
PATIENCE = 60.0  # seconds without a byte
PASSED = {408, 425, 429, 500, 502, 503, 504}  # what a server may answer otherwise a moment later
RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+)")


class PassingError(Exception):
    """What may not happen again when the same is asked a moment later."""


class State(NamedTuple):
    """What differs once a file is written anew: its size, and what its server stamps it with."""

    size: int
    stamps: tuple[str | None, ...]


class Beginning(NamedTuple):
    """What the first request says of a file."""

    state: State
    head: bytes


class Ranges(Protocol):
    """What fetches parts of one file."""

    def begin(self) -> Beginning:
        """Ask for the state of the file and its first bytes."""
        ...

    def fetch(self, start: int, stop: int) -> tuple[bytes, State | None]:
        """Return bytes `start` to `stop`, and the state of the file if the answer has it.

        Bytes that the file no longer has are left out.
        """
        ...

    def state(self) -> State | None:
        """Ask for the state of the file; None where every answer had it."""
        ...


class WebRanges:
    """Ranges of a file on a web server; every answer says of which state of the file it is."""

    def __init__(self, url: str) -> None:
        """Refuse to send a password in clear text over a network."""
        self._url, self._shown = url, visible(without_secrets(url))
        parts = urlsplit(url)
        if parts.scheme.lower() == "http" and parts.password and not _is_near(parts.hostname):
            raise UsageError(
                f"cannot read {self._shown}: http sends a password as clear text; use https"
            )
        fsspec = _fsspec(self._shown)
        # the user's .netrc and proxies hold, as for other programs
        self._fs = _client(
            lambda: fsspec.filesystem("http", client_kwargs={"trust_env": True}),
            self._shown,
            "'lossctl[remote]'",
        )

    def begin(self) -> Beginning:
        """Ask for the first bytes."""
        head, state = self.fetch(0, HEAD)
        return Beginning(state, head)

    def fetch(self, start: int, stop: int) -> tuple[bytes, State]:
        """Return bytes `start` to `stop`, as far as there are any, and the state of the file."""
        sync = import_module("fsspec.asyn").sync
        wait = FIRST_WAIT
        for left in reversed(range(TRIES)):
            try:
                answer: tuple[bytes, State] = sync(self._fs.loop, self._answer, start, stop)
            except PassingError as problem:
                if not left:
                    raise DataError(
                        f"{self._shown}: cannot be read ({problem}, {TRIES} times)"
                    ) from None
            else:
                return answer
            time.sleep(wait)
            wait *= 2
        raise AssertionError

    def state(self) -> None:
        """Every answer had it."""

    async def _answer(self, start: int, stop: int) -> tuple[bytes, State]:
        aiohttp = import_module("aiohttp")
        session = await self._fs.set_session()
        headers = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=PATIENCE, sock_read=PATIENCE)
        # what is escaped stays so: signatures are of these very letters
        url = import_module("yarl").URL(self._url, encoded="%" in self._url)
        try:
            async with session.get(url, headers=headers, timeout=timeout) as response:
                first, size = self._range_of(response)
                stamps = (response.headers.get("ETag"), response.headers.get("Last-Modified"))
                wanted = min(stop, size) - start
                data = b"" if first is None else await _content(response, wanted)
        except (aiohttp.ClientSSLError, aiohttp.InvalidURL, aiohttp.TooManyRedirects) as error:
            raise UsageError(f"cannot read {self._shown}: {_reason(error)}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise PassingError(_reason(error)) from None
        if first is not None and (first != start or len(data) != wanted):
            raise PassingError("another range came than was asked for")
        return data, State(size, stamps)

    def _range_of(self, response: Any) -> tuple[int | None, int]:
        """Return where the range of an answer begins, None if there is nothing, and the size."""
        status, headers = response.status, response.headers
        found = RANGE.fullmatch(headers.get("Content-Range", ""))
        if status in PASSED:
            raise PassingError(f"the server answers {status}")
        if status == 206 and found is not None and found[1] is not None:
            if headers.get("Content-Encoding", "identity") != "identity":
                raise UsageError(f"cannot read {self._shown}: the server compresses what it sends")
            return int(found[1]), int(found[2])
        if status == 416 and found is not None:
            return None, int(found[2])
        if status == 200 and headers.get("Content-Length") == "0":
            return None, 0
        raise self._refused(status)

    def _refused(self, status: int) -> UsageError:
        if status in {404, 410}:
            return UsageError(f"there is no file {self._shown} (the server answers {status})")
        if status in {401, 403, 407}:
            return UsageError(
                f"cannot read {self._shown}: access is denied (the server answers {status})"
            )
        if status in {200, 206}:
            return UsageError(
                f"cannot read {self._shown}: its server does not send parts of files; download "
                "the file, or take a server that answers ranges"
            )
        return UsageError(f"cannot read {self._shown}: the server answers {status}")


async def _content(response: Any, wanted: int) -> bytes:
    """Return what an answer holds, and little more of one that holds more than is wanted."""
    data = bytearray()
    async for part in response.content.iter_any():
        data += part
        if len(data) > wanted:
            break
    return bytes(data)


class StoreRanges:
    """Ranges of an object in a store, by the store's client."""

    def __init__(self, url: str, scheme: str) -> None:
        """Refuse credentials in the URL, and load the client."""
        self._shown, self._url = visible(without_secrets(url)), url
        if re.match(r"[^:]+://[^/]*:[^/]*@", url):
            raise UsageError(
                f"cannot read {self._shown}: credentials of {scheme} are read from the "
                "environment and its own files, not from the URL"
            )
        fsspec, client = _fsspec(self._shown), CLIENTS[scheme]
        extra = "'lossctl[remote]'" + ("" if client in IN_EXTRA else f" {client}")
        # a list that was kept would hide that a file changed
        self._fs, self._path = _client(
            lambda: fsspec.core.url_to_fs(url, use_listings_cache=False), self._shown, extra
        )

    def begin(self) -> Beginning:
        """Ask for size and state, and for the first bytes."""
        with self._errors():
            info = self._fs.info(self._path)
            if info["type"] != "file":
                raise UsageError(
                    f"cannot read {self._shown}: it is a folder; name its files, as in "
                    f"'{self._shown.rstrip('/')}/*.parquet'"
                )
            size = int(info["size"])
            head = self._fs.cat_file(self._path, start=0, end=min(HEAD, size)) if size else b""
        return Beginning(_state(info), head)

    def fetch(self, start: int, stop: int) -> tuple[bytes, None]:
        """Return bytes `start` to `stop`."""
        with self._errors():
            return self._fs.cat_file(self._path, start=start, end=stop), None

    def state(self) -> State:
        """Ask for it."""
        with self._errors():
            return _state(self._fs.info(self._path))

    def matching(self) -> list[str]:
        """Return the names of the objects that the path is a pattern of."""
        with self._errors():
            found = self._fs.glob(self._path, detail=True)
        names = [name for name, info in found.items() if info["type"] == "file"]
        if not names:
            raise UsageError(f"no file matches {self._shown}")
        return names

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what clients raise, each in its own way, into one error."""
        try:
            yield
        except LossctlError:
            raise
        except FileNotFoundError:
            raise UsageError(f"there is no file {self._shown}") from None
        except PermissionError as error:
            raise UsageError(
                f"cannot read {self._shown}: access is denied ({_reason(error)})"
            ) from None
        except Exception as error:  # noqa: BLE001 - those of botocore, google and azure
            if "Credential" in type(error).__name__:
                raise UsageError(f"cannot read {self._shown}: {_reason(error)}") from None
            raise DataError(f"{self._shown}: cannot be read ({_reason(error)})") from None


def _state(info: Any) -> State:
    return State(int(info["size"]), tuple(str(info.get(name)) for name in STAMPS))


def _is_near(host: str | None) -> bool:
    """Whether a host is this machine, which no network lies before."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _fsspec(shown: str) -> Any:
    return _client(lambda: import_module("fsspec"), shown, "'lossctl[remote]'")


def _client(load: Any, shown: str, extra: str) -> Any:
    try:
        return load()
    except ImportError:
        raise _missing(shown, extra) from None


def _missing(shown: str, extra: str) -> UsageError:
    return UsageError(f"cannot read {shown}: URLs need libraries: pip install {extra}")


def _reason(error: BaseException) -> str:
    """Return why something failed, on one line."""
    return visible(" ".join(str(error).split())[:200]) or type(error).__name__
