"""Reads of the network."""

from collections import defaultdict
from collections.abc import Iterable

from tasuki.network.types import InstitutionClass, Member
from tasuki.nodes.sql import Row, rows
from tasuki.protocol.record_messages import Correction, RecordCorrection


def members(institutions: Iterable[str]) -> dict[str, Member]:
    """Return the registry's entries for these institutions; unknown ones are left out."""
    found = rows(
        "SELECT institution, institution_class, gateway, assessed_on, suspended_at IS NOT NULL AS suspended"
        " FROM network_institution WHERE institution = ANY(%s)",
        [sorted(set(institutions))],
    )
    return {
        row["institution"]: Member(
            row["institution"],
            InstitutionClass(row["institution_class"]),
            row["gateway"],
            row["assessed_on"],
            row["suspended"],
        )
        for row in found
    }


def deliveries_for(gateway: str, most: int) -> list[dict[str, str]]:
    """Return codes still to be handed to a gateway, oldest first."""
    return rows(
        "SELECT institution, acquisition_number, linkage_code FROM network_code_delivery"
        " WHERE gateway = %s ORDER BY created_at, acquisition_number LIMIT %s",
        [gateway, most],
    )


def gateways_awaiting_codes() -> list[str]:
    """Return the gateways that have codes waiting for them."""
    return [row["gateway"] for row in rows("SELECT DISTINCT gateway FROM network_code_delivery ORDER BY gateway")]


def codes_waiting() -> dict[str, int]:
    """Count the codes that wait for each gateway."""
    found = rows("SELECT gateway, count(*) AS n FROM network_code_delivery GROUP BY gateway ORDER BY gateway")
    return {row["gateway"]: row["n"] for row in found}


def permits_open() -> int:
    """Count the permits of which nobody told yet how they ended."""
    [row] = rows("SELECT count(*) AS n FROM network_permit WHERE outcome = '' AND valid_until IS NOT NULL")
    return int(row["n"])


def corrections_by_gateway(most: int) -> dict[str, list[Correction]]:
    """Return corrections still to be told, by the gateway that serves whoever asked, the oldest first."""
    found = rows(
        "SELECT i.gateway, c.transaction_number::text, p.inquirer, p.provider, c.data_set, c.ordinal, c.kind,"
        " c.corrected_at FROM network_correction c"
        " JOIN network_permit p ON p.transaction_number = c.transaction_number"
        " JOIN network_institution i ON i.institution = p.inquirer"
        " WHERE c.delivered_at IS NULL ORDER BY c.noted_at, c.transaction_number LIMIT %s",
        [most],
    )
    grouped: dict[str, list[Correction]] = defaultdict(list)
    for row in found:
        grouped[row.pop("gateway")].append(Correction(**row))
    return grouped


def record_corrections_by_gateway(most: int) -> dict[str, list[RecordCorrection]]:
    """Return corrections of records still to be told, by the gateway that serves the other side, the oldest first."""
    found = rows(
        "SELECT i.gateway, c.correction::text, c.transaction_number::text, c.institution, c.other, c.direction,"
        " c.field, c.value, c.ground, c.decided_at FROM network_record_correction c"
        " JOIN network_institution i ON i.institution = c.other"
        " WHERE c.delivered_at IS NULL ORDER BY c.noted_at, c.correction LIMIT %s",
        [most],
    )
    grouped: dict[str, list[RecordCorrection]] = defaultdict(list)
    for row in found:
        grouped[row.pop("gateway")].append(RecordCorrection(**row))
    return grouped


def moves_under_way() -> list[Row]:
    """Return the moves of institutions that are not over, and what each gateway told of them."""
    return rows(
        "SELECT institution, move::text, giver, taker, given_digest, taken_digest, began_at FROM network_move"
        " WHERE ended_at IS NULL ORDER BY institution"
    )


def institutions_known() -> list[Row]:
    """Return who takes part, which gateway serves them, and who is suspended why."""
    return rows(
        "SELECT institution, name, gateway, institution_class, assessed_on, joined_at, suspended_at,"
        " suspended_why FROM network_institution ORDER BY institution"
    )
