"""Whether the house is in order: import circles, the order of its rooms, long lines and functions, type errors.

python -m benchmarks.house prints a table and ends with one JSON line. The figures of the browser's modules need node;
what checks them is installed into .ci on first use.
"""

import argparse
import ast
import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os.path import normpath
from pathlib import Path

ROOT = Path(__file__).parent.parent
BROWSER = ROOT / "ui" / "browser"
WIDGETS = ROOT / "ui" / "widgets.py"
CHECKS = ROOT / ".ci"
# The rooms from the top of the house down. A module may import its own room and the rooms of lower rows. A star is any
# folder, each a room of its own: rooms of one row never import each other.
ROOMS = (
    ("app.py",),
    ("pages",),
    ("ui/main.py",),
    ("ui/training",),
    ("ui",),
    ("vae_core/train.py", "vae_core/evaluate.py", "vae_core/projection.py", "vae_core/tensorboard.py"),
    ("vae_core/jobs",),
    ("vae_core/runs",),
    ("vae_core/training",),
    ("vae_core/data",),
    ("vae_core",),
    ("ui/browser/*",),
    ("ui/browser/state",),
    ("ui/browser/work",),
    ("ui/browser/kit",),
    ("ui/browser/core",),
)
AT_ONCE, LATER, WORKER, STYLE = "at once", "later", "worker", "style"
# How a browser module names another file, once its comments are gone: in them types are imported, which loads nothing.
NAMES = {
    AT_ONCE: r"(?m)^(?:import|export)\b(?:[^;'()]*\bfrom)? '(\.[^']+\.js)'",
    LATER: r"\bimport\('(\.[^']+\.js)'\)",
    WORKER: r"\bnew URL\('(\.[^']+\.js)', import\.meta\.url\)",
    STYLE: r"\bnew URL\('(\.[^']+\.css)', import\.meta\.url\)",
}
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Arrow:
    """A module, by its path in the repository, and a file that it names; ``LATER`` is an import inside a function."""

    source: str
    target: str
    kind: str


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sources(*folders: str) -> list[Path]:
    """All Python modules of some folders."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def scripts() -> list[Path]:
    """All browser modules."""
    return sorted(BROWSER.rglob("*.js"))


def _python_file(module: str) -> str | None:
    """The file of a module of this repository, None for one of a library."""
    path = ROOT.joinpath(*module.split("."))
    found = next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)
    return found and name(found)


def _imported(node: ast.AST) -> Iterator[str]:
    """The names of the modules that one statement imports; a package is named only for what it holds itself."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            submodule = f"{node.module}.{alias.name}"
            yield submodule if _python_file(submodule) else node.module


def python_imports(path: Path) -> set[tuple[str, str]]:
    """The name of each module that a Python module imports, and when."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    inner = {node for function in functions for node in ast.walk(function)}
    return {(module, LATER if node in inner else AT_ONCE) for node in ast.walk(tree) for module in _imported(node)}


def python_arrows(paths: Iterable[Path]) -> list[Arrow]:
    return [
        Arrow(name(path), target, kind)
        for path in paths
        for module, kind in sorted(python_imports(path))
        if (target := _python_file(module))
    ]


def browser_arrows(paths: Iterable[Path]) -> list[Arrow]:
    arrows = []
    for path in paths:
        text = COMMENTS.sub("", path.read_text(encoding="utf-8"))
        for kind, pattern in NAMES.items():
            targets = (normpath(f"{name(path.parent)}/{target}") for target in re.findall(pattern, text))
            arrows += [Arrow(name(path), target, kind) for target in targets]
    return arrows


def all_arrows() -> list[Arrow]:
    return python_arrows([ROOT / "app.py", *sources("pages", "ui", "vae_core")]) + browser_arrows(scripts())


def room_of(module: str) -> tuple[int, str]:
    """The row of a module's room in ``ROOMS``, and the room."""
    for path in (Path(module), *Path(module).parents):
        for room in (path.as_posix(), f"{path.parent.as_posix()}/*"):
            for row, rooms in enumerate(ROOMS):
                if room in rooms:
                    return row, path.as_posix()
    raise ValueError(f"{module} is in no room.")


def upward(arrows: Iterable[Arrow]) -> list[str]:
    """The arrows that do not lead into the same room or down."""
    found = []
    for arrow in arrows:
        (row, room), (below, other) = room_of(arrow.source), room_of(arrow.target)
        if room != other and below <= row:
            found.append(f"{arrow.source} -> {arrow.target}")
    return found


def circles(arrows: Iterable[Arrow]) -> list[list[str]]:
    """The sets of modules that import each other, directly or not, as they are loaded."""
    after: dict[str, set[str]] = {}
    for arrow in arrows:
        if arrow.kind == AT_ONCE:
            after.setdefault(arrow.source, set()).add(arrow.target)
    reached = {module: _closure([module], after) for module in after}
    found = {
        frozenset(other for other in others if module in reached.get(other, ()))
        for module, others in reached.items()
        if module in others
    }
    return sorted(map(sorted, found))


def _closure(modules: Iterable[str], after: dict[str, set[str]]) -> set[str]:
    """What can be reached from some modules in one step or more."""
    found: set[str] = set()
    waiting = [target for module in modules for target in after.get(module, ())]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += after.get(module, ())
    return found


