"""A job's state is read from its files, and stays true through stops, kills, failures and a queue."""

import contextlib
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from vae_core import jobs, runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs.evaluate import load_model
from vae_core.runs import folder as folder_module
from vae_core.runs import lock

MODEL = ModelConfig(image_shape=(1, 8, 8), hidden=(16,))
LONG = TrainConfig(dataset="digits", epochs=50_000, batch_size=500, device="cpu")
TORCH_FREE = """
import sys
from vae_core import config, data, jobs, latent, layers, runs
heavy = {"torch", "torchvision", "umap", "numba", "sklearn", "streamlit"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""
KINDS = ("train", "umap", "evaluate")
ENDS = (jobs.STOPPED, jobs.ENDED_WELL, jobs.FAILED, jobs.CRASHED)


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


def _until(true, *, seconds=90):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _wait_for_rows(run, count):
    _until(lambda: len(run.metrics()) >= count)


def _pid(run, kind="train"):
    """The process of a job; waits until it has written its number down."""
    file = runs.job_file(run, kind)
    _until(lambda: file.exists() and file.read_text().endswith("}\n"))
    return json.loads(file.read_text())["pid"]


def _workers(folder):
    """The processes at work on the runs in a folder."""
    found = (process.info for process in psutil.process_iter(["pid", "cmdline", "status"]))
    return [
        info["pid"]
        for info in found
        if "vae_core.jobs" in (info["cmdline"] or ()) and any(str(folder) in word for word in info["cmdline"])
    ]


def _end_all(folder):
    """No job may outlive the tests, pass or fail."""
    for process in _workers(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@pytest.fixture
def folder_of_its_own(models):
    models.mkdir()
    yield models
    _end_all(models)


def _distinct(states):
    words = [state.word for state in states]
    return [word for before, word in zip([None, *words], words, strict=False) if word != before]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("models")
    yield path
    _end_all(path)


# One run from its start to its end.


@pytest.fixture(scope="module")
def whole(folder):
    run = _run(folder, "whole", TrainConfig(dataset="digits", epochs=100, device="cpu"))
    before = jobs.state(run, "train")
    jobs.start(run, "train")
    return run, [before, *_wait_for(run, *ENDS)]


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
    _pid(second)
    _wait_for_rows(first, 3)
    queued = (jobs.state(first, "train"), jobs.state(second, "train"))
    jobs.stop(first, "train")
    stopped = _wait_for(first, *ENDS)
    _wait_for_rows(second, 3)
    running = jobs.state(second, "train")
    os.kill(_pid(second), signal.SIGKILL)
    killed = _wait_for(second, *ENDS, seconds=10)
    return {"first": first, "second": second, "pids": (pid, again), "queued": queued, "stopped": stopped[-1],
            "running": running, "killed": killed[-1]}  # fmt: skip


def test_a_second_start_of_a_live_job_does_nothing(queue):
    assert queue["pids"][0] == queue["pids"][1]


def test_a_second_job_waits_for_the_place_of_the_first(queue):
    first, second = queue["queued"]
    assert (first.word, second.word) == (jobs.RUNNING, jobs.WAITING)
    assert (second.message, second.ahead) == ("Waiting: 1 training is ahead of this one.", 1)


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
    ended = _wait_for(run, *ENDS)[-1]
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
    assert _wait_for(run, *ENDS)[-1].word == jobs.STOPPED
    assert run.metrics() == []


def test_a_job_killed_before_it_began_is_not_stopped(models):
    run = _run(models, "shot")
    jobs.start(run, "train")
    os.kill(_pid(run), signal.SIGKILL)
    assert _wait_for(run, *ENDS)[-1].word == jobs.CRASHED


def test_a_job_that_cannot_even_begin_is_crashed_and_its_last_words_are_told(models, monkeypatch):
    run = _run(models, "still-born")
    monkeypatch.setattr(sys, "executable", shutil.which("sh"))  # which finds no such script
    jobs.start(run, "train")
    ended = _wait_for(run, *ENDS)[-1]
    assert ended.word == jobs.CRASHED and "vae_core.jobs" in ended.message


# The lock.


@pytest.mark.parametrize("content", ["", "no JSON", "[]", json.dumps({"pid": os.getpid(), "started": 0})])
def test_a_number_of_a_process_is_no_sign_of_life(models, content):
    run = _run(models, "reused")
    runs.job_file(run, "train").write_text(content)
    assert jobs.state(run, "train") == jobs.State(jobs.CRASHED)
    jobs.stop(run, "train")  # and so it does not end the tests


def test_a_job_is_live_while_its_lock_is_held_whatever_the_clock_says(models, monkeypatch):
    run = _run(models, "own")
    monkeypatch.setattr(time, "time", lambda: 1e9)
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: 0.0)
    with jobs.at_work(run, "train"):
        assert jobs.state(run, "train").word == jobs.WAITING
        run.start()
        assert jobs.state(run, "train").word == jobs.RUNNING
    assert not jobs.state(run, "train").live


def test_a_process_that_ended_and_was_not_collected_is_not_live(models):
    run = _run(models, "zombie")
    runs.job_file(run, "train").touch()
    holding = "import os, time\nfrom pathlib import Path\nfrom vae_core.runs import lock\n"
    holding += f"print(lock.take(Path({str(runs.job_file(run, 'train'))!r})), flush=True)\ntime.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", holding], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().strip().isdigit()
        assert jobs.state(run, "train").live
        os.kill(process.pid, signal.SIGKILL)
        _until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE, seconds=10)
        assert not jobs.state(run, "train").live


def test_a_suspended_training_is_alive(folder_of_its_own):
    run = _run(folder_of_its_own, "suspended")
    jobs.start(run, "train")
    os.kill(_pid(run), signal.SIGSTOP)
    _until(lambda: psutil.Process(_pid(run)).status() == psutil.STATUS_STOPPED)
    assert jobs.state(run, "train").live
    jobs.start(run, "train")
    assert len(_workers(run.path)) == 1


def test_two_who_ask_at_once_do_not_take_each_other_for_the_job(models):
    run = _run(models, "asked")
    runs.job_file(run, "train").touch()
    with runs.job_file(run, "train").open() as asking:
        assert lock.grab(asking.fileno(), shared=True)
        assert not jobs.state(run, "train").live


def test_who_asks_keeps_nobody_from_beginning(models):
    run = _run(models, "asked")
    runs.job_file(run, "train").touch()
    asking = [threading.Thread(target=lambda: [jobs.state(run, "train") for _ in range(300)]) for _ in range(4)]
    for thread in asking:
        thread.start()
    for _ in range(30):
        with jobs.at_work(run, "train"):
            assert jobs.state(run, "train").live
        assert not jobs.state(run, "train").live
    for thread in asking:
        thread.join()


STARTER = """
import sys, threading
from pathlib import Path
from vae_core import jobs, runs
run = runs.Run(Path(sys.argv[1]))
threads = [threading.Thread(target=jobs.start, args=(run, "train")) for _ in range(5)]
sys.stdin.readline()
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_however_many_start_a_job_at_once_one_process_works(folder_of_its_own):
    run, command = _run(folder_of_its_own, "wanted"), [sys.executable, "-c", STARTER]
    starters = [subprocess.Popen([*command, str(run.path)], stdin=subprocess.PIPE) for _ in range(3)]
    for starter in starters:
        starter.stdin.write(b"go\n")
        starter.stdin.flush()
    assert [starter.wait(60) for starter in starters] == [0, 0, 0]
    for starter in starters:
        starter.stdin.close()
    assert len(_workers(run.path)) == 1
    _wait_for_rows(run, 2)
    assert len(_workers(run.path)) == 1


