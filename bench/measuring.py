"""Comparing ways by CPU time: in turns, so that a busy machine disturbs all alike; and by medians."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence


def medians(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of what each way says of itself, run in turns; each once before, which does not count."""
    seen: dict[str, list[float]] = {name: [] for name in ways}
    for round_number in range(rounds + 1):
        for name, run in ways.items():
            value = run()
            if round_number:
                seen[name].append(value)
    return {name: statistics.median(values) for name, values in seen.items()}


def cpu_of(work: Callable[[], object], times: int) -> float:
    """CPU milliseconds of this process for one of so many runs."""
    began = time.process_time()
    for _ in range(times):
        work()
    return 1000 * (time.process_time() - began) / times


def cpu_of_process(command: Sequence[str]) -> float:
    """CPU milliseconds of a process from its start to its end.

    Raises:
        AssertionError: it failed.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return 1000 * (usage.ru_utime + usage.ru_stime)
