"""The items by which nodes tell each other how their logs stand (RFC 9162)."""

from typing import Annotated

from pydantic import Field

from tasuki.protocol.envelope import Item

#: As many digits as a checkpoint's text has room for.
TreeSize = Annotated[int, Field(ge=0, lt=10**18)]

#: The 32 bytes of a node of the tree.
Hash = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]


class SuccessionShown(Item):
    """The sealed record that a log goes on under a new name after a restore, with the proof that it is in the log."""

    #: Well below what one record may hold, for whoever follows records the whole of it.
    leaf: Annotated[str, Field(max_length=40_000)]
    leaf_index: TreeSize
    proof: Annotated[list[Hash], Field(max_length=64)]


#: One for each time the log was restored, oldest first.
Successions = Annotated[list[SuccessionShown], Field(max_length=50)]


class CheckpointOffer(Item):
    """A node's newest signed checkpoint, with the proof that it extends the one the peer holds (RFC 9162 2.1.4).

    `previous_size` is the size the proof starts from, `held_of_yours` the largest checkpoint of the receiver's own log
    that the sender keeps. A node without records yet offers an empty note.
    """

    note: Annotated[str, Field(max_length=2000)]
    previous_size: TreeSize
    proof: Annotated[list[Hash], Field(max_length=128)]
    held_of_yours: TreeSize
    successions: Successions = []


class CheckpointReply(Item):
    """Whether the offer was kept, the largest size now held, and the peer's own newest checkpoint in return.

    `held_note` is what is held of the asker's log, signed by itself: after a restore it shows what was lost.
    """

    kept: bool
    reason: str = ""
    held_size: TreeSize
    note: Annotated[str, Field(max_length=2000)] = ""
    proof: Annotated[list[Hash], Field(max_length=128)] = []
    held_note: Annotated[str, Field(max_length=2000)] = ""
    successions: Successions = []