def test_a_run_at_work_in_a_shell_is_watched_and_protected_and_can_be_stopped(tmp_path):
    run = runs.Run(tmp_path / "shell")
    command = [sys.executable, "-m", "vae_core.train", "--dataset", "digits", "--hidden", "16", "--epochs", "50000"]
    with subprocess.Popen(
        [*command, "--device", "cpu", "--out", str(run.path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for_rows(run, 2)
            assert jobs.state(run, "train").word == jobs.RUNNING
            second = subprocess.run(
                [*command[:3], "--run", str(run.path)], capture_output=True, text=True, timeout=90, check=False
            )
            jobs.stop(run, "train")
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert second.returncode == 1
    assert second.stderr == "Another process is at work on shell already; wait until it has ended, or stop it.\n"
    assert jobs.state(run, "train").word == jobs.STOPPED


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), OSError(errno.EAGAIN, "No more.")])
def test_nothing_runs_when_a_start_fails(models, monkeypatch, fault):
    run = _run(models, "unlucky")
    target = (os, "replace") if fault.errno == errno.ENOSPC else (subprocess, "Popen")
    with monkeypatch.context() as patch, pytest.raises(OSError, match=r"disk is full|No more"):
        patch.setattr(*target, lambda *_, **__: (_ for _ in ()).throw(fault))
        jobs.start(run, "train")
    assert not jobs.state(run, "train").live
    assert _workers(run.path) == []


def test_what_a_killed_writer_left_is_swept_when_work_begins(models):
    run = _run(models, "littered")
    left = [folder / ".model.safetensors.0123.tmp" for folder in (run.path, models)]
    for path in left:
        path.write_bytes(b"half")
        os.utime(path, (1e9, 1e9))
    with jobs.at_work(run, "evaluate"):
        assert not any(path.exists() for path in left)


# The queue.


@pytest.fixture
def crowd(folder_of_its_own):
    """One job at work that is held up, and four that wait, in the order in which they came."""
    made = [_run(folder_of_its_own, name) for name in ("zero", "one", "two", "three", "four")]
    for run in made:
        jobs.start(run, "train")
    _wait_for_rows(made[0], 1)
    for run in made:
        _pid(run)
    return made


