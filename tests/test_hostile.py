"""Hostile files end in a sentence, within the limits, in a process that is not the server."""

import os
import random
import re
import time

import pytest

from benchmarks import uploads
from vae_core.data import limits
from vae_core.jobs import intake

SENTENCES = {
    uploads.strange_name: "names a file outside itself",
    uploads.link: "holds a link",
    uploads.zip_bomb: "can be read|Unpacked, this would be",
    uploads.liar: "Unpacked, this would be|can be read|only|no zip",
    uploads.pixel_bomb: "can be read",
    uploads.encrypted: "is encrypted",
    uploads.uncommon: "packed in an uncommon way",
    uploads.nested: "holds an archive",
    uploads.wrong_file: "no zip|no picture|damaged|can be made a set|can be read",
    uploads.wrong_array: "expected|damaged",
    uploads.lying_array: "damaged|expected|only|limits",
}


def written(tmp_path, upload):
    path = tmp_path / f"your-file{os.path.splitext(upload[0])[1]}"
    path.write_bytes(upload[1])
    return str(path)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("make", SENTENCES, ids=lambda make: make.__name__)
def test_a_hostile_file_is_one_sentence(tmp_path, make, seed):
    with pytest.raises(ValueError, match=SENTENCES[make]) as refused:
        intake.ask([written(tmp_path, make(random.Random(seed))), "--look"], seconds=limits.LOOK_SECONDS)
    assert re.fullmatch(r"[A-Zya-z].*\.", str(refused.value)) and "Traceback" not in str(refused.value)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("make", [uploads.mutated, uploads.mutated_pictures, uploads.cut, uploads.odd_labels])
def test_a_broken_file_is_a_sentence_or_a_set(tmp_path, make, seed):
    try:
        told = intake.ask([written(tmp_path, make(random.Random(seed))), "--look"], seconds=limits.LOOK_SECONDS)
    except ValueError as refused:
        assert str(refused).endswith(".") and str(refused) != intake.OVER
    else:
        assert told["choices"] and told["tiles"]


def test_the_limits_end_what_does_not_end_itself(monkeypatch, tmp_path):
    """Whatever a decoder does: the process is bounded in memory and time, and killed from outside as well."""
    for body in ("bytearray(2**30)", "while True: pass", "import time; time.sleep(60)", "import os; os.abort()"):
        script = tmp_path / "vae_core_data.py"
        script.write_text(f"from vae_core.data import limits\nlimits.impose(1)\n{body}\n")
        monkeypatch.setattr(intake, "PROGRAM", [str(script)])
        began = time.monotonic()
        with pytest.raises(ValueError, match="within the limits"):
            intake.ask([], seconds=1)
        assert time.monotonic() - began < 30


def test_what_the_asker_raises_kills_the_process_and_gives_its_turn_back(monkeypatch, tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(
        f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    )
    monkeypatch.setattr(intake, "PROGRAM", [str(script)])

    class Left(BaseException):
        pass

    def leave(_share):
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            raise Left

    for _ in range(3):
        with pytest.raises(Left):
            intake.ask([], seconds=50, told=leave)
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)


def test_progress_is_read_from_what_the_program_says():
    assert intake._share(b"") == 0
    assert intake._share(b"0/40\n10/40\n") == 0.25
    assert intake._share(b" 10%|# | 1M/9.91M [00:01<00:02]\r 45%|####      | 4.46M/9.91M") == 0.45
