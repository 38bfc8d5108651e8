"""The tree against published vectors and against the recursive definition of RFC 9162."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasuki.evidence import merkle

# The eight leaves, roots and proofs that certificate-transparency implementations have exchanged since RFC 6962.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def naive_root(leaves: list[bytes]) -> bytes:
    """Compute MTH exactly as RFC 9162 2.1.1 states it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def reader_of(leaves: list[bytes]) -> merkle.ReadNode:
    """Read complete subtrees straight from the leaves."""

    def node(height: int, index: int) -> bytes:
        covered = leaves[index << height : (index + 1) << height]
        assert len(covered) == 1 << height, "only complete subtrees may be asked for"
        return naive_root(covered)

    return node


def leaves_of(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    tree = merkle.CompactRange()
    tree.extend([merkle.leaf_hash(leaf) for leaf in LEAVES[:size]])
    assert tree.root().hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int) -> None:
    proof = merkle.inclusion_proof(index, size, reader_of(LEAVES))
    assert [part.hex() for part in proof] == INCLUSION[index, size]
    leaf, root = merkle.leaf_hash(LEAVES[index]), bytes.fromhex(ROOTS[size])
    assert merkle.is_included(leaf=leaf, leaf_index=index, tree_size=size, proof=proof, root=root)


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(old: int, new: int) -> None:
    proof = merkle.consistency_proof(old, new, reader_of(LEAVES))
    assert [part.hex() for part in proof] == CONSISTENCY[old, new]
    assert merkle.is_consistent(
        old_size=old,
        new_size=new,
        old_root=bytes.fromhex(ROOTS[old]),
        new_root=bytes.fromhex(ROOTS[new]),
        proof=proof,
    )


@given(st.lists(st.integers(0, 40), max_size=8))
@settings(max_examples=60, deadline=None)
def test_growth_in_any_steps_gives_the_recursive_root_and_every_node(steps: list[int]) -> None:
    leaves = leaves_of(sum(steps))
    node = reader_of(leaves)
    tree = merkle.CompactRange()
    rows: dict[int, list[bytes]] = {}
    for step in steps:
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves[tree.size : tree.size + step]]
        for height, completed in enumerate(tree.extend(hashes)):
            rows.setdefault(height, []).extend(completed)
        assert tree.root() == naive_root(leaves[: tree.size])
        assert merkle.CompactRange.load(tree.size, node).root() == tree.root()
    for height, row in rows.items():
        assert row == [node(height, index) for index in range(len(leaves) >> height)]


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))), st.data())
@settings(max_examples=80, deadline=None)
def test_inclusion_holds_and_any_change_of_it_fails(place: tuple[int, int], data: st.DataObject) -> None:
    index, size = place
    leaves = leaves_of(size)
    proof = merkle.inclusion_proof(index, size, reader_of(leaves))
    good = {
        "leaf": merkle.leaf_hash(leaves[index]),
        "leaf_index": index,
        "tree_size": size,
        "proof": proof,
        "root": naive_root(leaves),
    }
    assert merkle.is_included(**good)  # type: ignore[arg-type]  # one dict keeps the changed copies readable
    wrong_proofs = [[*proof, b"\x00" * 32], *([proof[1:], [proof[0][:-1], *proof[1:]]] if proof else [])]
    if proof:
        position = data.draw(st.integers(0, len(proof) - 1))
        wrong_proofs.append([*proof[:position], sha256(proof[position]).digest(), *proof[position + 1 :]])
    changes: list[dict[str, object]] = [
        {"leaf": merkle.leaf_hash(b"other")},
        {"leaf_index": size},
        {"leaf_index": -1},
        {"root": merkle.leaf_hash(b"other")},
    ]
    changes += [{"proof": wrong} for wrong in wrong_proofs]
    changes += [{"leaf_index": other} for other in range(size) if other != index]
    for change in changes:
        assert not merkle.is_included(**{**good, **change})  # type: ignore[arg-type]  # as above


@given(st.integers(0, 70).flatmap(lambda new: st.tuples(st.integers(0, new), st.just(new))))
@settings(max_examples=80, deadline=None)
def test_consistency_holds_and_a_fork_fails(sizes: tuple[int, int]) -> None:
    old, new = sizes
    leaves = leaves_of(new)
    forked = [b"forged", *leaves[1:]]
    proof = merkle.consistency_proof(old, new, reader_of(leaves))
    old_root, new_root = naive_root(leaves[:old]), naive_root(leaves)

    def holds(**change: object) -> bool:
        given_values = {"old_size": old, "new_size": new, "old_root": old_root, "new_root": new_root, "proof": proof}
        return merkle.is_consistent(**{**given_values, **change})  # type: ignore[arg-type]  # as above

    assert holds()
    assert not holds(proof=[*proof, b"\x00" * 32])
    assert not holds(proof=[*proof, b"short"])
    assert not holds(old_size=new + 1)
    assert not holds(old_root=merkle.leaf_hash(b"other"))
    if proof:
        assert not holds(proof=proof[:-1])
        assert not holds(proof=[])
        assert not holds(new_root=merkle.leaf_hash(b"other"))
    if 0 < old < new:
        assert not holds(
            new_root=naive_root(forked),
            proof=merkle.consistency_proof(old, new, reader_of(forked)),
        )


def test_proofs_outside_the_tree_are_refused() -> None:
    node = reader_of(LEAVES)
    with pytest.raises(ValueError, match="No such leaf"):
        merkle.inclusion_proof(8, 8, node)
    with pytest.raises(ValueError, match="smaller"):
        merkle.consistency_proof(8, 7, node)


@given(st.integers(1, 256))
@settings(max_examples=30, deadline=None)
def test_a_tile_gives_the_nodes_above_it_as_far_as_it_is_filled(width: int) -> None:
    leaves = leaves_of(width)
    tile = b"".join(merkle.leaf_hash(leaf) for leaf in leaves)
    node = reader_of(leaves)
    for height in range(merkle.TILE_HEIGHT):
        complete = width >> height
        assert merkle.tile_of(height, 3 * 256 >> height) == (0, 3)
        for index in range(complete):
            assert merkle.node_from_tile(tile, height, index) == node(height, index)
        if complete << height < 256:
            with pytest.raises(ValueError, match="reach"):
                merkle.node_from_tile(tile, height, complete)
