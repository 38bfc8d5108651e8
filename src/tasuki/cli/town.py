"""Commands of a town: register, results, codes, replicas, inquiries, adoption."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from tasuki.cli.node import become
from tasuki.cli.operator import refuse_file
from tasuki.cli.output import AsJson, ExistingFile, NodeName, progress_bar, show, staff_by
from tasuki.layouts.types import Programme

app = typer.Typer()
UNREACHABLE = 3
OutputFolder = Annotated[
    Path | None, typer.Option(file_okay=False, help="Folder for the PDFs; the node's folder of letters unless said.")
]


@app.command("import-register")
def import_register(file: ExistingFile, node: NodeName, as_json: AsJson = False) -> None:
    """Import the resident register (住民記録), whole or a day's changes (with 異動事由 and 異動日).

    People go into the records, individual numbers into the index.
    """
    become(node)
    from tasuki.jobs.erasing import erased_finder
    from tasuki.jobs.town import number_cipher
    from tasuki.linkage.register import AlreadyLoaded, UnreadableRegister
    from tasuki.linkage.register import import_register as run
    from tasuki.linkage.types import SYSTEM
    from tasuki.runtime import now

    with progress_bar("住民記録 / register", not as_json) as progress:
        outcome = run(
            file=file,
            file_name=file.name,
            system=SYSTEM,
            cipher=number_cipher(),
            by=staff_by("register-import"),
            at=now(),
            progress=progress,
            find_erased=erased_finder(),
        )
    if isinstance(outcome, UnreadableRegister):
        for problem in outcome.problems:
            typer.echo(f"{problem.message_ja} / {problem.message_en}", err=True)
        raise typer.Exit(2)
    if isinstance(outcome, AlreadyLoaded):
        typer.echo("この異動ファイルは取込み済みです / these changes were taken in before", err=True)
        raise typer.Exit(1)
    load, numbering = outcome.load, outcome.numbering
    show(
        {
            "scope": load.scope,
            "rows": load.total_rows,
            "added": load.added,
            "changed": load.changed,
            "unchanged": load.unchanged,
            "missing": load.missing,
            "numbered": numbering.numbered,
            "linked": numbering.linked,
            "already_numbered": numbering.already_numbered,
            "problems": load.problems,
        },
        as_json,
    )
    if outcome.problems:
        raise typer.Exit(1)


@app.command("import")
def import_results(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True)],
    node: NodeName,
    mappings: Annotated[
        Path, typer.Option(exists=True, help="The sender's mapping file (TOML), or a folder: headers choose from it.")
    ],
    preview_only: Annotated[bool, typer.Option("--preview", help="Check the files and commit nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import result files of one sender: check every line, commit the good ones, list the others."""
    become(node)
    from tasuki.cli.importing import import_files

    values = import_files(files, mappings, preview_only=preview_only)
    show(values, as_json)
    if values["rejected"] or values["unreadable"]:
        raise typer.Exit(1)


@app.command("import-mappings")
def import_mappings(
    place: Annotated[Path, typer.Argument(exists=True, help="A mapping file (TOML), or a folder of them.")],
    node: NodeName,
    sender: Annotated[str, typer.Option(help="Whose mappings they are; entered where there is none of that name.")],
    kind: Annotated[str, typer.Option(help="ASSOCIATION, CENTRE, HOSPITAL or OTHER.")] = "ASSOCIATION",
    as_json: AsJson = False,
) -> None:
    """Take in a sender's mappings; one that differs from what stands becomes its next version."""
    become(node)
    from tasuki.cli.importing import import_mappings as run
    from tasuki.screening.import_types import SenderKind

    if kind not in set(SenderKind):
        typer.echo(f"--kind: {', '.join(SenderKind)}", err=True)
        raise typer.Exit(2)
    show(run(place, sender, SenderKind(kind)), as_json)


