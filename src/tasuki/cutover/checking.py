"""Holds a loaded file against the predecessor's, and words what was found as one report of the file."""

from collections.abc import Sequence

from tasuki.cutover.comparing import compare_results
from tasuki.cutover.comparing_register import compare_register
from tasuki.cutover.loading import Tools
from tasuki.cutover.types import ComparedFile, Difference, Export, ExportFile, FileKind, FileReport, LoadedFile

_NOTHING = ComparedFile(0, 0, {}, 0, 0, ())


def check_file(
    export: Export, file: ExportFile, loaded: LoadedFile, tools: Tools
) -> tuple[FileReport, Sequence[Difference]]:
    """Compare a file row by row with what stands of it, and report it with its counts."""
    compared, differences = _NOTHING, list[Difference]()
    if loaded.load is not None and loaded.stopped is None:
        path = export.paths[file.name]
        if file.kind is FileKind.REGISTER:
            compared, differences = compare_register(
                path=path, name=file.name, load_id=loaded.load, cipher=tools.cipher
            )
        else:
            mapping = export.mappings[file.name][1]
            compared, differences = compare_results(
                path=path, name=file.name, mapping=mapping, fiscal_year=file.fiscal_year, batch_id=loaded.load
            )
    report = FileReport(
        name=file.name,
        kind=file.kind,
        programme=file.programme,
        sha256=file.sha256,
        expected=file.rows,
        agreed=file.refused,
        read=loaded.read,
        loaded=loaded.loaded,
        refused=loaded.refused,
        refused_by=loaded.refused_by,
        accepted_by=loaded.accepted_by,
        stopped=loaded.stopped,
        cells=compared.cells,
        kinds=compared.kinds,
        respelled=compared.respelled,
        filled=compared.filled,
        not_kept=compared.not_kept,
    )
    return report, differences
