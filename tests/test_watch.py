"""The routes that watch and steer a training: new bytes only, wishes checked, and no request of another site obeyed."""

import io
import json
import os
import signal
import subprocess
import zipfile

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui import server, watch
from vae_core import jobs, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.runs import history, lock, tables
from vae_core.runs.history import Wish

MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(16,))
JSON = {"Content-Type": "application/json", "Origin": "http://testserver"}


@pytest.fixture
def client():
    return TestClient(Starlette(routes=[*server.routes, *watch.routes]))


@pytest.fixture
def run(models):
    made = runs.create_run_at(models / "watched", MODEL, TrainConfig(dataset="digits"))
    history.mark(made, history.BEGIN, step=0)
    return made


@pytest.fixture
def at_work(run):
    descriptor = lock.take(runs.job_file(run, "train"))
    os.write(descriptor, json.dumps({"pid": os.getpid()}).encode())
    yield run
    os.close(descriptor)


def _row(step):
    return {"step": step, "epoch": step / 10, "seconds": 0.1 * step, "images_per_second": 1.0}


def _news(client, **known):
    reply = client.get("/watch/watched", params=known)
    assert reply.status_code == 200 and reply.headers["cache-control"] == "no-store"
    return reply.json()


def _known(news):
    token = news["snapshots"]["token"] if news["snapshots"] else ""
    return {"life": news["life"], **news["at"], "snapshots": token}


def test_only_what_is_new_is_sent(client, run):
    run.append_metrics(_row(0))
    first = _news(client)
    assert [row["step"] for row in first["rows"]] == [0] and first["state"]["word"] == "absent"
    assert _news(client, **_known(first))["rows"] == []
    run.append_metrics(_row(5))
    history.mark(run, "beta", step=5, value=2.0)
    second = _news(client, **_known(first))
    assert [row["step"] for row in second["rows"]] == [5]
    assert second["events"] == [{"step": 5, "kind": "beta", "value": 2.0}]
    assert second["snapshots"] is None


def test_a_half_written_line_is_sent_when_it_is_whole(client, run):
    run.append_metrics(_row(0))
    with (run.path / runs.METRICS).open("ab") as file:
        file.write(b'{"step": 5, "ep')
    first = _news(client)
    assert [row["step"] for row in first["rows"]] == [0]
    with (run.path / runs.METRICS).open("ab") as file:
        file.write(b'och": 0.5, "seconds": 1.0, "images_per_second": 1.0}\n')
    assert [row["step"] for row in _news(client, **_known(first))["rows"]] == [5]


def test_a_training_that_was_taken_up_is_told_from_its_beginning(client, run):
    for step in (0, 5, 10):
        run.append_metrics(_row(step))
    before = _news(client)
    history.mark(run, history.BEGIN, step=5)
    run.cut_metrics(5)
    run.append_metrics(_row(11))
    after = _news(client, **_known(before))
    assert after["life"] != before["life"]
    assert [row["step"] for row in after["rows"]] == [0, 5, 11]


@pytest.mark.parametrize("at", ["-1", "1e9", "x", "99999999999999999999", "٣"])
def test_a_place_that_cannot_be_is_the_beginning(client, run, at):
    run.append_metrics(_row(0))
    assert len(_news(client, life="1", rows=at)["rows"]) == 1


def test_damaged_lines_are_left_out(client, run):
    run.append_metrics(_row(0))
    with (run.path / runs.METRICS).open("ab") as file:
        file.write(b'\xff\xfe\n{"step": NaN}\n[1]\n')
    with (run.path / runs.EVENTS).open("ab") as file:
        file.write(b'{"step": "now", "kind": "beta"}\n{"step": 3, "kind": "beta", "value": [1]}\n')
    news = _news(client)
    assert len(news["rows"]) == 1 and len(news["events"]) == 1


def test_a_snapshot_arrives_byte_for_byte_and_a_rewritten_one_has_another_address(client, run):
    shown = tables.dump_bytes({"decoder.0.weight": np.ones((3, 2), np.float32)}, {"mu": np.zeros((4, 2), np.float32)})
    history.write_snapshot(run, 12, shown=shown, encoder=shown)
    ((step, url),) = _news(client)["snapshots"]["all"]
    assert step == 12
    reply = client.get(url)
    assert reply.content == shown and "immutable" in reply.headers["cache-control"]
    history.write_snapshot(run, 12, shown=shown + b" ", encoder=shown)
    assert client.get(url).status_code == 404
    assert _news(client)["snapshots"]["all"][0][1] != url


@pytest.mark.parametrize("name", ["nobody", "..", "Watched", "%2e%2e%2fwatched"])
def test_a_run_that_is_not_there_is_a_sentence(client, run, name):
    assert client.get(f"/watch/{name}").status_code == 404
    assert client.post(f"/control/{name}", json={"do": "stop"}, headers=JSON).status_code in (404, 405)


