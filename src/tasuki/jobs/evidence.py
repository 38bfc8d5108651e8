"""The evidence taken out for an auditor, who verifies it on another machine."""

import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tasuki.evidence import operations as evidence
from tasuki.evidence import verifier
from tasuki.evidence.export import write_export, write_witnessed
from tasuki.jobs.checkpoints import logs_kept, own_log
from tasuki.runtime import keys, node, now
from tasuki.shared.actor import actor_from
from tasuki.work import operations
from tasuki.work.types import Progress, Work

KIND: Final = "evidence_export"
_READ_ME: Final = """\
このフォルダーの証跡は、書き出したサーバーを信用しなくても確かめられます。
1. Python と cryptography（pip install cryptography）のある、別の端末に置きます。
2. 相手方（中間サーバーなど）が預かっている「{name}.kept-by.相手.jsonl」を、相手方から受け取ります。
3. 次を実行します。--witness がないと、末尾の抜き取りは見つかりません。
   python verifier.py {name}.jsonl --witness 受け取ったファイル
4. ほかのファイルは、当方が預かっている相手方の署名です。相手方の証跡を確かめるときに渡します。
宛名番号と符号が入っています。氏名は入っていません。特定個人情報に準じて扱ってください。

This evidence can be verified without trusting the server it comes from.
1. Put it on another machine that has Python and its package cryptography.
2. Get "{name}.kept-by.PEER.jsonl" from the parties that keep our checkpoints.
3. Run the line below. Without --witness, a tail that was cut off would not be found.
   python verifier.py {name}.jsonl --witness THEIR-FILE
4. The other files are the checkpoints kept here of other parties, for whoever verifies theirs.
It holds numbers that stand for people, and no names. Treat it as personal information.
"""


def export(work: Work, progress: Progress) -> Mapping[str, object]:
    """Write the log, what is kept of peers' logs, and the verifier into one file for whoever asked for it.

    :raises WorkCancelledError: when somebody asked for the end.
    """
    by, own = actor_from(work.asked_by), node()
    with tempfile.TemporaryDirectory(dir=own.folder, prefix="evidence-") as name:
        folder = Path(name)
        records = write_export(folder / f"{own.name}.jsonl", origin=own_log(), public_key=keys().log.public_key())
        progress.report(1, 3)
        kept = {}
        for peer, origin in logs_kept().items():
            kept[peer] = write_witnessed(folder / f"{peer}.kept-by.{own.name}.jsonl", origin=origin)
        progress.report(2, 3)
        content = _pack(folder, own.name)
    evidence.record_export(records=records, kept_of=kept, by=by, at=now())
    at = now()
    operations.keep_output(
        work_id=work.work_id,
        file_name=f"evidence-{own.name}-{at:%Y%m%d-%H%M%S}.zip",
        media_type="application/zip",
        content=content,
        by=by,
        at=at,
    )
    progress.report(3, 3)
    return {"records": records, "peers": len(kept)}


def _pack(folder: Path, name: str) -> bytes:
    packed = folder / "evidence.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("READ-ME.txt", _READ_ME.format(name=name))
        archive.write(verifier.__file__, "verifier.py")
        for file in sorted(folder.glob("*.jsonl")):
            archive.write(file, file.name)
    return packed.read_bytes()
