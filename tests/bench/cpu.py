"""CPU time of a server: all its processes, all their threads, from /proc."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found, queue = [], [pid]
    while queue:
        one = queue.pop()
        found.append(one)
        for task in (PROC / str(one) / "task").iterdir():
            queue += map(int, (task / "children").read_text().split())
    return found


def nanoseconds(pids: list[int]) -> int:
    """Time these processes have spent on a CPU. A process's own schedstat is that of its first thread only."""
    return sum(
        int((task / "schedstat").read_text().split()[0])
        for pid in pids
        for task in (PROC / str(pid) / "task").iterdir()
    )
