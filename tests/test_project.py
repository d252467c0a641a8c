"""The promises of the README and of the architecture, read from the files themselves."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [
    path for folder in ("vae_core", "ui", "pages", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))
]
HEAVY = {"torch", "torchvision", "umap", "sklearn", "numba", "pandas"}


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def test_the_readme_has_a_line_for_every_file() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    files = [*SOURCES, ROOT / "app.py", *(ROOT / "ui" / "browser").iterdir()]
    names = [str(path.relative_to(ROOT)) for path in files if path.name != "__init__.py" and path.is_file()]
    assert [name for name in names if f"| `{name}` |" not in readme] == []
    assert readme.count("| `vae_core/") == len(list((ROOT / "vae_core").glob("[!_]*.py")))


@pytest.mark.parametrize("folder", ["ui", "pages"])
def test_the_server_side_imports_nothing_heavy(folder: str) -> None:
    assert {str(path): roots(path) & HEAVY for path in (ROOT / folder).rglob("*.py") if roots(path) & HEAVY} == {}


def test_imports_run_one_way() -> None:
    assert all(not roots(path) & {"ui", "pages", "streamlit"} for path in (ROOT / "vae_core").glob("*.py"))
    assert all("pages" not in roots(path) for path in (ROOT / "ui").glob("*.py"))


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
    assert [name for name in committed if "examples" in name] == ["models/digits-2d/examples.safetensors"]
    assert [name for name in committed if name.endswith((".log", ".job.json", ".progress"))] == []