def _places(crowd):
    return [jobs.state(run, "train").ahead for run in crowd]


def test_first_come_is_first_served_whoever_crashes_on_the_way(crowd):
    zero, one, two, three, four = crowd
    assert _places(crowd) == [0, 1, 2, 3, 4]
    assert jobs.state(three, "train").message == "Waiting: 3 trainings are ahead of this one."
    os.kill(_pid(two), signal.SIGKILL)
    _wait_for(two, *ENDS)
    assert _places([zero, one, three, four]) == [0, 1, 2, 3]
    jobs.start(two, "train")
    assert _places(crowd) == [0, 1, 4, 2, 3]
    for ended, follower in ((zero, one), (one, three)):
        os.kill(_pid(ended), signal.SIGKILL)
        _wait_for_rows(follower, 1)
        others = [run for run in crowd if run not in (zero, one, ended, follower)]
        assert [jobs.state(run, "train").word for run in others] == [jobs.WAITING] * len(others)


def test_a_waiting_job_weighs_little_and_ends_at_once_when_it_is_stopped(crowd):
    status = {run.name: Path(f"/proc/{_pid(run)}/status").read_text() for run in crowd[1:]}
    weights = {name: int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) / 1024 for name, text in status.items()}
    assert max(weights.values()) <= 50, weights
    began = time.monotonic()
    jobs.stop(crowd[2], "train")
    assert _wait_for(crowd[2], *ENDS)[-1].word == jobs.STOPPED
    assert time.monotonic() - began < 2
    assert jobs.state(crowd[0], "train").word == jobs.RUNNING


def test_what_waits_has_imported_no_numbers():
    code = "import sys, vae_core.jobs.__main__; print({'numpy', 'torch', 'umap', 'safetensors'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# A full disk.


@pytest.fixture
def small_disk(tmp_path):
    path = tmp_path / "small"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(path)], check=False).returncode == 0
    if not mounted:
        pytest.skip("mounting a small disk is not allowed here")
    yield path
    _end_all(path)
    subprocess.run(["umount", "-l", str(path)], check=True)


def test_a_disk_that_fills_up_while_a_job_works_is_told_and_the_model_kept(small_disk, monkeypatch):
    monkeypatch.setattr(folder_module, "MIN_FREE_BYTES", 0)
    run = _run(small_disk, "squeezed", replace(LONG, epochs=10_000))
    jobs.start(run, "train")
    _until(lambda: run.has(runs.WEIGHTS))
    with contextlib.suppress(OSError), (small_disk / "film").open("wb") as film:
        while True:
            film.write(b"x" * 1024)
            film.flush()
    ended = _wait_for(run, *ENDS)[-1]
    assert shutil.disk_usage(small_disk).free == 0
    assert ended.word == jobs.FAILED
    assert ended.message.startswith("The disk is full") and ended.message.endswith("Free some space.")
    assert load_model(run).config == MODEL and run.metrics()


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_without_a_job_has_none(models, kind):
    run = _run(models, "idle")
    jobs.stop(run, kind)
    assert jobs.state(run, kind) == jobs.State(jobs.ABSENT)


def test_the_progress_of_other_jobs_is_read_from_their_file(models):
    run = _run(models, "map")
    with jobs.at_work(run, "umap"):
        assert jobs.state(run, "umap") == jobs.State(jobs.WAITING)
        runs.write_text(runs.progress_file(run, "umap"), "0.375")
        assert jobs.state(run, "umap") == jobs.State(jobs.RUNNING, fraction=0.375)


@pytest.mark.parametrize(
    "error", [ValueError("One sentence."), ArithmeticError("One sentence."), OSError(28, "One sentence.")]
)
def test_a_foreseen_failure_becomes_a_sentence_in_the_run_and_in_the_shell(models, error):
    run = _run(models, "failing")
    with pytest.raises(SystemExit, match=r"^One sentence\.$"), jobs.at_work(run, "train"):
        raise error
    assert jobs.state(run, "train") == jobs.State(jobs.FAILED, "One sentence.")


def test_an_unforeseen_failure_is_written_down_and_keeps_its_traceback(models):
    run = _run(models, "failing")
    with pytest.raises(KeyError), jobs.at_work(run, "train"):
        raise KeyError("a mistake of ours")
    assert jobs.state(run, "train").word == jobs.FAILED
    assert "KeyError" in jobs.state(run, "train").message and "train.log" in jobs.state(run, "train").message


def test_a_second_job_in_the_same_run_is_refused_in_a_sentence(models):
    run = _run(models, "twice")
    with jobs.at_work(run, "train"):
        with pytest.raises(SystemExit, match="Another process is at work on twice already"), jobs.at_work(run, "train"):
            pytest.fail("two at once")
        with jobs.at_work(_run(models, "beside"), "train"):  # typed into a shell: it does not queue
            assert jobs.state(run, "train").live
    assert jobs.state(run, "train").word != jobs.FAILED


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
