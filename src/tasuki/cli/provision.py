"""Tell a node who takes part."""

from pathlib import Path

from tasuki.linkage.members import Member, read_members
from tasuki.nodes.types import NodeConfig, NodeKind
from tasuki.runtime import node, now, this_system


def apply_members(file: Path) -> int:
    """Enter the members of a file as far as they concern this node; return how many did.

    :raises MembersFileError: naming the entry that is wrong; nothing is entered then.
    """
    members = [member for member in read_members(file) if _concerns(member, node())]
    for member in members:
        _ENTER[node().kind](member)
    return len(members)


def _concerns(member: Member, own: NodeConfig) -> bool:
    match own.kind:
        case NodeKind.GATEWAY:
            return member.gateway == own.name
        case NodeKind.TOWN:
            return member.institution.code != own.own_town().institution
        case NodeKind.NETWORK:
            return True
        case NodeKind.JLIS | NodeKind.PORTAL:
            return False


def _network(member: Member) -> None:
    from tasuki.network.operations.registry import register_member
    from tasuki.network.types import InstitutionClass

    register_member(
        member=member.institution,
        institution_class=InstitutionClass(member.institution_class),
        gateway=member.gateway,
        assessed_on=member.assessed_on,
        by=this_system(),
        at=now(),
    )


def _gateway(member: Member) -> None:
    from tasuki.gateway.operations.institutions import register_institution

    register_institution(institution=member.institution.code, town=member.town, by=this_system(), at=now())


def _town(member: Member) -> None:
    from tasuki.linkage.operations.providers import register_provider

    register_provider(institution=member.institution, by=this_system(), at=now())


_ENTER = {NodeKind.NETWORK: _network, NodeKind.GATEWAY: _gateway, NodeKind.TOWN: _town}
