"""What ``st.App`` needs besides the script: routes that hand out immutable files, security headers, process tuning.

Every URL here contains the hash of what it answers: a browser asks once, and a changed file is another URL. Torch-free.
"""

import base64
import gc
import gzip
import hashlib
import importlib.util
import os
import posixpath
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import streamlit
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from vae_core import data, runs
from vae_core.layers import browser_spec
from vae_core.runs import tables

BROWSER = Path(__file__).parent / "browser"
MIME_TYPES = {".js": "text/javascript", ".css": "text/css"}
FOREVER = "public, max-age=31536000, immutable"
IMPORTED = re.compile(r"^(?:import|export) [^;]*?from '(\.[^']+\.js)';", re.MULTILINE)
INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
MOST_DESCRIPTORS = 65_536


def _inline_hashes() -> str:
    """The sources that allow the inline scripts of Streamlit's own page, each by its hash, and no others."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes()
    digests = (hashlib.sha256(script).digest() for script in INLINE_SCRIPT.findall(page))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


# Streamlit starts a component's inline module from a blob: URL and styles itself inline; all else is of this server.
# 'self' covers the websocket too, of this host and no other.
SOURCES = {
    "default-src": "'self'",
    "script-src": f"'self' blob: {_inline_hashes()}",
    "worker-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{kind} {allowed}" for kind, allowed in SOURCES.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def base() -> str:
    """What every path of this server begins with: ``server.baseUrlPath``, or nothing."""
    path = (config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


@cache
def _modules() -> tuple[str, dict[str, bytes]]:
    """The hash over all browser modules, and their bytes by name: read once, so that all are of one version."""
    paths = sorted(path for path in BROWSER.rglob("*") if path.suffix in MIME_TYPES)
    contents = {path.relative_to(BROWSER).as_posix(): path.read_bytes() for path in paths}
    digest = hashlib.sha256(b"".join(name.encode() + b"\0" + content for name, content in contents.items()))
    return digest.hexdigest()[:16], contents


@cache
def _plotly_version() -> str:
    # Asked once: Streamlit changes sys.path as it runs, and a look in between does not find the package.
    return version("plotly")


@cache
def _plotly() -> bytes:
    # Found without importing plotly, which the server may never need.
    package = importlib.util.find_spec("plotly")
    if package is None or package.origin is None:
        raise LookupError("plotly is not installed.")
    return (Path(package.origin).parent / "package_data" / "plotly.min.js").read_bytes()


@lru_cache(maxsize=32)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=6, mtime=0)


def module_url(file: str) -> str:
    """The path of a browser module, ``server.baseUrlPath`` included; raises KeyError if there is none of that name."""
    digest, contents = _modules()
    if file not in contents:
        raise KeyError(f"There is no browser module {file!r}.")
    return f"{base()}/lab/{digest}/{file}"


@cache
def needed_by(file: str) -> tuple[str, ...]:
    """The browser modules that one imports at once, and those that they import, in the order in which they are met."""
    _, contents = _modules()
    met, waiting = {file: None}, [file]
    while waiting:
        source = waiting.pop(0)
        for path in IMPORTED.findall(contents[source].decode()):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
            if target not in met:
                met[target] = None
                waiting.append(target)
    return tuple(met)


def table_url(run: runs.Run, table: str) -> str:
    """The path of a table of a run or of a part of one, ``server.baseUrlPath`` included.

    Raises FileNotFoundError if the table is not written.
    """
    return f"{base()}/runs/{run.name}/{run.content_hash(table)}/{table}.safetensors"


def find_url(run: runs.Run, table: str) -> str | None:
    """As `table_url`; None if the table is not written, or has just been deleted with its run."""
    try:
        return table_url(run, table)
    except OSError:
        return None


def spec(run: runs.Run) -> dict[str, Any]:
    """What the browser must know of a model besides its weights, and of what its examples are."""
    return browser_spec(run.model) | {"kind": data.kind(run.train.dataset)}


def examples_urls(dataset: str) -> dict[str, str | None]:
    """The paths of a set's first test examples, and of what stands in for them where the set is not here."""
    urls: dict[str, str | None] = {"examples": None, "stand_ins": None}
    if found := data.examples(dataset):
        digest, _ = _table_of(found)
        urls["examples" if found.of_test else "stand_ins"] = f"{base()}/examples/{dataset}/{digest}.safetensors"
    return urls


@lru_cache(maxsize=16)
def _table_of(found: data.Examples) -> tuple[str, bytes]:
    """The digest and the bytes of a table of examples."""
    content = tables.dump({"images": found.images, "labels": found.labels})
    return hashlib.sha256(content).hexdigest()[:16], content


def plotly_url() -> str:
    """The path of plotly.js as the installed plotly package brings it."""
    return f"{base()}/plotly/{_plotly_version()}/plotly.min.js"


