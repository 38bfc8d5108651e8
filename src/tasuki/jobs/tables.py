"""Which tables of a node only ever grow: its runtime role may neither change nor delete there."""

from tasuki.accounts import tables as accounts_tables
from tasuki.audits import tables as audits_tables
from tasuki.changes import tables as changes_tables
from tasuki.contractors import tables as contractors_tables
from tasuki.cutover import tables as cutover_tables
from tasuki.eligibility import tables as eligibility_tables
from tasuki.evidence import tables as evidence_tables
from tasuki.followup import tables as followup_tables
from tasuki.invitations import tables as invitations_tables
from tasuki.letters import tables as letters_tables
from tasuki.nodes.types import NodeConfig, NodeKind
from tasuki.operating import tables as operating_tables
from tasuki.persons import tables as persons_tables
from tasuki.reporting import tables as reporting_tables
from tasuki.screening import tables as screening_tables
from tasuki.watching import tables as watching_tables

#: Modules that name a town's tables that only ever grow.
_TOWN_TABLES = (
    screening_tables,
    letters_tables,
    eligibility_tables,
    followup_tables,
    reporting_tables,
    invitations_tables,
    persons_tables,
    watching_tables,
    changes_tables,
    audits_tables,
    contractors_tables,
    cutover_tables,
)


def append_only_of(node: NodeConfig) -> tuple[str, ...]:
    """Return the tables of a node that may only grow."""
    return append_only_tables(node.kind)


def append_only_tables(kind: NodeKind) -> tuple[str, ...]:
    """Return the tables of a kind of node that may only grow."""
    own = _TOWN_TABLES if kind == NodeKind.TOWN else ()
    shared = (evidence_tables, operating_tables, accounts_tables)
    return tuple(name for module in (*shared, *own) for name in module.APPEND_ONLY_TABLES)
