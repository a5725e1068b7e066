"""Builds the benches, and has valgrind's callgrind count the instructions of each thing that they measure."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent

# The library's own code, with what the compiler has put into it of others.
OWN = re.compile(r"<*(dyn )?convoke::")


def built(bench):
    words = ["cargo", "bench", "--locked", "--bench", bench, "--no-run", "--message-format=json"]
    lines = output(words, stderr=subprocess.DEVNULL)
    found = [json.loads(line).get("executable") for line in lines.splitlines()]
    return [executable for executable in found if executable][-1]


def counted(binary, *words, is_own=False):
    """The instructions of each thing that the bench measures, one of it; or only those of the library's own code."""
    measured = f"{Path(binary).name.rsplit('-', 1)[0]}::gauge::measured"
    with tempfile.TemporaryDirectory() as folder:
        # What is measured is counted by itself: a dump each time.
        callgrind = ["--tool=callgrind", f"--toggle-collect={measured}", f"--dump-after={measured}", f"--callgrind-out-file={folder}/out"]
        lines = output(["valgrind", *callgrind, binary, *words], stderr=subprocess.DEVNULL).splitlines()
        dumps = sorted(Path(folder).glob("out.*"), key=lambda path: int(path.suffix[1:]))
        totals = [own(dump) if is_own else total(dump) for dump in dumps]
    names = [line.split("\t") for line in lines]
    return {name: total / int(count) for (name, count, _), total in zip(names, totals, strict=True)}


def total(dump):
    return int(re.search(r"^totals: (\d+)", dump.read_text(), re.M).group(1))


def own(dump):
    lines = dump.read_text().splitlines()
    # A function has its name where it is met first, and is a number from then on.
    names = dict(met.groups() for met in map(re.compile(r"c?fn=(\(\d+\)) (.+)").match, lines) if met)
    is_counted, is_of_callee, instructions = False, False, 0
    for line in lines:
        if line.startswith("fn="):
            is_counted = bool(OWN.match(names[line[3:].split(" ")[0]]))
        elif line.startswith("calls="):
            is_of_callee = True  # the next line says what they took
        elif re.match(r"[-+*\d]", line):
            instructions += int(line.split()[1]) if is_counted and not is_of_callee else 0
            is_of_callee = False
    return instructions


def output(words, **more):
    return subprocess.run([str(word) for word in words], check=True, text=True, cwd=TREE, stdout=subprocess.PIPE, **more).stdout
