#!/usr/bin/env python3
"""Runs the dashboard for a long time under random keys and faults, and tells whether it stays what it was.

usage: tests/soak.py [MINUTES [SEED]]      an hour if nothing is said; needs tmux and a release build

Five lanes run on real sockets in a terminal of 120x40 while random keys turn its knobs, break and mend
things, and go through its views. Every minute it prints memory, file descriptors and threads. At the end
everything is mended and set back, and every lane must show news. Before all that, a flood of large events fills
what the program keeps of the past, which is bounded. It fails on a program that ended, on a lane that
is stuck, and on memory or descriptors that are not flat: at the end at most 20 % and 4 MiB, or 10 descriptors, above
what they were after a sixth of the time.
"""

import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("WIRELAB_BIN", str(HERE / "target/release/wirelab"))
ONLY = "http,polling,long-polling,sse,websocket"
SOCKET = f"wirelab-soak-{os.getpid()}"
FAULTS = list("sjlbhprc6RS")
KEYS = ["[", "]", "z", "Z", "e", "E", "+", "-", "d", "D", "f", "F", "j", "p", "m", "r", "M", ".", "Space", "K",
        "0", "?", "Tab", "BTab", "Enter", "T", "Escape", "v", "i", "c", "l", "Left", "Right", "Home", "End", "Up",
        "Down", "PPage", "NPage", "b", "L"]


def tmux(*words):
    return subprocess.run(["tmux", "-L", SOCKET, *words], check=True, capture_output=True, text=True).stdout


def press(*keys):
    tmux("send-keys", "-t", "soak", *keys)


def leave():
    """Back to the dashboard. An Esc right before another key would be that key with Alt."""
    for _ in range(3):
        press("Escape")
        time.sleep(0.1)


def screen():
    return tmux("capture-pane", "-p", "-t", "soak")


def is_over():
    return tmux("display-message", "-p", "-t", "soak", "#{pane_dead}").strip() == "1"


def figures(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    memory = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
    threads = int(re.search(r"Threads:\s+(\d+)", status)[1])
    return memory, len(os.listdir(f"/proc/{pid}/fd")), threads


def recorded(folder):
    """The newest event that was born, and the newest that each lane showed, by a recording of ten seconds."""
    press("w")
    for _ in range(10):
        press("e", "r")
        time.sleep(1)
    press("w")
    time.sleep(1)
    born, shown = 0, {}
    for line in next(pathlib.Path(folder).glob("*.jsonl")).read_text().splitlines()[1:]:
        what = json.loads(line)["what"]
        if "born" in what:
            born = max(born, what["born"]["event"])
        if "shown" in what:
            lane = what["shown"]["protocol"]
            shown[lane] = max(shown.get(lane, 0), what["shown"]["event"])
    return born, shown


def fill():
    """Fills what has a bound (the server's log of events, the past that is kept), so that what grows later leaks."""
    press(*"]]]]]]]]", *"FFFFFFFFFFFF", *"pppp")
    time.sleep(40)
    press("p", *"ffffffffffff")


def play(dice):
    """A key, a fault by the menu, or a lane off and on again."""
    what = dice.random()
    if what < 0.15:
        leave()
        press("k", dice.choice(FAULTS), "k")
    elif what < 0.2:
        lane = dice.choice("12345")
        for _ in range(2):
            leave()
            press(lane)
    else:
        press(dice.choice(KEYS))


def main(folder):
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    dice = random.Random(seed)
    command = f"cd {folder} && exec {BINARY} --only {ONLY} --seed {seed} --keep-memory 8"
    with tempfile.NamedTemporaryFile("w") as config:
        print("set -g remain-on-exit on", file=config, flush=True)
        tmux("-f", config.name, "new-session", "-d", "-s", "soak", "-x", "120", "-y", "40", command)
    pid = int(tmux("display-message", "-p", "-t", "soak", "#{pane_pid}"))
    time.sleep(2)
    fill()
    begin, told, taken = time.monotonic(), 0, []
    while (passed := (time.monotonic() - begin) / 60) < minutes:
        if is_over():
            sys.exit(f"it ended after {passed:.1f} min:\n{screen()}")
        play(dice)
        time.sleep(dice.uniform(0.02, 0.5))
        if passed >= told:
            taken.append(figures(pid))
            print("minute %3d: %6.1f MiB, %3d descriptors, %2d threads" % (told, *taken[-1]), flush=True)
            told += 1
    return end(pid, taken, folder)


def set_back():
    """Mends everything, lets the world run at real time, and shows the dashboard as it was at first."""
    leave()
    press("End", "K")
    press(*"]]]]]]]]]]]]]", *"dddddddddddddddd", *"----------------")
    time.sleep(3)
    if "FROZEN" in screen():
        press("Space")


def end(pid, taken, folder):
    set_back()
    time.sleep(40)
    born, shown = recorded(folder)
    print(f"born: {born}, shown: {shown}")
    live = len(shown) == 5 and all(born - newest <= 10 for newest in shown.values())
    memory, files, _ = figures(pid)
    print(f"at the end: {memory:.1f} MiB, {files} descriptors")
    print(screen())
    early = taken[max(1, len(taken) // 6)] if len(taken) > 1 else taken[0]
    flat = memory <= early[0] * 1.2 + 4 and files <= early[1] + 10
    press("q")
    for _ in range(100):
        if is_over():
            break
        time.sleep(0.1)
    else:
        sys.exit("it does not end by q")
    print("flat" if flat else f"not flat: {early} early, {(memory, files)} at the end")
    print("every lane shows news" if live else "a lane is stuck")
    return 0 if flat and live else 1


try:
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(folder))
finally:
    subprocess.run(["tmux", "-L", SOCKET, "kill-server"], capture_output=True)
