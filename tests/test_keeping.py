"""Runs are renamed, noted, packed, thrown away and taken back; a run at work is left alone."""

import io
import os
import time
import zipfile

import pytest

from vae_core import runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.runs import history, keeping, lock


@pytest.fixture
def run(models):
    made = runs.create_run_at(models / "mine", ModelConfig(), TrainConfig())
    history.mark(made, "beta", step=3, value=2.0)
    return made


def test_a_renamed_run_is_the_same_under_another_name(run):
    renamed = keeping.rename(run, "yours")
    assert [found.name for found in runs.list_runs()] == ["yours"]
    assert history.marks(renamed)[0]["value"] == 2.0


@pytest.mark.parametrize("name", ["", "..", "a/b", "Über", "a" * 65, "-a", ".trash"])
def test_a_name_that_cannot_be_is_refused(run, name):
    with pytest.raises(ValueError, match="cannot name a model"):
        keeping.rename(run, name)
    assert run.path.exists()


def test_a_taken_name_is_refused(run, models):
    runs.create_run_at(models / "yours", ModelConfig(), TrainConfig())
    with pytest.raises(FileExistsError, match="exists already"):
        keeping.rename(run, "yours")


@pytest.mark.parametrize("act", [lambda run: keeping.rename(run, "yours"), keeping.discard])
def test_a_run_at_work_is_left_alone(run, act):
    descriptor = lock.take(runs.job_file(run, "umap"))
    with pytest.raises(ValueError, match="is at work"):
        act(run)
    os.close(descriptor)
    assert run.path.exists()


def test_a_deleted_run_is_taken_back_whole(run):
    keeping.discard(run)
    assert runs.list_runs() == []
    ((name, when),) = keeping.discarded()
    assert keeping.take_back(name, when).name == "mine"
    assert history.marks(runs.find_run("mine")) and keeping.discarded() == []


def test_a_run_is_not_taken_back_over_another(run, models):
    keeping.discard(run)
    runs.create_run_at(models / "mine", ModelConfig(), TrainConfig())
    with pytest.raises(FileExistsError, match="exists again"):
        keeping.take_back(*keeping.discarded()[0])
    assert len(keeping.discarded()) == 1


def test_what_was_deleted_a_week_ago_is_gone_with_the_next(run, models):
    keeping.discard(run)
    old = models / ".trash" / f"old.{time.time_ns() - 8 * 86_400 * 10**9}"
    old.mkdir()
    assert [name for name, _ in keeping.discarded()] == ["mine", "old"]
    keeping.discard(runs.create_run_at(models / "next", ModelConfig(), TrainConfig()))
    assert [name for name, _ in keeping.discarded()] == ["next", "mine"]


def test_a_linked_run_is_unlinked_and_what_it_points_to_stays(run, models):
    (models / "link").symlink_to(run.path)
    keeping.discard(runs.find_run("link"))
    assert run.path.exists() and not (models / "link").exists() and keeping.discarded() == []


@pytest.mark.parametrize(
    "act",
    [
        keeping.discard,
        lambda run: keeping.rename(run, "yours"),
        lambda run: keeping.write_note(run, "here"),
        lambda run: keeping.take_back(run.name, 5),
    ],
)
def test_a_run_that_somebody_else_took_away_is_a_sentence(run, models, act):
    run.path.rename(models / "elsewhere")
    with pytest.raises(FileNotFoundError, match="any more: somebody"):
        act(run)


def test_a_note_is_kept_and_taken_away(run):
    keeping.write_note(run, "  the 4s part here\n")
    assert keeping.note(run) == "the 4s part here"
    with pytest.raises(ValueError, match="has 501 letters; at most 500"):
        keeping.write_note(run, "x" * 501)
    keeping.write_note(run, " ")
    assert keeping.note(run) == ""


def test_an_archive_holds_the_run_and_nothing_of_this_machine(run):
    runs.log_file(run, "train").write_text("secret path")
    runs.job_file(run, "train").touch()
    (run.path / "snapshots").mkdir()
    (run.path / "snapshots" / "0.safetensors").write_bytes(b"x")
    written = io.BytesIO()
    keeping.archive(run, written)
    with zipfile.ZipFile(written) as packed:
        assert sorted(packed.namelist()) == ["mine/config.json", "mine/events.jsonl", "mine/snapshots/0.safetensors"]
        assert packed.read("mine/config.json") == (run.path / "config.json").read_bytes()


def test_a_run_too_large_for_an_archive_is_refused(run, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_ARCHIVE", 10)
    with pytest.raises(ValueError, match="Copy its folder"):
        keeping.archive(run, io.BytesIO())
