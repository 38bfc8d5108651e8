"""The end of the demonstration: every node's evidence is exported and verified offline, against its witnesses."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tasuki.demo.steps import Commands
from tasuki.evidence import verifier

NODES = ("town-a", "town-b", "gateway-east", "gateway-west", "network", "jlis")


def prove(commands: Commands, folder: Path, nodes: Sequence[str] = NODES) -> tuple[dict[str, int], bool]:
    """Seal, export and verify; return records by node, and whether every log holds and a peer vouches for it."""
    # The first round tells every peer our newest size; the second seals what that round itself recorded.
    commands.run_all([("seal", "--node", node) for node in nodes])
    commands.run_all([("seal", "--node", node) for node in nodes])
    # The nodes go on recording: what they keep of each other is exported before the logs it vouches for.
    for part in ("witnessed", "own"):
        exported = commands.run_all(
            [("export-evidence", str(folder), "--part", part, "--node", node) for node in nodes]
        )
    records = {node: values["records"] for node, values in zip(nodes, exported, strict=True)}
    return records, all(verified_alone(folder, node) for node in nodes)


def verified_alone(folder: Path, node: str) -> bool:
    """Run the stand-alone verifier as an auditor would: a program of its own, with nothing of Tasuki on its path."""
    kept = sorted(folder.glob(f"{node}.kept-by.*.jsonl"))
    witnesses = [part for file in kept for part in ("--witness", str(file))]
    done = subprocess.run(  # noqa: S603 — our own arguments; no shell
        [sys.executable, "-I", str(Path(verifier.__file__)), str(folder / f"{node}.jsonl"), *witnesses],
        capture_output=True,
        check=False,
        cwd="/",
    )
    return done.returncode == 0 and bool(kept)