@app.command("import-dropped")
def import_dropped(node: NodeName, as_json: AsJson = False) -> None:
    """Take in what lies in the senders' folders now, as the worker does at night."""
    become(node)
    from tasuki.jobs.imports import take_in_dropped

    values = take_in_dropped()
    show(values, as_json)
    if values["waiting"] or values["unreadable"]:
        raise typer.Exit(1)


@app.command("acquire-codes")
def acquire_codes(
    node: NodeName,
    most: Annotated[int, typer.Option(help="How many people at most.")] = 1_000_000,
    concerned: Annotated[
        bool, typer.Option("--concerned", help="Only people others may ask about: with results, or who moved.")
    ] = False,
    missing_list: Annotated[
        Path | None, typer.Option(help="Also write who still has none (宛名番号, why, since when) into a new file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Acquire linkage codes (符号) for people who have none, wait until they are bound, count who is missing."""
    become(node)
    from tasuki.cli.linking import acquire, write_missing

    if missing_list is not None:
        refuse_file("--missing-list")
    if missing_list is not None and missing_list.exists():
        typer.echo(f"{missing_list} はもうあります / exists already", err=True)
        raise typer.Exit(2)
    values = acquire(most, concerned=concerned)
    if missing_list is not None:
        values["missing_listed"] = write_missing(missing_list)
    show(values, as_json)


@app.command()
def register(node: NodeName, as_json: AsJson = False) -> None:
    """Bring every waiting change to the gateway as replicas (副本登録)."""
    become(node)
    from tasuki.cli.linking import send_changes

    show(send_changes(), as_json)


@app.command()
def inquire(
    node: NodeName,
    provider: Annotated[str, typer.Option(help="Municipality code of the town to ask.")],
    person: Annotated[list[str] | None, typer.Option(help="A person's 宛名番号; may be repeated.")] = None,
    movers: Annotated[bool, typer.Option("--movers", help="Ask about everyone who moved in from there.")] = False,
    since: Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    data_set: Annotated[list[str] | None, typer.Option(help="Only these data sets (TM…).")] = None,
    procedure: Annotated[str, typer.Option(help="Another procedure code (事務手続コード).")] = "",
    valid_for: Annotated[int, typer.Option(help="Seconds after which an unanswered inquiry lapses.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Ask another town about people (情報照会)."""
    become(node)
    from tasuki.cli.linking import ask

    people = person or []
    values = ask(
        provider,
        people,
        movers_since=(since or dt.datetime(1900, 1, 1)).date() if movers else None,  # noqa: DTZ001 — a civil date
        data_sets=data_set,
        procedure=procedure,
        valid_for=valid_for,
    )
    show(values, as_json)


@app.command()
def adopt(node: NodeName, as_json: AsJson = False) -> None:
    """Adopt every answer that waits to be adopted into the people's histories."""
    become(node)
    from tasuki.cli.linking import adopt_waiting

    show(adopt_waiting(), as_json)


@app.command("inquiry-states")
def inquiry_states(node: NodeName, as_json: AsJson = False) -> None:
    """Count the town's inquiries by state."""
    become(node)
    from tasuki.linkage.queries import counts_by_state

    show(counts_by_state(), as_json)


@app.command("await-state")
def await_state(
    state: str, node: NodeName, seconds: Annotated[float, typer.Option()] = 60.0, as_json: AsJson = False
) -> None:
    """Wait until an inquiry of the town has reached a state."""
    become(node)
    from tasuki.cli.linking import wait_for_state

    show(wait_for_state(state, seconds), as_json)


@app.command()
def held(node: NodeName, as_json: AsJson = False) -> None:
    """List inquiries of others that wait for this town's answer by hand."""
    become(node)
    from tasuki.cli.linking import list_held

    show(list_held(), as_json)


@app.command("decide-held")
def decide_held(
    transaction_number: str,
    node: NodeName,
    reason: Annotated[str, typer.Option(help="Why; kept with the record.")],
    release: Annotated[bool, typer.Option("--release/--withhold", help="Answer, or refuse to answer.")],
    proposed_by: Annotated[str, typer.Option(help="Who proposes this; kept with the record.")],
    decided_by: Annotated[str, typer.Option(help="Who decides it: somebody else.")],
    as_json: AsJson = False,
) -> None:
    """Release or withhold the answer to a held inquiry, as two people decided; status 1 when it cannot be."""
    become(node)
    from tasuki.cli.linking import decide

    values = decide(transaction_number, release=release, reason=reason, people=(proposed_by, decided_by))
    show(values, as_json)
    if not values["decided"]:
        raise typer.Exit(1)


@app.command("person-of")
def person_of(transaction_number: str, node: NodeName, as_json: AsJson = False) -> None:
    """Print whom one of the town's own inquiries is about, by 宛名番号."""
    become(node)
    from tasuki.linkage.queries import inquiry

    found = inquiry(transaction_number)
    if found is None:
        typer.echo("この処理通番の照会はありません / no such inquiry", err=True)
        raise typer.Exit(1)
    show({"person": found.system_person_number}, as_json)


@app.command(hidden=True)
def examples(node: NodeName, as_json: AsJson = False) -> None:
    """Pick residents the demonstration asks about: one with a linkage code who never moved, one without a code."""
    become(node)
    from tasuki.cli.linking import pick_examples

    show(pick_examples(), as_json)


@app.command()
def eligibility(
    node: NodeName,
    fiscal_year: Annotated[int, typer.Option(help="Which year; this one unless said.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Compute who is due in a fiscal year (検診対象), and count them by programme."""
    become(node)
    from tasuki.cli.eligibility import compute_eligibility

    show(compute_eligibility(fiscal_year or None), as_json)


@app.command("follow-up")
def follow_up(
    node: NodeName,
    fiscal_year: Annotated[int, typer.Option(help="Which year; this one unless said.")] = 0,
    remind: Annotated[
        bool, typer.Option("--remind", help="Make reminders for everybody whose answer is open.")
    ] = False,
    close: Annotated[bool, typer.Option("--close", help="Close the year: silence becomes unknown (未把握).")] = False,
    output: OutputFolder = None,
    as_json: AsJson = False,
) -> None:
    """Count the follow-up of a fiscal year (精検追跡) by state; remind people, or close the year."""
    become(node)
    from tasuki.cli.followup import follow_up_year

    with progress_bar("勧奨 / reminders", remind and not as_json) as progress:
        values = follow_up_year(fiscal_year or None, remind=remind, close=close, output=output, told=progress)
    show(values, as_json)


@app.command("result-notices")
def result_notices(
    node: NodeName,
    fiscal_year: Annotated[int, typer.Option(help="Which year; this one unless said.")] = 0,
    gathered: Annotated[bool, typer.Option("--gathered", help="One letter for each person, not each result.")] = False,
    output: OutputFolder = None,
    as_json: AsJson = False,
) -> None:
    """Make result notices (結果通知) for every screening of a year whose person was not told yet."""
    become(node)
    from tasuki.cli.followup import notify_results

    with progress_bar("結果通知 / result notices", not as_json) as progress:
        values = notify_results(fiscal_year or None, output=output, told=progress, gathered=gathered)
    show(values, as_json)


@app.command()
def report(
    node: NodeName,
    fiscal_year: Annotated[int, typer.Option(help="Which year.")],
    freeze: Annotated[bool, typer.Option("--freeze", help="Freeze the year as it stands now, and count that.")] = False,
    as_json: AsJson = False,
) -> None:
    """Count a fiscal year for the national report (地域保健・健康増進事業報告), from its newest frozen state."""
    become(node)
    from tasuki.cli.reporting import report_year

    values = report_year(fiscal_year, freeze=freeze)
    if values is None:
        typer.echo(
            "この年度の集計はまだありません。--freeze で凍結してください / nothing is frozen of this year", err=True
        )
        raise typer.Exit(1)
    show(values, as_json)


@app.command("export-fhir")
def export_fhir(
    node: NodeName,
    to: Annotated[Path, typer.Option("--to", file_okay=False, help="An empty folder; it is made where there is none.")],
    person: Annotated[str, typer.Option(help="宛名番号 of one resident.")] = "",
    fiscal_year: Annotated[int, typer.Option(help="All results of a fiscal year.")] = 0,
    programme: Annotated[str, typer.Option(help="51 to 58; all of them unless said.")] = "",
    by_line: Annotated[bool, typer.Option("--ndjson", help="One file, a document on each line.")] = False,
    include_protected: Annotated[
        bool,
        typer.Option("--include-protected", help="Also those under 支援措置, otherwise left out."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the town's own results as FHIR documents: the full record, recorded as taken out. Where real: `exports`."""
    become(node)
    from tasuki.cli.exporting import Chosen
    from tasuki.cli.exporting import export_fhir as run

    chosen = Chosen(person or None, fiscal_year or None, programme, include_protected)
    values = run(to, chosen, by_line=by_line)
    show(values, as_json)


@app.command("letters-sender")
def letters_sender(
    node: NodeName,
    department: Annotated[str, typer.Option(help="担当課")],
    postal_code: Annotated[str, typer.Option(help="123-4567")],
    address: Annotated[str, typer.Option()],
    phone: Annotated[str, typer.Option()],
    hours: Annotated[str, typer.Option()] = "",
    as_json: AsJson = False,
) -> None:
    """Say who sends the town's letters (差出人)."""
    become(node)
    from tasuki.cli.staff import set_letters_sender

    show(set_letters_sender(department, postal_code, address, phone, hours), as_json)


@app.command()
def invite(
    node: NodeName,
    fiscal_year: Annotated[int, typer.Option(help="Which year; this one unless said.")] = 0,
    freeze: Annotated[bool, typer.Option("--freeze", help="Put everybody who is due on the year's list.")] = False,
    coupons: Annotated[bool, typer.Option("--coupons", help="Issue coupons to whoever has none.")] = False,
    remind: Annotated[bool, typer.Option("--remind", help="Remind whoever still has something open.")] = False,
    programme: Annotated[list[Programme] | None, typer.Option(help="Only these programmes (51 to 58).")] = None,
    days_apart: Annotated[int, typer.Option(min=1, help="Days since somebody's last reminder, at least.")] = 30,
    folder: Annotated[Path | None, typer.Option(file_okay=False, help="Where the letters (PDF) are put.")] = None,
    as_json: AsJson = False,
) -> None:
    """Invite a year's people: freeze the list (対象者名簿), issue coupons (受診券), send reminders (受診勧奨)."""
    become(node)
    from tasuki.cli.invitations import invite_year

    values = invite_year(
        fiscal_year or None,
        freeze=freeze,
        coupons=coupons,
        remind=remind,
        programmes=programme or [],
        days_apart=days_apart,
        folder=folder,
    )
    show(values, as_json)


@app.command()
def personas(node: NodeName, as_json: AsJson = False) -> None:
    """Make the demonstration's staff accounts."""
    become(node)
    from tasuki.cli.staff import make_demo_staff

    show({"accounts": make_demo_staff()}, as_json)


@app.command("import-districts")
def import_districts(file: ExistingFile, node: NodeName, as_json: AsJson = False) -> None:
    """Import the areas of work of health centres (担当区域), each with its places."""
    become(node)
    from tasuki.cli.importing import import_district_file

    show({"districts": import_district_file(file)}, as_json)


@app.command("import-facilities")
def import_facilities(file: ExistingFile, node: NodeName, as_json: AsJson = False) -> None:
    """Import the register of medical institutions (実施機関)."""
    become(node)
    from tasuki.cli.importing import import_facility_file

    show({"facilities": import_facility_file(file)}, as_json)
