"""How the server's process is set up: what a page may load, how many visitors it bears."""

import asyncio
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from chromium import Server, serving
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from ui import server

LOW_LIMIT = 128


def test_no_inline_script_but_streamlits_own_may_run_and_nothing_connects_elsewhere() -> None:
    script = server.SOURCES["script-src"].split()
    assert "'unsafe-inline'" not in script
    assert "'unsafe-eval'" not in script
    assert sum(source.startswith("'sha256-") for source in script) >= 1
    assert server.SOURCES["connect-src"] == "'self'"


def test_the_version_of_plotly_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = server.plotly_url()
    monkeypatch.setattr(server, "version", lambda _: pytest.fail("asked again"))
    assert server.plotly_url() == first


def test_the_soft_limit_of_open_files_is_raised_to_the_hard_one() -> None:
    code = "import resource; from ui import server; server.raise_descriptor_limit(); "
    code += "print(*resource.getrlimit(resource.RLIMIT_NOFILE))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, preexec_fn=_lower, check=True)
    soft, hard = map(int, done.stdout.split())
    assert soft == min(hard, server.MOST_DESCRIPTORS) > LOW_LIMIT


def _lower() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LOW_LIMIT, hard))


async def _visit(address: str) -> None:
    """A session that asks for the first page, sees it end and goes."""
    asked = BackMsg()
    asked.rerun_script.query_string = ""
    async with connect(f"{address}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as session:
        await session.send(asked.SerializeToString())
        while True:
            told = ForwardMsg.FromString(await asyncio.wait_for(session.recv(), 30))
            if told.WhichOneof("type") == "script_finished":
                return


@pytest.fixture
def crowded(tmp_path: Path) -> Server:
    """The app under a limit that a few dozen sessions would exhaust."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LOW_LIMIT, before[1]))
    try:
        with serving(tmp_path / "models", tmp_path / "data") as running:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            yield running
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_sessions_come_and_go_beyond_the_usual_limit_of_open_files(crowded: Server) -> None:
    async def come_and_go() -> None:
        for _ in range(60):  # three descriptors stay with each departed session
            await _visit(crowded.url.replace("http", "ws"))

    asyncio.run(come_and_go())
    held = len(os.listdir(f"/proc/{crowded.process.pid}/fd"))
    assert held > LOW_LIMIT  # or the limit was never met
