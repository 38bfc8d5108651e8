"""How much memory the largest process needed, as the kernel counted it."""

import resource
from pathlib import Path

from tasuki.demo.running import Running
from tasuki.demo.steps import Commands


def peak_rss_mb(running: Running, commands: Commands) -> int:
    """Return the peak resident memory, in MB, of the largest of: this process, its commands, every node process."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    leaders = {program.process.pid for program in running.supervisor.programs if program.process is not None}
    nodes = [_peak(pid) for pid in _processes() if _group(pid) in leaders]
    return round(max(own, children, *commands.peaks, *nodes) / 1024)


def _processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def _group(pid: int) -> int:
    """Return the process group; each node process leads one of its own."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[2])
    except (OSError, IndexError, ValueError):
        return -1


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
