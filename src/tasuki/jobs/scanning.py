"""Whether the worker may take in a file that was left in a folder."""

from pathlib import Path

import structlog

from tasuki.nodes.scanning import Verdict, scan_file
from tasuki.runtime import node

log = structlog.get_logger()


def harm_in(file: Path) -> Verdict:
    """Say what the node's scanner says of a file: clean where it has none; unanswered only where the file must wait."""
    rules = node().upload_rules()
    if not rules.scanner:
        return Verdict.CLEAN
    scanned = scan_file(file, rules.scanner)
    if scanned.verdict is Verdict.FOUND:
        log.warning("UPL-003 harmful_file")
    elif scanned.verdict is Verdict.UNANSWERED:
        log.warning("UPL-002 scanner_silent", reason=scanned.why)
        return Verdict.UNANSWERED if rules.scanner_required else Verdict.CLEAN
    return scanned.verdict
