"""Merkle tree of RFC 9162 section 2.1: hashes, growth, proofs and their verification. Pure.

Nodes are addressed by height (0 = leaf hash) and index within that height. Only complete subtrees are ever stored;
the nodes of the ragged right edge are computed from them.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Self

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

# A tile holds the hashes of one height for 256 neighbours, so tiles exist at heights 0, 8, 16 …
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT

ReadNode = Callable[[int, int], bytes]


def leaf_hash(leaf: bytes) -> bytes:
    """Hash the bytes of a leaf."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into their parent."""
    return sha256(b"\x01" + left + right).digest()


def hash_pairs(hashes: Sequence[bytes]) -> list[bytes]:
    """Hash an even number of neighbours into their parents."""
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2], strict=True)]


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Give the root of a complete subtree from the 2ⁿ hashes at its foot."""
    while len(hashes) > 1:
        hashes = hash_pairs(hashes)
    return hashes[0]


class CompactRange:
    """The tree so far, kept as the roots of its complete subtrees: at most one for each bit of its size."""

    def __init__(self) -> None:
        """Start the empty tree."""
        self.size = 0
        self._peaks: list[bytes | None] = []

    @classmethod
    def load(cls, size: int, node: ReadNode) -> Self:
        """Take up a stored tree of `size` leaves, reading only its peaks."""
        tree = cls()
        tree.size = size
        tree._peaks = [
            node(height, (size >> height) - 1) if size >> height & 1 else None for height in range(size.bit_length())
        ]
        return tree

    def extend(self, leaf_hashes: Sequence[bytes]) -> list[list[bytes]]:
        """Append leaves and give the nodes completed by them, per height, from left to right."""
        completed: list[list[bytes]] = []
        fresh = list(leaf_hashes)
        self.size += len(fresh)
        while fresh:
            height = len(completed)
            completed.append(fresh)
            if height == len(self._peaks):
                self._peaks.append(None)
            waiting = self._peaks[height]
            row = fresh if waiting is None else [waiting, *fresh]
            self._peaks[height] = row[-1] if len(row) % 2 else None
            fresh = hash_pairs(row[: len(row) & ~1])
        return completed

    def root(self) -> bytes:
        """Give the root over all leaves so far."""
        accumulated: bytes | None = None
        for peak in self._peaks:
            if peak is not None:
                accumulated = peak if accumulated is None else node_hash(peak, accumulated)
        return EMPTY_ROOT if accumulated is None else accumulated


def node_from_tile(hashes: bytes, height: int, index: int) -> bytes:
    """Give one node from the bytes of the tile that covers it.

    :raises ValueError: when the tile is not filled so far.
    """
    span = 1 << (height % TILE_HEIGHT)
    start = (index * span) % TILE_WIDTH * HASH_BYTES
    stop = start + span * HASH_BYTES
    if len(hashes) < stop:
        raise ValueError("The tile does not reach that node.")
    return perfect_root([hashes[at : at + HASH_BYTES] for at in range(start, stop, HASH_BYTES)])


def tile_of(height: int, index: int) -> tuple[int, int]:
    """Give the level and the index of the tile that covers a node."""
    level = height - height % TILE_HEIGHT
    return level, (index << (height % TILE_HEIGHT)) // TILE_WIDTH


def _split(count: int) -> int:
    """Give the largest power of two smaller than `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def range_hash(low: int, high: int, node: ReadNode) -> bytes:
    """Give the root over the leaves from `low` up to, not including, `high`."""
    count = high - low
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return node(height, low >> height)
    middle = low + _split(count)
    return node_hash(range_hash(low, middle, node), range_hash(middle, high, node))


def inclusion_proof(leaf_index: int, tree_size: int, node: ReadNode) -> list[bytes]:
    """Prove that a leaf is in the tree of that size (RFC 9162 2.1.3.1).

    :raises ValueError: when the tree has no such leaf.
    """
    if not 0 <= leaf_index < tree_size:
        raise ValueError("No such leaf in a tree of that size.")
    low, high = 0, tree_size
    siblings: list[tuple[int, int]] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if leaf_index < middle:
            siblings.append((middle, high))
            high = middle
        else:
            siblings.append((low, middle))
            low = middle
    return [range_hash(start, stop, node) for start, stop in reversed(siblings)]


def consistency_proof(old_size: int, new_size: int, node: ReadNode) -> list[bytes]:
    """Prove that the tree of the new size begins with the tree of the old size (RFC 9162 2.1.4.1).

    The proof is empty from the empty tree and between equal sizes.

    :raises ValueError: when the old tree is not the smaller one.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError("The old tree must be the smaller one.")
    if old_size == 0:
        return []
    low, high, old_is_left_edge = 0, new_size, True
    ranges: list[tuple[int, int]] = []
    while old_size != high:
        middle = low + _split(high - low)
        if old_size <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low, old_is_left_edge = middle, False
    if not old_is_left_edge:
        ranges.append((low, high))
    return [range_hash(start, stop, node) for start, stop in reversed(ranges)]


def is_included(*, leaf: bytes, leaf_index: int, tree_size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Check an inclusion proof for a leaf hash (RFC 9162 2.1.3.2)."""
    if not 0 <= leaf_index < tree_size:
        return False
    position, last, computed = leaf_index, tree_size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_BYTES:
            return False
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            while position & 1 == 0 and position != 0:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and computed == root


def is_consistent(*, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Check a consistency proof between two roots (RFC 9162 2.1.4.2)."""
    if any(len(part) != HASH_BYTES for part in proof) or not 0 <= old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not proof:
        return False
    old_position, new_position = old_size - 1, new_size - 1
    while old_position & 1:
        old_position, new_position = old_position >> 1, new_position >> 1
    return _fold_consistency(path, old_position, new_position) == (old_root, new_root)


def _fold_consistency(path: Sequence[bytes], old_position: int, new_position: int) -> tuple[bytes, bytes] | None:
    """Compute both roots from a consistency path, or None when the path has the wrong length."""
    old_computed = new_computed = path[0]
    for part in path[1:]:
        if new_position == 0:
            return None
        if old_position & 1 or old_position == new_position:
            old_computed, new_computed = node_hash(part, old_computed), node_hash(part, new_computed)
            while old_position & 1 == 0 and old_position != 0:
                old_position, new_position = old_position >> 1, new_position >> 1
        else:
            new_computed = node_hash(new_computed, part)
        old_position, new_position = old_position >> 1, new_position >> 1
    return (old_computed, new_computed) if new_position == 0 else None
