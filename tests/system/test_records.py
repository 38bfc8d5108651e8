"""Exchange records between real processes: a correction travels, non-disclosure is known to all, nothing young goes."""

import json
from pathlib import Path

import pytest

from tasuki.protocol.amending import CorrectedField, CorrectionGround
from tasuki.protocol.messages import Direction, ExchangesAsked, HeldDecision, State
from tasuki.protocol.record_messages import (
    Correction,
    CorrectionKind,
    CorrectionRead,
    RecordCorrection,
    RecordCorrectionRead,
    RecordsAsked,
)
from tests.sheets import sheet
from tests.system.relay import DATA_SET, Relay, payload, person_of_a, person_of_b
from tests.system.town_client import new_id, now, wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]


def test_a_correction_reaches_whoever_was_given_it_once(relay: Relay) -> None:
    place = 280
    inquiry = relay.town_b.inquiry(person_of_b(place), relay.town_a.institution)
    [progress] = relay.town_b.link.inquire([inquiry])
    assert progress.state == State.RECEIVED

    relay.town_a.link.register_replicas(
        [
            sheet(
                institution=relay.town_a.institution, unified_person_number=person_of_a(place), data_set=DATA_SET,
                revision=2, ordinal=2, payload=payload("corrected"),
            )
        ]
    )  # fmt: skip

    own = relay.town_b.institution
    number = inquiry.transaction_number

    def heard() -> list[Correction]:
        # Other tests may have asked about the same person.
        return [one for one in relay.town_b.link.corrections(own) if one.transaction_number == number]

    [told] = wait_until(heard, "the correction")
    assert (told.transaction_number, told.data_set, told.kind) == (
        inquiry.transaction_number,
        DATA_SET,
        CorrectionKind.CORRECTED,
    )
    read = CorrectionRead(
        institution=own, transaction_number=told.transaction_number, data_set=DATA_SET, ordinal=told.ordinal
    )
    relay.town_b.link.corrections_read([read])
    assert heard() == []
    for node, kind in (
        ("gateway-east", "correction_told"), ("network", "correction_told"), ("gateway-west", "correction_heard"),
    ):  # fmt: skip
        recorded = "evidence_entry WHERE transaction_number = %s AND kind = %s"
        assert relay.count(node, recorded, [inquiry.transaction_number, kind]) == 1, node
    # Asked again, the answer is the corrected one.
    [again] = relay.town_b.link.inquire([relay.town_b.inquiry(person_of_b(place), relay.town_a.institution)])
    assert again.answers[0].payloads == [payload("corrected")]


def test_a_record_itself_is_corrected_and_the_other_town_hears_of_it(relay: Relay) -> None:
    inquiry = relay.town_b.inquiry(person_of_b(285), relay.town_a.institution)
    relay.town_b.link.inquire([inquiry])
    at = now()
    corrected = RecordCorrection(
        correction=new_id(at), transaction_number=inquiry.transaction_number, institution=relay.town_b.institution,
        other=relay.town_a.institution, direction=Direction.INQUIRED, field=CorrectedField.DEPARTMENT, value="保健課",
        ground=CorrectionGround.REQUESTED, decided_at=at,
    )  # fmt: skip
    assert relay.town_b.link.correct_records([corrected])[0].accepted
    own = relay.town_a.institution
    assert wait_until(lambda: relay.town_a.link.record_corrections(own), "the correction", 40) == [corrected]
    read = RecordCorrectionRead(institution=own, correction=corrected.correction)
    relay.town_a.link.record_corrections_read([read])
    assert relay.town_a.link.record_corrections(own) == []
    asked = ExchangesAsked(institution=own, unified_person_number=person_of_a(285), since=inquiry.requested_at)
    [record] = relay.town_a.link.exchanges([asked])
    [amendment] = record.amendments
    assert (record.department, amendment.former, amendment.value) == ("健康づくり課", "健康づくり課", "保健課")
    for node, kind in (
        ("gateway-west", "record_corrected"), ("network", "record_corrected"),
        ("gateway-east", "record_correction_heard"),
    ):  # fmt: skip
        recorded = "evidence_entry WHERE transaction_number = %s AND kind = %s"
        assert relay.count(node, recorded, [inquiry.transaction_number, kind]) == 1, node


def test_what_the_provider_finds_not_to_be_disclosed_is_so_at_every_party(relay: Relay) -> None:
    person = person_of_a(281)
    relay.town_a.hold(person)
    inquiry = relay.town_b.inquiry(person_of_b(281), relay.town_a.institution)
    relay.town_b.link.inquire([inquiry])
    number = inquiry.transaction_number
    decision = HeldDecision(
        institution=relay.town_a.institution, transaction_number=number, release=False, non_disclosure=True
    )
    relay.town_a.link.decide_held([decision])

    def withheld() -> bool:
        [progress] = relay.town_b.link.inquiry_status(relay.town_b.asked([inquiry]))
        return progress.state is State.WITHHELD and progress.non_disclosure

    wait_until(withheld, "the provider's word")
    hidden = "network_permit WHERE transaction_number = %s AND outcome = 'withheld' AND non_disclosure"
    wait_until(lambda: relay.count("network", hidden, [number]), "the receipt")
    for town in (relay.town_a, relay.town_b):
        asked = RecordsAsked(
            institution=town.institution, since=inquiry.requested_at, until=now(), non_disclosure=True, most=10
        )
        assert number in [one.transaction_number for one in town.link.records(asked).records]


def test_nothing_young_is_purged_and_the_log_verifies(relay: Relay, tmp_path: Path) -> None:
    inquiry = relay.town_b.inquiry(person_of_b(282), relay.town_a.institution)
    relay.town_b.link.inquire([inquiry])
    node = "gateway-west"
    relay.command("seal", "--node", node)
    relay.command("purge-records", "--node", node, "--before", f"{now():%Y-%m-%d}", status=2)
    assert json.loads(relay.command("purge-records", "--node", node, "--json")) == {"records": 0, "evidence": 0}
    relay.command("export-evidence", str(tmp_path), "--node", node)
    relay.command("verify", str(tmp_path / f"{node}.jsonl"))
    kept = "gateway_inquiry WHERE transaction_number = %s"
    assert relay.count(node, kept, [inquiry.transaction_number]) == 1
