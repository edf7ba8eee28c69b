"""What a URL is, in the texts that name files, and how it is shown."""

import re

LEFT_OUT = "?…"  # in the place of a query
URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://[^/?#]*")  # the letter of a drive is one alone
URL_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://[^\s'\"<>)]*[^\s'\"<>):,;.]")
QUERY = re.compile(r"[?#].*?(?=(?:::[^:]*)?$)", re.DOTALL)  # not the columns behind it


STORES = ("s3", "gs", "az")
ONE_SLASH = re.compile(r"(https?|s3|gs|az):/(?!/)", re.IGNORECASE)  # of a URL that was mistyped


def is_url(text: object) -> bool:
    """Whether a place is a URL: no file of this machine, whatever it is called."""
    return isinstance(text, str) and URL.match(text) is not None


def is_web(url: str) -> bool:
    """Whether a URL is one of a web server, which may hold a query; elsewhere ? is a wildcard."""
    return url[: len("https://")].lower().startswith(("http://", "https://"))


def url_path(url: str) -> str:
    """Return what stands behind the host or the bucket of a URL, without a query.

    Examples
    --------
    >>> url_path("https://host/scores.csv?signature=abc::p"), url_path("s3://bucket/p-?.npy")
    ('/scores.csv::p', '/p-?.npy')
    """
    start = URL.match(url)
    path = url[start.end() :] if start else url
    return QUERY.sub("", path) if is_web(url) else path


def without_secrets(text: str) -> str:
    """Return a place as messages show it: a URL without user, password and query.

    Examples
    --------
    >>> print(without_secrets("https://me:word@host/preds.npy?signature=abc"))
    https://host/preds.npy?…
    >>> print(without_secrets("s3://bucket/preds-?.npy"), without_secrets("a@b.npy"))
    s3://bucket/preds-?.npy a@b.npy
    """
    start = URL.match(text)
    if start is None:
        return text
    scheme, _, authority = start[0].partition("://")
    path = text[start.end() :]
    if scheme.lower() not in STORES:  # where ? stands for a letter
        path = QUERY.sub(LEFT_OUT, path, count=1)
    return f"{scheme}://{authority.rpartition('@')[2]}{path}"


def mistyped_url(text: str) -> str:
    """Return the URL that a text is meant to be, as messages show it; nothing where it is none.

    Examples
    --------
    >>> print(mistyped_url("https:/me:word@host/preds.npy?signature=abc"))
    https://host/preds.npy?…
    """
    start = ONE_SLASH.match(text)
    return without_secrets(f"{start[1]}://{text[start.end() :]}") if start else ""


def without_selector(text: str) -> str:
    """Return a place without the members or columns after ``::``, which a host may hold too."""
    start = URL.match(text)
    end = start.end() if start else 0
    return text[:end] + text[end:].partition("::")[0]


def secrets_left_out(text: str) -> str:
    """Return a text with its URLs as messages show them.

    Examples
    --------
    >>> print(secrets_left_out("http://me:word@host/a.csv?key=1::p, row 2: no number"))
    http://host/a.csv?…::p, row 2: no number
    >>> print(secrets_left_out("https://host/p.npy?key=1: is empty"))
    https://host/p.npy?…: is empty
    """
    return URL_IN_TEXT.sub(lambda match: without_secrets(match[0]), text)
