"""What TensorBoard's own reader finds in an exported run is what the run reported."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ui import server, watch
from vae_core import runs
from vae_core.config import ModelConfig, TrainConfig
from vae_core.tensorboard import export

ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(models):
    models.mkdir()
    shutil.copytree(ROOT / "models" / "mnist-2d", models / "mnist-2d")
    return runs.find_run("mnist-2d")


def read(path: Path) -> dict[str, list]:
    found = EventAccumulator(str(path), size_guidance={"scalars": 0})
    found.Reload()
    return {tag: found.Scalars(tag) for tag in found.Tags()["scalars"]}


def test_every_report_is_there(run, tmp_path):
    read_back = read(export(run, tmp_path))
    rows = run.metrics()
    for split in ("train", "test"):
        reported = [row for row in rows if f"{split}_rate" in row]
        for tag, terms in {"rate": ("rate",), "negative_elbo": ("distortion", "rate")}.items():
            events = read_back[f"{tag}/{split}"]
            assert [event.step for event in events] == [row["step"] for row in reported]
            values = [sum(row[f"{split}_{term}"] for term in terms) for row in reported]
            assert [event.value for event in events] == pytest.approx(values, rel=1e-6)
    speeds = read_back["images_per_second"]
    assert len(speeds) == len(rows)
    seconds = [row["seconds"] - rows[0]["seconds"] for row in rows]
    assert [event.wall_time - speeds[0].wall_time for event in speeds] == pytest.approx(seconds, abs=1e-3)


def test_a_second_export_replaces_the_first(run, tmp_path):
    other = tmp_path / "mnist-2d" / "events.out.tfevents.1.of-another-tool"
    other.parent.mkdir()
    other.touch()
    export(run, tmp_path)
    written = export(run, tmp_path)
    assert sorted(written.parent.iterdir()) == sorted([other, written])


def test_a_run_without_reports_is_a_sentence(models, tmp_path):
    run = runs.create_run_at(models / "new", ModelConfig(), TrainConfig())
    with pytest.raises(ValueError, match="has no reports yet"):
        export(run, tmp_path)


def test_the_page_hands_it_out(run, tmp_path):
    client = TestClient(Starlette(routes=[*server.routes, *watch.routes]))
    reply = client.get("/events/mnist-2d")
    assert "events.out.tfevents.mnist-2d" in reply.headers["content-disposition"]
    (tmp_path / "events.out.tfevents.mnist-2d").write_bytes(reply.content)
    assert len(read(tmp_path)["rate/test"]) == sum("test_rate" in row for row in run.metrics())
    (run.path / "metrics.jsonl").write_text("")
    assert (client.get("/events/mnist-2d").status_code, client.get("/events/none").status_code) == (404, 404)
    assert "no reports yet" in client.get("/events/mnist-2d").text


def test_from_a_shell_all_runs_that_have_reports(run, models, tmp_path):
    runs.create_run_at(models / "new", ModelConfig(), TrainConfig())
    command = [sys.executable, "-m", "vae_core.tensorboard", "--to", str(tmp_path / "logs")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1 run written.")
    assert read(tmp_path / "logs" / "mnist-2d")["rate/test"]