def widgets_of(page: Path) -> list[str]:
    """The modules that a page mounts at once; those that come later wait until somebody is near."""
    text = page.read_text(encoding="utf-8")
    called = {*re.findall(r'widgets\.mount\("([a-z]+)"', text), *re.findall(r"widgets\.(sweep|chart)\(", text)}
    table = re.findall(r'^    "([a-z]+)": Widget\("([^"]+)"(.*)$', WIDGETS.read_text(encoding="utf-8"), re.MULTILINE)
    return [name(BROWSER / module) for key, module, more in table if key in called and "later=True" not in more]


def opening(page: Path, *kinds: str) -> set[str]:
    """The files that a page's widgets load by arrows of some kinds; each widget loads the history with it."""
    widgets = [*widgets_of(page), f"{BROWSER.relative_to(ROOT)}/state/history.js"]
    after: dict[str, set[str]] = {}
    for arrow in browser_arrows(scripts()):
        if arrow.kind in kinds:
            after.setdefault(arrow.source, set()).add(arrow.target)
    return {*widgets, *_closure(widgets, after)}


def pages() -> list[Path]:
    """The pages that have widgets."""
    return [page for page in sources("pages") if widgets_of(page)]


def packed(files: Iterable[str]) -> int:
    """Bytes of some files as they travel."""
    return sum(len(gzip.compress((ROOT / file).read_bytes(), 6)) for file in files)


def longest_python_function(paths: Iterable[Path]) -> tuple[int, str]:
    """Lines of the longest function, without its docstring and its comments, and where it is."""
    return max(
        (_lines_of_code(node, path.read_text(encoding="utf-8").splitlines()), f"{name(path)}:{node.lineno}")
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def _lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    own = lines[function.lineno - 1 : function.end_lineno]
    words = function.body[0] if ast.get_docstring(function) else None
    documented = (words.end_lineno or 0) - words.lineno + 1 if words else 0
    return len(own) - documented - sum(line.lstrip().startswith("#") for line in own)


def longest_script_function() -> tuple[int, str] | None:
    """The same of the browser's modules, as ESLint counts them; None where it cannot be run."""
    rule = json.dumps({"max-lines-per-function": ["error", {"max": 0, "skipComments": True}]})
    reply = _check("eslint", "--config", ".ci/eslint.config.js", "--rule", rule, "--format", "json", "ui/browser")
    if reply is None:
        return None
    return max(
        (int(re.findall(r"\((\d+)\)", message["message"])[0]), f"{name(Path(file['filePath']))}:{message['line']}")
        for file in json.loads(reply)
        for message in file["messages"]
        if message["ruleId"] == "max-lines-per-function"
    )


def _check(tool: str, *arguments: str) -> str | None:
    """What a tool of .ci says; None where it is not there and cannot be fetched."""
    if not (CHECKS / "node_modules").is_dir():
        npm = shutil.which("npm")
        if not npm or subprocess.run([npm, "ci", "--silent"], cwd=CHECKS, check=False).returncode:
            print(f"{tool} is left out: `npm ci` in .ci needs npm and a network.", file=sys.stderr)
            return None
    command = [str(CHECKS / "node_modules" / ".bin" / tool), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def script_type_errors() -> int | None:
    reply = _check("tsc", "--project", ".ci/tsconfig.json")
    return None if reply is None else len(re.findall(r"error TS\d+", reply))


def python_type_errors() -> int | None:
    """What mypy finds by its settings in pyproject.toml; None where it is not installed."""
    command = [sys.executable, "-m", "mypy", "--strict", "vae_core", "ui"]
    reply = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    summary = re.search(r"(?m)^(?:Success|Found (\d+) errors?)\b", reply.stdout)
    if not summary:
        print(f"mypy is left out: {(reply.stderr or reply.stdout).strip()}", file=sys.stderr)
        return None
    return int(summary[1] or 0)


def measure() -> dict[str, tuple[int | float | None, str]]:
    """Each figure, and where it is found or what it counts."""
    arrows = all_arrows()
    round_and_round, against = circles(arrows), upward(arrows)
    wide = [name(path) for path in scripts() for line in path.read_text("utf-8").splitlines() if len(line) > 120]
    heaviest, page = max((packed(opening(page, AT_ONCE, WORKER)), page.stem) for page in pages())
    mypy, tsc = python_type_errors(), script_type_errors()
    return {
        "circles": (len(round_and_round), "; ".join(map(" ".join, round_and_round))),
        "rooms_up_arrows": (len(against), "; ".join(against)),
        "js_lines_over_120": (len(wide), " ".join(sorted(set(wide)))),
        "longest_js_function": longest_script_function() or (None, ""),
        "longest_py_function": longest_python_function([ROOT / "app.py", *sources("pages", "ui", "vae_core")]),
        "type_errors": (None if mypy is None or tsc is None else mypy + tsc, f"mypy {mypy}, tsc {tsc}"),
        "modules_at_opening_kb": (round(heaviest / 1024, 1), page),
    }


def main() -> None:
    """Print the table and the JSON line."""
    argparse.ArgumentParser(
        prog="python -m benchmarks.house", description="Whether the house is in order."
    ).parse_args()
    figures = measure()
    for figure, (value, where) in figures.items():
        print(f"{figure:>21} {'–' if value is None else value:>6}   {where}")
    print(json.dumps({figure: value for figure, (value, _) in figures.items()}))


if __name__ == "__main__":
    main()
