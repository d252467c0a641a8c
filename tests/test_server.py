"""The routes hand out exactly the files they name, once, and nothing else."""

import gzip
import socket
import sys
from pathlib import PurePosixPath

import numpy as np
import pytest
from safetensors.numpy import load, save
from starlette.applications import Starlette
from starlette.routing import Match
from starlette.testclient import TestClient
from streamlit import config

from benchmarks import house
from ui import server, widgets
from vae_core import runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.layers import tensor_shapes
from vae_core.runs import tables


@pytest.fixture
def client():
    return TestClient(Starlette(routes=server.routes, middleware=server.middleware))


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_MODELS", str(tmp_path / "models"))
    made = runs.create_run_at(tmp_path / "models" / "tiny", ModelConfig(), TrainConfig())
    made.write(runs.PCA, {"xy": np.zeros((300, 2), np.float32)})
    return made


def test_a_table_arrives_byte_for_byte(client, run):
    reply = client.get(server.table_url(run, runs.PCA))
    assert reply.status_code == 200
    assert reply.content == run.file(runs.PCA).read_bytes()
    assert "immutable" in reply.headers["cache-control"]


LATENTS = {
    "mu": np.ones((300, 2), np.float32),
    "logvar": np.zeros((300, 2), np.float32),
    "labels": np.zeros(300, np.uint8),
}
WEIGHTS = {name: np.full(shape, 0.25, np.float32) for name, shape in tensor_shapes(ModelConfig()).items()}


@pytest.mark.parametrize(("part", "table"), runs.PARTS.items())
def test_a_part_arrives_as_a_file_of_its_own(client, run, part, table):
    run.write(table, LATENTS if table == runs.LATENTS else WEIGHTS)
    url = server.table_url(run, part)
    reply = client.get(url)
    assert reply.status_code == 200
    assert reply.content == tables.cut(run.file(table).read_bytes(), part)
    assert "immutable" in reply.headers["cache-control"]
    assert run.content_hash(table) in url
    assert client.get(url, headers={"If-None-Match": reply.headers["etag"]}).status_code == 304


def test_a_part_of_a_replaced_table_is_gone(client, run):
    run.write(runs.LATENTS, LATENTS)
    old = server.table_url(run, "codes")
    run.write(runs.LATENTS, LATENTS | {"mu": np.zeros((300, 2), np.float32)})
    assert server.table_url(run, "codes") != old
    assert client.get(old).status_code == 404


@pytest.mark.parametrize(("part", "table"), runs.PARTS.items())
@pytest.mark.parametrize("content", [b"", b"garbage " * 100, save(WEIGHTS)[:-1], save({"x": np.zeros(1, np.uint8)})])
def test_a_part_of_a_damaged_table_is_a_sentence(client, run, part, table, content):
    run.file(table).write_bytes(content)
    reply = client.get(server.table_url(run, part))
    if reply.status_code == 200:  # a sound file of something else: the browser says which tensor it lacks
        assert table == runs.WEIGHTS and load(reply.content) == {}
        return
    assert reply.status_code == 404
    assert reply.text.count("\n") == 0 and reply.text.endswith(".")
    assert reply.headers["cache-control"] == "no-store"


def test_a_table_that_is_not_written_has_no_url(run):
    for name in ("codes", runs.LATENTS):
        with pytest.raises(FileNotFoundError):
            server.table_url(run, name)


def test_code_is_packed_for_those_who_unpack_and_floats_never(client, run):
    module, table = server.module_url("core/layers.js"), server.table_url(run, runs.PCA)
    assert client.get(table, headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "identity"
    assert client.get(module, headers={"Accept-Encoding": ""}).headers["content-encoding"] == "identity"
    with client.stream("GET", module, headers={"Accept-Encoding": "gzip"}) as reply:
        assert gzip.decompress(b"".join(reply.iter_raw())) == client.get(module).content


def test_a_known_etag_is_answered_304(client, run):
    url = server.table_url(run, runs.PCA)
    reply = client.get(url, headers={"If-None-Match": client.get(url).headers["etag"]})
    assert (reply.status_code, reply.content) == (304, b"")


def test_a_replaced_table_has_another_url_and_the_old_one_is_gone(client, run):
    old = server.table_url(run, runs.PCA)
    run.write(runs.PCA, {"xy": np.ones((301, 2), np.float32)})
    assert server.table_url(run, runs.PCA) != old
    assert client.get(old).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/runs/absent/0123456789abcdef/pca.safetensors",
        "/runs/tiny/0123456789abcdef/pca.safetensors",
        "/runs/tiny/0123456789abcdef/umap.safetensors",
        "/runs/tiny/0123456789abcdef/config.safetensors",
        "/runs/tiny/0123456789abcdef/codes.safetensors",
        "/runs/absent/0123456789abcdef/decoder.safetensors",
        "/runs/..%2ftiny/0123456789abcdef/pca.safetensors",
        "/runs/%2e%2e/0123456789abcdef/pca.safetensors",
        "/runs/tiny/0123456789abcdef/..%2f..%2fsecret.safetensors",
        "/lab/0123456789abcdef/core/layers.js",
        "/plotly/0.0.0/plotly.min.js",
    ],
)
def test_what_is_not_there_is_404(client, run, path):
    reply = client.get(path)
    assert reply.status_code == 404
    assert "Traceback" not in reply.text


