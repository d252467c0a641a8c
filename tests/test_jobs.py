"""A job's state is read from its files, and stays true through stops, kills, failures and a queue."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from vae_core import jobs, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs.evaluate import load_model

MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(16,))
LONG = TrainConfig(dataset="digits", epochs=50_000, batch_size=500, device="cpu")
TORCH_FREE = """
import sys
from vae_core import config, data, jobs, latent, layers, runs
heavy = {"torch", "torchvision", "umap", "numba", "sklearn", "streamlit"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""


def _run(folder, name, config=LONG):
    return runs.create_run_at(folder / name, MODEL, config)


def _wait_for(run, *words, kind="train", seconds=90):
    """Every state seen until the job has one of these words."""
    seen, deadline = [], time.monotonic() + seconds
    while not seen or seen[-1].word not in words:
        assert time.monotonic() < deadline, (seen[-1:], runs.log_file(run, kind).read_text())
        seen.append(jobs.state(run, kind))
        time.sleep(0.02)
    return seen


def _wait_for_rows(run, count):
    deadline = time.monotonic() + 90
    while len(run.metrics()) < count and time.monotonic() < deadline:
        time.sleep(0.02)


def _pid(run):
    return json.loads(runs.job_file(run, "train").read_text())["pid"]


def _distinct(states):
    words = [state.word for state in states]
    return [word for before, word in zip([None, *words], words, strict=False) if word != before]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("models")
    yield path
    for config in path.glob("*/config.json"):  # no job may outlive the tests, pass or fail
        jobs.stop(runs.Run(config.parent), "train")


# One run from its start to its end.


@pytest.fixture(scope="module")
def whole(folder):
    run = _run(folder, "whole", TrainConfig(dataset="digits", epochs=100, device="cpu"))
    before = jobs.state(run, "train")
    jobs.start(run, "train")
    return run, [before, *_wait_for(run, *(jobs.ENDED_WELL, jobs.STOPPED, jobs.FAILED, jobs.CRASHED))]


def test_a_job_waits_then_runs_then_is_finished(whole):
    _, states = whole
    assert _distinct(states) == [jobs.ABSENT, jobs.WAITING, jobs.RUNNING, jobs.ENDED_WELL]


def test_the_share_done_rises_to_one(whole):
    _, states = whole
    shares = [state.fraction for state in states]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert any(0 < share < 1 for share in shares)


def test_a_job_is_live_until_it_ends(whole):
    _, states = whole
    assert [state.live for state in states] == [state.word in ("waiting", "running") for state in states]


def test_a_live_job_says_what_it_is_doing(whole):
    _, states = whole
    messages = [state.message for state in states if state.word == jobs.RUNNING]
    assert any("nats" in message for message in messages)
    assert all("\r" not in message and len(message) <= 200 for message in messages)


def test_a_finished_run_has_a_card_and_a_model(whole):
    run, _ = whole
    assert run.card()["negative_elbo"] == pytest.approx(
        run.metrics()[-1]["test_rate"] + run.metrics()[-1]["test_distortion"]
    )
    assert load_model(run).config == MODEL


def test_a_run_that_has_a_card_and_no_history_is_finished(whole, models):
    shipped = _run(models, "shipped")
    shipped.write_card(whole[0].card())
    assert jobs.state(shipped, "train").word == jobs.ENDED_WELL


# Two long runs for one place: the first is stopped, the second is killed.


@pytest.fixture(scope="module")
def queue(folder):
    first, second = _run(folder, "first"), _run(folder, "second")
    jobs.start(first, "train")
    _wait_for(first, jobs.RUNNING)
    pid = _pid(first)
    jobs.start(first, "train")
    again = _pid(first)
    jobs.start(second, "train")
    deadline = time.monotonic() + 60
    while "Waiting" not in jobs.state(second, "train").message and time.monotonic() < deadline:
        time.sleep(0.02)
    _wait_for_rows(first, 3)
    time.sleep(0.3)
    queued = (jobs.state(first, "train"), jobs.state(second, "train"))
    jobs.stop(first, "train")
    stopped = _wait_for(first, *(jobs.STOPPED, jobs.ENDED_WELL, jobs.FAILED, jobs.CRASHED))
    _wait_for_rows(second, 3)
    running = jobs.state(second, "train")
    os.kill(_pid(second), signal.SIGKILL)
    killed = _wait_for(second, *(jobs.STOPPED, jobs.ENDED_WELL, jobs.FAILED, jobs.CRASHED), seconds=10)
    return {"first": first, "second": second, "pids": (pid, again), "queued": queued, "stopped": stopped[-1],
            "running": running, "killed": killed[-1]}  # fmt: skip


def test_a_second_start_of_a_live_job_does_nothing(queue):
    assert queue["pids"][0] == queue["pids"][1]


def test_a_second_job_waits_for_the_place_of_the_first(queue):
    first, second = queue["queued"]
    assert (first.word, second.word) == (jobs.RUNNING, jobs.WAITING)
    assert second.message == "Waiting for another job to end…"


def test_a_waiting_job_runs_when_the_place_is_free(queue):
    assert queue["running"].word == jobs.RUNNING


def test_a_stopped_run_keeps_its_model_and_its_card(queue):
    assert queue["stopped"].word == jobs.STOPPED
    assert 0 < queue["stopped"].fraction < 1
    assert queue["first"].card()["rate"] >= 0
    assert load_model(queue["first"]).config == MODEL


def test_a_killed_run_is_crashed_and_loses_no_report(queue):
    assert queue["killed"].word == jobs.CRASHED
    rows = queue["second"].metrics()
    assert len(rows) >= 3
    assert [row["step"] for row in rows] == sorted({row["step"] for row in rows})


# What goes wrong.


def test_a_job_that_fails_says_why(models):
    run = _run(models, "unknown", TrainConfig(dataset="cats", device="cpu"))
    jobs.start(run, "train")
    ended = _wait_for(run, jobs.FAILED, jobs.STOPPED, jobs.CRASHED)[-1]
    assert ended.word == jobs.FAILED
    assert "no data set 'cats'" in ended.message and ended.message.endswith(".")


def test_a_failed_job_is_not_failed_any_more_once_it_starts_again(models):
    run = _run(models, "second-try")
    runs.write_text(runs.error_file(run, "train"), "The disk is full.")
    assert jobs.state(run, "train") == jobs.State(jobs.FAILED, "The disk is full.")
    jobs.start(run, "train")
    word = jobs.state(run, "train").word
    jobs.stop(run, "train")
    _wait_for(run, jobs.STOPPED)
    assert word == jobs.WAITING


def test_a_job_stopped_before_it_began_is_stopped(models):
    run = _run(models, "early")
    jobs.start(run, "train")
    jobs.stop(run, "train")
    assert _wait_for(run, jobs.STOPPED, jobs.CRASHED, jobs.FAILED)[-1].word == jobs.STOPPED
    assert run.metrics() == []


def test_a_number_of_a_process_used_again_is_not_mistaken_for_the_job(models):
    run = _run(models, "reused")
    started = psutil.Process().create_time()
    runs.write_text(runs.job_file(run, "train"), json.dumps({"pid": os.getpid(), "started": started - 100}))
    assert not jobs.state(run, "train").live
    jobs.stop(run, "train")  # and so it does not end the tests


def test_a_registered_process_is_live_while_it_lives(models):
    run = _run(models, "own")
    jobs.register(run, "train", os.getpid())
    assert jobs.state(run, "train").word == jobs.WAITING
    run.start()
    assert jobs.state(run, "train").word == jobs.RUNNING


def test_a_process_that_ended_and_was_not_collected_is_not_live(models):
    run = _run(models, "zombie")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        jobs.register(run, "train", process.pid)
        deadline = time.monotonic() + 10
        while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not jobs.state(run, "train").live


@pytest.mark.parametrize("kind", jobs.MODULES)
def test_a_run_without_a_job_has_none(models, kind):
    run = _run(models, "idle")
    jobs.stop(run, kind)
    assert jobs.state(run, kind) == jobs.State(jobs.ABSENT)


def test_the_progress_of_other_jobs_is_read_from_their_file(models):
    run = _run(models, "map")
    jobs.register(run, "umap", os.getpid())
    assert jobs.state(run, "umap") == jobs.State(jobs.WAITING)
    runs.write_text(runs.progress_file(run, "umap"), "0.375")
    assert jobs.state(run, "umap") == jobs.State(jobs.RUNNING, fraction=0.375)


@pytest.mark.parametrize(
    "error", [ValueError("One sentence."), ArithmeticError("One sentence."), OSError(28, "One sentence.")]
)
def test_a_foreseen_failure_becomes_a_sentence_in_the_run_and_in_the_shell(models, error):
    run = _run(models, "failing")
    with pytest.raises(SystemExit, match=r"^One sentence\.$"), jobs.reporting(run.path, "train"):
        raise error
    assert jobs.state(run, "train") == jobs.State(jobs.FAILED, "One sentence.")


def test_an_unforeseen_failure_is_written_down_and_keeps_its_traceback(models):
    run = _run(models, "failing")
    with pytest.raises(KeyError), jobs.reporting(run.path, "train"):
        raise KeyError("a mistake of ours")
    assert jobs.state(run, "train").word == jobs.FAILED
    assert "KeyError" in jobs.state(run, "train").message and "train.log" in jobs.state(run, "train").message


def test_a_job_typed_into_a_shell_does_not_queue(models, monkeypatch):
    monkeypatch.delenv("VAE_LAB_JOB", raising=False)
    with jobs.slot("train"), jobs.slot("train"):
        assert not models.exists()


def test_what_the_server_imports_is_light():
    done = subprocess.run([sys.executable, "-c", TORCH_FREE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


ENDING = """
import sys, threading, time
from vae_core import jobs
threading.Thread(target=time.sleep, args=(600,)).start()
jobs.end_with(lambda: {main})
"""


@pytest.mark.parametrize(
    ("main", "code", "said"),
    [
        ("print('done')", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(2)", 2, ""),
        ("sys.exit('One sentence.')", 1, "One sentence.\n"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
    ],
)
def test_a_job_ends_as_its_main_did_whatever_its_threads_do(main, code, said):
    done = subprocess.run(
        [sys.executable, "-c", ENDING.format(main=main)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (code, "done\n" if "done" in main else "")
    assert done.stderr.endswith(said)