@pytest.mark.parametrize(
    ("asked", "wished"),
    [
        ({"do": "pause"}, Wish(pause_at=0)),
        ({"do": "go"}, Wish()),
        ({"do": "step"}, Wish(pause_at=8)),
        ({"do": "epoch"}, Wish(pause_at=10)),
        ({"beta": 4}, Wish(beta=4)),
        ({"learning_rate": 1e-4}, Wish(learning_rate=1e-4)),
        ({"slow": 2}, Wish(slow=2)),
    ],
)
def test_a_wish_is_written_for_the_trainer(client, at_work, asked, wished):
    at_work.start()
    history.write_status(at_work, {"step": 7, "per_epoch": 5})
    assert client.post("/control/watched", json=asked, headers=JSON).status_code == 204
    assert history.wish(at_work) == wished


def test_a_wish_keeps_what_was_wished_before(client, at_work):
    for asked in ({"beta": 4}, {"do": "pause"}, {"slow": 2}):
        client.post("/control/watched", json=asked, headers=JSON)
    assert history.wish(at_work) == Wish(pause_at=0, slow=2, beta=4)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"beta": -1}, "beta: got '-1', expected a number from 0 to 1000"),
        ({"beta": "NaN"}, "expected a number"),
        ({"learning_rate": 5}, "from 1e-08 to 1"),
        ({"slow": 1000}, "steps a second"),
        ({"do": "explode"}, "Expected one of pause, go"),
        ({"do": "pause", "beta": 2}, None),
        ({"beta": 2, "else": 1}, "Expected one of"),
        ({}, "Expected one of"),
        ([1], "Expected a JSON object"),
        ({"do": "fork", "at": -4}, "at: expected a step"),
        ({"do": "fork", "at": 4}, "has no snapshot up to step 4"),
        ({"do": "extend", "epochs": 0}, "epochs: expected a whole number"),
        ({"do": "extend", "epochs": 5}, "is at work"),
    ],
)
def test_what_cannot_be_wished_is_refused_in_a_sentence(client, at_work, asked, sentence):
    reply = client.post("/control/watched", json=asked, headers=JSON)
    assert (reply.status_code == 204) if sentence is None else (reply.status_code == 400 and sentence in reply.text)


def test_a_training_that_is_not_at_work_takes_no_wish(client, run):
    reply = client.post("/control/watched", json={"do": "pause"}, headers=JSON)
    assert reply.status_code == 400 and "is not at work; resume it first" in reply.text
    assert not runs.control_file(run).exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json", "Origin": "http://elsewhere"},
        {"Content-Type": "text/plain", "Origin": "http://testserver"},
        {"Content-Type": "application/json", "Origin": "null"},
    ],
)
def test_another_site_cannot_steer(client, at_work, headers):
    reply = client.post("/control/watched", content=json.dumps({"do": "stop"}), headers=headers)
    assert reply.status_code == 403
    assert not runs.stop_file(at_work, "train").exists()


def test_a_body_that_is_no_json_or_far_too_long_is_refused(client, at_work):
    for content in (b"{", b'{"do": "' + b"x" * 5000 + b'"}', b"[" * 999):
        assert client.post("/control/watched", content=content, headers=JSON).status_code == 400


def test_a_silent_and_a_suspended_trainer_are_told(client, at_work):
    at_work.start()
    history.write_status(at_work, {"step": 7})
    past = os.stat(runs.status_file(at_work)).st_mtime - 30
    os.utime(runs.status_file(at_work), (past, past))
    state = _news(client)["state"]
    assert state["word"] == jobs.RUNNING and 29 < state["silent"] < 40 and state["suspended"] is False


def test_a_stopped_process_is_told_as_suspended(client, at_work):
    at_work.start()
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        runs.job_file(at_work, "train").write_text(json.dumps({"pid": sleeper.pid}))
        assert _news(client)["state"]["suspended"] is False
        sleeper.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, sleeper.pid, os.WSTOPPED)
        assert _news(client)["state"]["suspended"] is True
        sleeper.kill()


def test_the_list_of_snapshots_is_made_anew_only_when_it_changed(client, run):
    history.write_snapshot(run, 0, shown=b"a", encoder=b"b")
    first = _news(client)
    history.keep_snapshots(run, set())
    assert _news(client, **_known(first))["snapshots"]["all"] == []


def test_a_run_is_taken_home_as_one_file(client, run, monkeypatch):
    monkeypatch.setattr(watch, "MOST_BYTES", 100)  # in many pieces
    reply = client.get("/archive/watched.zip")
    assert int(reply.headers["content-length"]) == len(reply.content)
    with zipfile.ZipFile(io.BytesIO(reply.content)) as packed:
        assert packed.read("watched/config.json") == (run.path / "config.json").read_bytes()
    assert client.get("/archive/none.zip").status_code == 404
