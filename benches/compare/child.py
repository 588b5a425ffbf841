"""One run of a program: its output, wall and processor time, and memory, from the kernel's accounts of the child."""

import os
import resource
import signal
import subprocess
import threading
import time
from dataclasses import dataclass


@dataclass
class Child:
    text: str
    wall: float
    cpu: float
    # Largest resident memory in MB, mapped pages of the input included, and without them (0 if not known).
    peak: float
    own: float


def field(status, name):
    for line in status.splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1000
    return 0.0


def run(command, feed=None):
    """Runs to the end; a failure is an exception with what the program said. `feed` is a command whose output it
    reads; its time and memory are not counted."""
    start = time.perf_counter()
    feeder = None
    if feed:
        feeder = subprocess.Popen([str(c) for c in feed], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process = subprocess.Popen(
        [str(c) for c in command],
        stdin=feeder.stdout if feeder else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if feeder:
        # Else the feeder would never hear that the reader has gone.
        feeder.stdout.close()
    own = [0.0, 0.0]
    ended = threading.Event()

    def watch():
        # The kernel keeps no high-water mark of anonymous memory alone, so it is sampled.
        path = f"/proc/{process.pid}/status"
        while not ended.wait(0.01):
            try:
                with open(path) as f:
                    status = f.read()
            except OSError:
                return
            own[0] = max(own[0], field(status, "RssAnon:") + field(status, "RssShmem:"))
            own[1] = max(own[1], field(status, "VmHWM:"))

    said = {}

    def drain(name, stream):
        said[name] = stream.read().decode(errors="replace")

    threads = [
        threading.Thread(target=watch),
        threading.Thread(target=drain, args=("out", process.stdout)),
        threading.Thread(target=drain, args=("err", process.stderr)),
    ]
    for t in threads:
        t.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    ended.set()
    for t in threads:
        t.join()
    if feeder and feeder.wait() not in (0, -signal.SIGPIPE):
        raise RuntimeError(f"{feed[0]} failed")
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {said['err'][-2000:]}")
    # Between fork and exec the child is a copy of this process, and the kernel counts that too: below its size only
    # what was seen from outside can be believed.
    peak = usage.ru_maxrss / 1000
    if peak <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 * 1.1:
        peak = own[1] or peak
    return Child(said["out"], wall, usage.ru_utime + usage.ru_stime, peak, own[0])
