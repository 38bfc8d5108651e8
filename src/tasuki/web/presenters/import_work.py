"""What came of imports that the worker did, in words."""

from django.urls import reverse
from django.utils.translation import gettext as _

from tasuki.work.types import Work


def preview_summary(work: Work) -> str:
    """Say what was found in a file."""
    outcome = work.outcome
    if outcome.get("gone"):
        return _("ファイルがもうありません。もう一度選んでください。")
    said = [_("%(rows)s行を読み取りました。") % {"rows": f"{outcome['rows']:,}"}]
    if outcome["already"]:
        said.append(_("取込み済みのファイルがありました。"))
    if outcome["unreadable"]:
        said.append(_("読み取れないファイルがありました。"))
    return " ".join(said)


def commit_summary(work: Work) -> str:
    """Say what was stored."""
    outcome = work.outcome
    if outcome.get("already"):
        return _("このファイルは取込み済みです。")
    if outcome.get("out_of_date"):
        return _("確かめたあとに記録が変わったため、取り込みませんでした。もう一度ファイルを確かめてください。")
    return _("%(rows)s行が入っています。") % {"rows": f"{outcome['rows']:,}"}


def import_address(work: Work) -> str:
    """Lead to the import, or to the list where there are several."""
    outcome = work.outcome
    if "batch" in outcome:
        return reverse("import", args=[outcome["batch"]])
    found = [*_listed(outcome.get("batches")), *_listed(outcome.get("already"))]
    return reverse("import", args=found) if len(found) == 1 else reverse("imports")


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
