"""Every operation has one form: keyword-only, `by` and `at`, one transaction."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repo.source import SOURCE, name_of, tree

Function = ast.FunctionDef | ast.AsyncFunctionDef

#: Public functions of these modules that write nothing: they only give others the same words for the same thing.
HELPERS = {
    "accounts.operations.staff.check_password": "asks the rules",
    "accounts.operations.signing_in.begin_sign_in": "part of another operation, in its transaction",
    "accounts.operations.staff.end_sign_ins": "part of another operation, in its transaction",
    "accounts.operations.staff.open_account": "part of another operation, in its transaction",
    "accounts.operations.staff.note": "part of another operation, in its transaction",
    "accounts.operations.attending.may_be_let_in": "asks the account",
    "accounts.operations.attending.present_in": "asks the session",
    "accounts.operations.attending.attended_now": "part of another operation, in its transaction",
    "accounts.operations.attending.let_in": "part of another operation, in its transaction",
    "accounts.operations.attending.shut_out": "part of another operation, in its transaction",
    "gateway.operations.seeking.without_code": "words an answer",
    "gateway.operations.inquiries.permit_request": "turns a stored row into a message",
    "gateway.operations.inquiries.answer_digest": "digests an answer for the evidence of both gateways",
    "jlis.operations.resident_record_codes": "reads the stand-in's register",
    "linkage.operations.custody.plan_deletion": "counts what the rules say",
    "linkage.operations.inquiries.all_data_sets": "reads the layouts",
    "linkage.operations.inquiries.payloads": "takes the payloads out of an answer",
    "screening.operations.loads.store_problems": "part of the operation that takes a file in",
}
#: Operations without an actor of their own.
NO_ACTOR = {
    "accounts.operations.signing_in.log_in": "nobody is known yet: whoever knows the password becomes the actor",
    "evidence.operations.append": "part of another operation, whose actor stands in the body of the record",
    "evidence.operations.append_many": "part of another operation, whose actor stands in the bodies of the records",
    "evidence.operations.witness": "keeps a statement that its own log signed; nobody here vouches for it",
    "protocol.operations.accept_new": "part of the operation that the message asks for",
    "protocol.operations.accept_once": "part of the operation that the message asks for",
    "protocol.operations.replayed": "makes the refusal that accept_once raises",
    "protocol.operations.forget_old_messages": "housekeeping of ids, which concern nobody",
    "protocol.operations.note_loops": "the worker says that it is at work",
}
#: Operations without a transaction of their own.
NO_TRANSACTION = {
    "erasure.operations.steps.carry_on": "one transaction a step; the index is another database",
    "evidence.operations.append": "must run in the transaction of the act it records, and refuses to run outside one",
    "evidence.operations.append_many": "must run in the transaction of the acts it records",
    "gateway.operations.moving.take_institution": "one transaction for each part, so that what was interrupted goes on",
    "protocol.operations.accept_new": "must be kept or lost together with what the message did",
    "protocol.operations.accept_once": "must be kept or lost together with what the message did",
    "protocol.operations.replayed": "writes nothing",
    "linkage.operations.codes.acquire_codes": "records, then calls gateway and J-LIS; no transaction waits for a peer",
    "linkage.operations.codes.confirm_codes": "asks the gateway, then records",
    "linkage.operations.identity.register": "records here, then changes the index, another database",
    "linkage.operations.identity.register_non_registered": "records here, then changes the index, another database",
    "linkage.operations.identity.decide": "records here, then changes the index, another database",
    "linkage.operations.identity.approve": "records here, then changes the index, another database",
    "linkage.operations.identity.send_back": "records here, then changes the index, another database",
    "linkage.operations.identity.propose_merge": "records here, then changes the index, another database",
    "linkage.operations.identity.propose_split": "records here, then changes the index, another database",
    "linkage.operations.identity.propose_undo": "records here, then changes the index, another database",
    "linkage.operations.identity.inspect_links": "records here, then changes the index, another database",
    "linkage.operations.impact.draw_impact": "records, then asks the gateway and reads",
    "linkage.operations.impact.sum_exchanges": "records, then asks the gateway and reads",
    "linkage.operations.register_changes.tell_systems": "carries to the index, another database, list by list",
    "linkage.operations.register_changes.read_changes": "reads the index, then records in the town's log",
    "linkage.operations.notices.carry_notices": "sends to the gateway, then records",
    "linkage.operations.corrections.fetch_corrections": "asks the gateway, then records",
    "linkage.operations.record_corrections.send_record_corrections": "calls the gateway, then notes that it knows",
    "linkage.operations.record_corrections.fetch_record_corrections": "asks the gateway, then records",
    "linkage.operations.records.search_records": "records, then asks the gateway and reads",
    "linkage.operations.records.export_records": "records, then asks the gateway and reads",
    "linkage.operations.records.disclose_records": "records, then asks the gateway and reads",
    "linkage.operations.identity.stop_overdue": "records here, then changes the index, another database",
    "linkage.operations.identity.quarantine": "records here, then changes the index, another database",
    "linkage.operations.identity.end_quarantine": "records here, then changes the index, another database",
    "linkage.operations.identity.tell_gateway": "calls the gateway, list by list",
    "linkage.operations.codes.renew_code": "records in the town's log, then acts in the index",
    "linkage.operations.custody.rotate_number_key": "one transaction for each part; numbering goes on between them",
    "linkage.operations.custody.search_by_number": "records in the town's log, then asks the index",
    "linkage.operations.custody.unmask_number": "records in the town's log, then asks the index",
    "linkage.operations.custody.delete_due_numbers": "records in the town's log, then acts in the index",
    "linkage.operations.people_files.receive_file": "records here, then changes the index, another database",
    "linkage.operations.people_files.check_file": "reads and notes in the index; only a file that is none is recorded",
    "linkage.operations.people_files.register_kept_file": "one transaction and one record for each part",
    "linkage.operations.people_files.discard_file": "records here, then changes the index, another database",
    "linkage.operations.people_files.forget_files": "records here, then changes the index, another database",
    "linkage.operations.service.admit_system": "records here, then changes the index, another database",
    "linkage.operations.service.give_client": "records here, then changes the index, another database",
    "linkage.operations.service.renew_secret": "records here, then changes the index, another database",
    "linkage.operations.service.set_scopes": "records here, then changes the index, another database",
    "linkage.operations.service.set_disabled": "records here, then changes the index, another database",
    "linkage.operations.service.refuse_token": "records here, then changes the index, another database",
    "linkage.operations.service.look_up_numbers": "records here, then reads the index, another database",
    "linkage.operations.inquiries.inquire": "records, then calls the gateway",
    "linkage.operations.inquiries.send_inquiries": "calls the gateway, then records",
    "linkage.operations.inquiry_files.ask_rows": "one transaction for each part, then calls the gateway",
    "linkage.operations.movers.ask_movers": "one transaction for each part, then calls the gateway",
    "linkage.operations.seeking.seek_providers": "records, then calls the gateway",
    "linkage.operations.inquiries.cancel": "records, then calls the gateway",
    "linkage.operations.inquiries.refresh": "calls the gateway, then records",
    "linkage.operations.inquiries.continue_inquiries": "calls the gateway for many lists",
    "linkage.operations.loading.load_replicas": "one transaction for each part, and one for each list that is sent",
    "linkage.operations.reconciliation.reconcile": "asks the gateway part by part, then keeps what it found",
    "linkage.operations.provision.send_outbox": "one transaction for each list the gateway has accepted",
    "linkage.operations.held.held": "only asks the gateway",
    "linkage.operations.held.note_held": "asks the gateway, then keeps what it said",
    "linkage.operations.held.decide_held": "records, then calls the gateway",
    "screening.operations.import_files.preview_files": "one transaction for each file of an archive",
}
#: Reads that call a peer and therefore live with the operations.
READS = {"linkage.operations.held.held": "only asks the gateway"}


def _operation_files() -> Iterator[Path]:
    yield from sorted(SOURCE.glob("*/operations.py"))
    yield from sorted(SOURCE.glob("*/operations/*.py"))


def _public() -> dict[str, Function]:
    return {
        f"{name_of(path)}.{node.name}": node
        for path in _operation_files()
        for node in tree(path).body
        if isinstance(node, Function) and not node.name.startswith("_")
    }


PUBLIC = _public()
OPERATIONS = {name: node for name, node in PUBLIC.items() if name not in HELPERS}


def _parameters(node: Function) -> dict[str, str]:
    return {argument.arg: ast.unparse(argument.annotation or ast.Name("")) for argument in node.args.kwonlyargs}


def test_operations_were_found() -> None:
    assert len(OPERATIONS) > 20


@pytest.mark.parametrize("exemptions", [HELPERS, NO_ACTOR, NO_TRANSACTION, READS])
def test_no_exemption_outlives_what_it_exempts(exemptions: dict[str, str]) -> None:
    assert [name for name in exemptions if name not in PUBLIC] == []


def test_every_operation_takes_its_arguments_by_name_only() -> None:
    positional = [
        name for name, node in OPERATIONS.items() if node.args.args or node.args.posonlyargs or node.args.vararg
    ]
    assert [name for name in positional if name != "protocol.operations.replayed"] == []


def test_every_operation_says_who_acts_and_when() -> None:
    wanting = [
        name
        for name, node in OPERATIONS.items()
        if name not in NO_ACTOR | READS
        and (_parameters(node).get("by") != "Actor" or _parameters(node).get("at") not in ("dt.datetime", "datetime"))
    ]
    assert wanting == []


def test_every_operation_is_one_transaction() -> None:
    wanting = [
        name
        for name, node in OPERATIONS.items()
        if name not in NO_TRANSACTION
        and not any(ast.unparse(decorator).startswith("transaction.atomic") for decorator in node.decorator_list)
    ]
    assert wanting == []