@pytest.mark.parametrize(
    "file", ["..%2fserver.py", "%2e%2e%2fserver.py", "absent.js", "__init__.py", "%2fetc%2fpasswd"]
)
def test_only_a_known_module_is_served(client, file):
    folder = server.module_url("core/layers.js").removesuffix("core/layers.js")
    assert client.get(folder + file).status_code == 404


def test_every_module_is_javascript_and_immutable(client):
    for path in server.BROWSER.rglob("*.js"):
        reply = client.get(server.module_url(path.relative_to(server.BROWSER).as_posix()))
        assert reply.content.count(b"\n") == path.read_bytes().count(b"\n")
        assert reply.headers["content-type"].startswith("text/javascript")
        assert "immutable" in reply.headers["cache-control"]


def test_an_unknown_module_has_no_url():
    with pytest.raises(KeyError, match="no browser module"):
        server.module_url("absent.js")


def test_plotly_comes_from_the_installed_package(client):
    reply = client.get(server.plotly_url())
    assert reply.content.startswith(b"/**\n* plotly.js v")
    assert len(reply.content) > 1_000_000


def test_urls_contain_the_base_path_and_are_answered_there(client, run):
    config.set_option("server.baseUrlPath", "/my/lab/")
    try:
        urls = [server.module_url("core/layers.js"), server.table_url(run, runs.PCA), server.plotly_url()]
    finally:
        config.set_option("server.baseUrlPath", "")
    assert all(url.startswith("/my/lab/") for url in urls)
    assert [client.get(url).status_code for url in urls] == [200, 200, 200]


@pytest.mark.parametrize("path", ["/vae/lab/_stcore/health", "/vae-lab/_stcore/host-config", "/lab/static/index.js"])
def test_no_address_of_streamlits_own_is_taken(path):
    scope = {"type": "http", "method": "GET", "path": path}
    assert all(route.matches(scope)[0] is Match.NONE for route in server.routes)


def test_every_answer_carries_the_security_headers(client):
    reply = client.get("/absent")
    assert "frame-ancestors 'self'" in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_listening_socket_gets_nodelay():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
        assert server.set_nodelay() >= 1
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def packed(client, files) -> int:
    """Bytes of browser files as they travel."""
    names = (PurePosixPath(file).relative_to("ui/browser").as_posix() for file in files)
    return sum(len(gzip.compress(client.get(server.module_url(name)).content, 6)) for name in names)


@pytest.mark.parametrize("page", house.pages(), ids=lambda page: page.stem)
def test_a_page_opens_with_at_most_sixty_kilobytes_of_modules(client, page):
    assert packed(client, house.opening(page, house.AT_ONCE, house.WORKER)) <= 60 * 1024


@pytest.mark.parametrize("name", ["mnist-2d", "mnist-10d", "mnist-20d", "digits-2d"])
def test_the_code_a_dense_decoder_and_its_points_are_at_most_1_2_megabytes(client, name):
    run = runs.open_run(house.ROOT / "models" / name)
    explore = house.opening(house.ROOT / "pages" / "explore.py", house.AT_ONCE, house.WORKER, house.STYLE)
    assert packed(client, explore) + len(run.part("decoder")) + len(run.part("codes")) <= 1.2e6


def test_every_module_is_short():
    assert all(path.read_bytes().count(b"\n") <= 400 for path in house.scripts())


@pytest.mark.parametrize("name", widgets.WIDGETS)
def test_all_that_a_widget_needs_at_once_is_known_beforehand(name):
    module = widgets.WIDGETS[name].module
    arrows = [arrow for arrow in house.browser_arrows(house.scripts()) if arrow.kind == house.AT_ONCE]
    expected, found = set(), {f"ui/browser/{module}"}
    while found != expected:
        expected = set(found)
        found |= {arrow.target for arrow in arrows if arrow.source in expected}
    assert {f"ui/browser/{file}" for file in server.needed_by(module)} == expected