def missing(sentence: str) -> Response:
    """The answer 404 with a sentence; it may be asked for again."""
    return PlainTextResponse(sentence, status_code=404, headers={"Cache-Control": "no-store"})


def _immutable(request: Request, content: bytes, *, digest: str, media_type: str) -> Response:
    # Weak, because the packed and the plain bytes share it.
    headers = {"Cache-Control": FOREVER, "ETag": f'W/"{digest}"', "Vary": "Accept-Encoding"}
    if digest in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    # Text is packed once and kept, tables of floats hardly shrink: "identity" keeps Streamlit's own middleware from
    # packing megabytes again for every visitor.
    packed = media_type.startswith("text/") and "gzip" in request.headers.get("accept-encoding", "")
    headers["Content-Encoding"] = "gzip" if packed else "identity"
    return Response(_packed(content) if packed else content, media_type=media_type, headers=headers)


def _module(request: Request) -> Response:
    digest, contents = _modules()
    file = request.path_params["file"]
    if request.path_params["digest"] != digest or file not in contents:
        return missing("There is no such module; the server has been updated. Reload the page.")
    return _immutable(request, contents[file], digest=f"{digest}-{file}", media_type=MIME_TYPES[Path(file).suffix])


def _table(request: Request) -> Response:
    wanted = request.path_params
    name = wanted["table"]
    if name not in {*runs.TABLES, *runs.PARTS}:
        return missing("There is no table of that name.")
    try:
        run = runs.find_run(wanted["name"])
        # Read before the hash is asked for: if the file is replaced in between, the answer is 404, never wrong bytes.
        content = run.part(name) if name in runs.PARTS else run.file(name).read_bytes()
        current = run.content_hash(name)
    except OSError:
        return missing("This model or this table of it is not on the server.")
    except ValueError as error:
        return missing(str(error))
    if wanted["digest"] != current:
        return missing("This table has been written anew. Reload the page.")
    return _immutable(request, content, digest=current, media_type="application/octet-stream")


def _examples(request: Request) -> Response:
    wanted = request.path_params
    found = data.examples(wanted["dataset"])
    digest, content = _table_of(found) if found else ("", b"")
    if wanted["digest"] != digest:
        return missing("These examples are not on the server any more. Reload the page.")
    return _immutable(request, content, digest=digest, media_type="application/octet-stream")


def _plotly_js(request: Request) -> Response:
    installed = _plotly_version()
    if request.path_params["version"] != installed:
        return missing("Another version of plotly is installed. Reload the page.")
    return _immutable(request, _plotly(), digest=f"plotly-{installed}", media_type="text/javascript")


class _Digest(StringConvertor):
    # So narrow that no address of Streamlit's own fits, even under a base path that ends in "lab".
    regex = "[0-9a-f]{16}"


register_url_convertor("digest", _Digest())
# {base:path} takes server.baseUrlPath, whether or not a proxy strips it: it is not known yet when this is imported.
routes = [
    Route("/{base:path}lab/{digest:digest}/{file:path}", _module),
    Route("/{base:path}runs/{name}/{digest:digest}/{table}.safetensors", _table),
    Route("/{base:path}examples/{dataset}/{digest:digest}.safetensors", _examples),
    Route("/{base:path}plotly/{version}/plotly.min.js", _plotly_js),
]


class SecurityHeaders:
    """ASGI middleware that adds ``HEADERS`` to every HTTP response and leaves websockets alone.

    Parameters
    ----------
    app : ASGIApp
        What is wrapped.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


middleware = [Middleware(SecurityHeaders)]


def _listening(descriptor: str) -> socket.socket | None:
    """A duplicate of an open descriptor of this process if it is a listening TCP socket."""
    try:
        if not os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:"):
            return None
        duplicate = socket.socket(fileno=os.dup(int(descriptor)))
    except OSError:
        return None
    internet = duplicate.family in (socket.AF_INET, socket.AF_INET6)
    if internet and duplicate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return duplicate
    duplicate.close()
    return None


def set_nodelay() -> int:
    """Set TCP_NODELAY on this process's listening sockets, for accepted ones inherit it; the number of sockets set.

    Streamlit binds without it, and each rerun's many small frames then wait 40 ms for delayed acknowledgements
    (uvicorn issue 3149). Does nothing where there is no /proc.
    """
    descriptors = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    listening = [found for found in map(_listening, descriptors) if found]
    for duplicate in listening:
        with duplicate:
            duplicate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return len(listening)


def raise_descriptor_limit() -> None:
    """Let this process open as many files as it may, for each visitor's session holds four; nothing on Windows."""
    if os.name != "posix":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if resource.RLIM_INFINITY != soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Tune the process when the server starts."""
    set_nodelay()
    raise_descriptor_limit()
    _plotly_version()
    # Streamlit collects garbage after runs: what exists by now will never be garbage.
    gc.freeze()
    yield
