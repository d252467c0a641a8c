"""The file of the published figures, ``benchmarks/records.json``: written by ``--save``, shown on the page Records."""

import datetime
import json
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from vae_core.runs import files

FILE = Path(__file__).with_name("records.json")


def machine(device: torch.device) -> str:
    """What the figures were measured on, in one line."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}"
    return f"{os.cpu_count()} cores of {_cpu_name()}, torch {torch.__version__}"


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(line.replace("\t", "").split(":", 1) for line in lines if ":" in line)
    extras = [name for name in ("avx512f", "amx_bf16") if name in fields.get("flags", "").split()]
    name = fields.get("model name", platform.machine()).strip().replace("(R)", "")
    return f"{name} ({', '.join(extras)})" if extras else name


def keep(section: str, rows: Iterable[dict[str, Any]], *, by: tuple[str, ...], file: Path = FILE) -> None:
    """Write rows into a section of the file, dated, in place of those that agree in the fields `by`."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    known = {tuple(row[name] for name in by): row for row in kept.get(section, [])}
    for row in rows:
        dated = row | {"date": datetime.date.today().isoformat()}
        known[tuple(row[name] for name in by)] = dated
    files.replace(file, (json.dumps(kept | {section: list(known.values())}, indent=1) + "\n").encode())
