"""The pack of evidence for an inspection, made as long work for the auditor who asked for it."""

import datetime as dt
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.audits.operations import packs as operations
from tasuki.audits.packs.archive import write_pack
from tasuki.audits.packs.catalogue import contents
from tasuki.audits.packs.registers import files_of
from tasuki.audits.packs.types import Holds, Pack, PackFile
from tasuki.audits.packs.verifier import EVIDENCE, READ_ME, fingerprint
from tasuki.audits.queries import packs as queries
from tasuki.evidence.export import write_export
from tasuki.evidence.queries import latest_checkpoint, leaves_between
from tasuki.jobs.checkpoints import own_log
from tasuki.runtime import keys, node, now
from tasuki.shared.actor import actor_from
from tasuki.shared.dates import day_begins
from tasuki.work.types import Progress, Work

KIND: Final = operations.KIND
#: The most the database keeps as one file, less some room.
MOST_BYTES: Final = 900 << 20
_READ_ME: Final = """\
検査用の証拠一式 {town} {since} から {until} まで

確かめ方(別の端末で。このサーバーも通信も要りません)
1. Tasuki を入れた端末で、次を実行します。1バイトでも変わっていれば、どこかを示して失敗します。
     tasuki verify-pack 受け取ったファイル --key 指紋
2. 指紋は、区の担当者から別の手段(書面・電話)で受け取ったものを使います。このファイルの中の指紋を写してはいけません。
   画面「検査用の証拠一式」に出ています。
3. 相手方(中間サーバーなど)が預かっている署名があれば、--witness で渡します。末尾の抜き取りも分かります。
手で確かめるときは、MANIFEST.json の要約値(SHA-256)を各ファイルと比べます。MANIFEST.sig は、"tasuki-pack/1" と改行に
MANIFEST.json を続けたものへの Ed25519 の署名(Base64)です。

中身
- 各ファイルが何か、人について何を含むか(holds)は MANIFEST.json にあります。
  none: 含まない  staff: 職員・委託先の人  keys: 宛名番号(氏名なし)
  text: 職員の書いた文(住民の氏名・番号は書かない定め)
- STAFF:12 は利用者の番号 12 です。氏名は registers/accounts.csv にあります(選んだときだけ入ります)。
- evidence.jsonl には、期間の証跡の記録が入ります(選んだとき)。期間の外は要約値だけです。

Evidence pack for an inspection, {town}, {since} to {until}

To verify it (on another machine; neither this server nor a network is needed)
1. Run this where Tasuki is installed. If a single byte was altered it fails and says where.
     tasuki verify-pack THIS-FILE --key FINGERPRINT
2. Get the fingerprint from the town by another way (paper, telephone), not from this file. The page on packs shows it.
3. Hand over checkpoints that other parties keep with --witness: then a tail that was cut off is found as well.
By hand: compare the SHA-256 of each file with MANIFEST.json. MANIFEST.sig is the Ed25519 signature (Base64) of
"tasuki-pack/1", a line feed, and MANIFEST.json.

What is in it
- MANIFEST.json says of each file what it is and what it tells of people (holds).
  none: nothing  staff: staff and contractors  keys: numbers of residents, no names
  text: words of staff, who name no resident by rule
- STAFF:12 is the account with the number 12; names are in registers/accounts.csv, where that was chosen.
- evidence.jsonl holds the records of the period where they were chosen, and of all others only the hash.
"""


class PackTooLargeError(Exception):
    """The pack is larger than one file may be; choose a shorter period, or leave the evidence records out."""


def make(work: Work, progress: Progress) -> Mapping[str, object]:
    """Make the pack that was asked for, and keep it for whoever asked.

    :raises WorkCancelledError: when somebody asked for the end.
    :raises PackTooLargeError: when it is larger than may be kept.
    """
    by, asked = actor_from(work.asked_by), queries.pack(UUID(str(work.parameters["pack_id"])))
    if asked is None:
        raise LookupError("the pack is not on record")
    with tempfile.TemporaryDirectory(dir=node().folder, prefix="pack-") as name:
        folder = Path(name)
        file = folder / "pack.zip"
        with transaction.atomic():
            facts, listed = _written(asked, folder, progress)
        write_pack(file, folder, listed, facts=facts, key=keys().log)
        if file.stat().st_size > MOST_BYTES:
            raise PackTooLargeError(PackTooLargeError.__doc__)
        content = file.read_bytes()
    operations.keep_pack(
        pack_id=asked.pack_id,
        work_id=work.work_id,
        file_name=f"inspection-{node().name}-{asked.since:%Y%m%d}-{asked.until:%Y%m%d}.zip",
        content=content,
        sha256=sha256(content).hexdigest(),
        fingerprint=own_fingerprint(),
        by=by,
        at=now(),
    )
    progress.report(3, 3)
    return {"files": len(listed), "size": len(content)}


def own_fingerprint() -> str:
    """Return by what people recognise the key that signs packs and the log."""
    return fingerprint(keys().log.public_key().public_bytes_raw())


def _written(asked: Pack, folder: Path, progress: Progress) -> tuple[dict[str, object], list[PackFile]]:
    """Write every file of a pack into a folder; return what the manifest says, and the files."""
    since, until = day_begins(asked.since), day_begins(asked.until + dt.timedelta(days=1))
    town = node().own_town().name
    (folder / READ_ME).write_text(_READ_ME.format(town=town, since=asked.since, until=asked.until), "utf-8")
    listed = [PackFile(READ_ME, ("検証のしかた", "How to verify it"), Holds.NONE)]
    for one, content in files_of(asked.contents, since=since, until=until):
        place = folder / one.name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(content)
        listed.append(one)
    progress.report(1, 3)
    has_records = "evidence" in asked.contents
    newest = latest_checkpoint()
    size = 0 if newest is None else newest.tree_size
    part = leaves_between(since, until) if has_records else range(size, size)
    origin = own_log()
    # The log may have been sealed again since: what came up to now belongs to a period that is not over.
    written = write_export(folder / EVIDENCE, origin=origin, public_key=keys().log.public_key(), part=part)
    records = contents()["evidence"]
    listed.append(PackFile(EVIDENCE, records.name, records.holds if has_records else Holds.NONE))
    progress.report(2, 3)
    facts: dict[str, object] = {
        "pack_id": str(asked.pack_id),
        "origin": origin,
        "town": town,
        "environment": node().environment.value,
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "contents": list(asked.contents),
        "asked_at": asked.asked_at.isoformat(),
        "made_at": now().isoformat(),
        "evidence": {"first": part.start, "last": min(part.stop, written)},
    }
    return facts, listed
