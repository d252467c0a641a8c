"""The promises of the README and of the architecture, read from the files themselves."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import house
from vae_core import runs

ROOT = house.ROOT
SOURCES = house.sources("vae_core", "ui", "pages", "benchmarks")
HEAVY = {"torch", "torchvision", "umap", "sklearn", "numba", "pandas"}


def roots(path: Path) -> set[str]:
    return {module.partition(".")[0] for module, _ in house.python_imports(path)}


def described() -> dict[str, str]:
    """The rows of the README's table of rooms, by the room in their first cell."""
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Rooms")[2]
    return {room.rstrip("/"): row for room, row in re.findall(r"(?m)^\| `([^`]+)` \|(.*)$", table)}


def test_the_readme_has_a_line_for_every_room_that_names_its_files() -> None:
    browser = [path for path in house.BROWSER.rglob("*") if path.suffix in (".js", ".css")]
    rooms: dict[str, set[str]] = {"app.py": set()}
    for path in [*SOURCES, *browser]:
        if path.name != "__init__.py":
            rooms.setdefault(house.name(path.parent), set()).add(path.name)
    rows = described()
    named = {room: set(re.findall(r"`([\w.]+\.(?:py|js|css))`", rows.get(room, ""))) for room in rooms}
    assert rooms.keys() <= rows.keys()
    assert {room: files - named[room] for room, files in rooms.items() if files - named[room]} == {}
    assert [
        f"{room}/{file}" for room, files in named.items() for file in files if not (ROOT / room / file).is_file()
    ] == []


@pytest.mark.parametrize("folder", ["ui", "pages"])
def test_the_server_side_imports_nothing_heavy(folder: str) -> None:
    assert {str(path): roots(path) & HEAVY for path in (ROOT / folder).rglob("*.py") if roots(path) & HEAVY} == {}


def test_a_room_imports_only_rooms_below_it() -> None:
    assert house.upward(house.all_arrows()) == []


def test_no_modules_import_each_other() -> None:
    assert house.circles(house.all_arrows()) == []


def test_circles_and_upward_imports_are_found() -> None:
    there, back = house.Arrow("ui/lab.py", "ui/main.py", "at once"), house.Arrow("ui/main.py", "ui/lab.py", "at once")
    sideways = house.Arrow("ui/browser/pad/pad.js", "ui/browser/draw/board.js", "later")
    assert house.circles([there, back, sideways]) == [["ui/lab.py", "ui/main.py"]]
    assert house.circles([there, replace(back, kind="later")]) == []
    assert house.upward([there, back, sideways]) == [
        "ui/lab.py -> ui/main.py",
        "ui/browser/pad/pad.js -> ui/browser/draw/board.js",
    ]


def test_the_core_knows_no_front_end() -> None:
    assert all("streamlit" not in roots(path) for path in house.sources("vae_core"))


def test_no_pickle_is_ever_read() -> None:
    banned = ("torch.load(", "pickle", "allow_pickle", "np.load(", "eval(", "exec(")
    text = {path: path.read_text(encoding="utf-8").replace(".eval(", "") for path in SOURCES}
    assert [(path.name, word) for path, content in text.items() for word in banned if word in content] == []


def test_both_commands_of_the_readme_name_files_that_are_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "pip install -r requirements.txt && streamlit run app.py" in readme
    assert "pip install -r requirements-dev.txt && python -m pytest" in readme
    assert all((ROOT / name).is_file() for name in ("requirements.txt", "requirements-dev.txt", "app.py"))


def test_shipped_models_hold_no_mnist_images() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "models"]
    committed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    owners = [name.split("/")[1] for name in committed if "examples" in name]
    assert {runs.open_run(ROOT / "models" / name).train.dataset for name in owners} == {
        "digits",
        "names",
        "spoken-digits",
    }
    assert [name for name in committed if name.endswith((".log", ".job.json", ".progress"))] == []
