from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.change import Change, Pairing, pair, side_files
from rules.contract import Config, Contract, VersionScheme
from rules.documents import Problem, parse

PODIO = Contract("podio", ("docs/podio-schema-v*.json",), scheme=VersionScheme("semver-file"))
ORDERS = Contract("orders", ("schemas/orders.json",))
ONCALL = Contract(
    "oncall",
    (".github/oncall.schema.json",),
    scheme=VersionScheme("name-vn"),
    manifest=".github/oncall.schema.manifest.json",
    data=(".github/oncall.json", "rotations/*.json"),
    change_log="CHANGELOG.md",
)
NAMED = Contract("events-{name}", ("events/{name}.schema.json",), manifest="events/{name}.manifest.json")


def found(contract: Contract, base: set[str], head: set[str], *edited: str) -> list[tuple[str | None, str | None]]:
    return [(one.base_path, one.head_path) for one in paired(contract, base, head, *edited)]


def paired(contract: Contract, base: set[str], head: set[str], *edited: str) -> tuple[Pairing, ...]:
    changed = frozenset(base ^ head) | frozenset(edited)
    return pair(Config((contract,)), changed=changed, base_paths=frozenset(base), head_paths=frozenset(head))


def podio(*versions: str, folder: str = "docs") -> set[str]:
    return {f"{folder}/podio-schema-v{version}.json" for version in versions}


def test_an_edit_is_paired_with_the_same_path() -> None:
    path = "schemas/orders.json"
    assert found(ORDERS, {path}, {path}, path) == [(path, path)]


def test_a_new_contract_has_no_base_and_a_removed_one_no_head() -> None:
    path = "schemas/orders.json"
    assert found(ORDERS, set(), {path}) == [(None, path)]
    assert found(ORDERS, {path}, set()) == [(path, None)]


def test_a_document_that_cannot_be_read_is_another_change_than_one_that_is_gone() -> None:
    gone = Change(ORDERS, parse("schemas/orders.json", "{}"), None)
    said = Problem("unreadable", "This is no JSON.", "Mend it.", "schemas/orders.json", 1)
    broken = replace(gone, problems=(said,))
    otherwise = replace(gone, problems=(replace(said, sentence="This is too deep."),))
    assert len({one.digest for one in (gone, broken, otherwise)}) == 3


def test_an_untouched_contract_does_not_appear() -> None:
    assert found(ORDERS, {"schemas/orders.json"}, {"schemas/orders.json", "README.md"}) == []


def test_a_file_that_moved_within_a_contract_is_paired_with_its_origin() -> None:
    anywhere = Contract("all", ("**/orders.json",))
    assert found(anywhere, {"a/orders.json"}, {"b/orders.json"}) == [("a/orders.json", "b/orders.json")]


@pytest.mark.parametrize(
    ("before", "new", "follows"),
    [
        (["1.0", "1.1"], "2.0", "1.1"),
        (["1.0", "1.1", "2.0"], "1.1.1", "1.1"),
        (["1.9", "1.10"], "1.11", "1.10"),
        (["1.1", "1.1.2", "1.1.3"], "2.0", "1.1.3"),
        (["2.0"], "1.0", None),
        ([], "1.0", None),
    ],
)
def test_a_new_version_follows_the_highest_lower_one(before: list[str], new: str, follows: str | None) -> None:
    base = podio(*before)
    wanted = f"docs/podio-schema-v{follows}.json" if follows else None
    assert found(PODIO, base, base | podio(new)) == [(wanted, f"docs/podio-schema-v{new}.json")]


def test_two_new_versions_both_follow_the_base() -> None:
    base = podio("1.0")
    assert found(PODIO, base, base | podio("1.1", "2.0")) == [
        ("docs/podio-schema-v1.0.json", "docs/podio-schema-v1.1.json"),
        ("docs/podio-schema-v1.0.json", "docs/podio-schema-v2.0.json"),
    ]


def test_a_new_version_follows_an_archived_one_where_nothing_else_is_there() -> None:
    old = podio("1.0", "1.1", folder="docs/archive")
    assert found(PODIO, old, old | podio("2.0")) == [
        ("docs/archive/podio-schema-v1.1.json", "docs/podio-schema-v2.0.json")
    ]
    both = old | podio("1.0.1")
    assert found(PODIO, both, both | podio("2.0"))[0][0] == "docs/podio-schema-v1.0.1.json"


@pytest.mark.parametrize("archive", ["docs/archive", "archive/docs", "archive", "docs/archive/2025", "docs/archived"])
def test_a_move_to_an_archive_folder_is_no_change(archive: str) -> None:
    pairings = paired(PODIO, podio("1.0", "1.1"), podio("1.1") | podio("1.0", folder=archive))
    assert [(one.base_path, one.archived) for one in pairings] == [("docs/podio-schema-v1.0.json", True)]


def test_a_copy_that_lies_in_the_archive_already_counts_as_the_move() -> None:
    kept = podio("1.0", folder="docs/archive")
    assert paired(PODIO, podio("1.0", "1.1") | kept, podio("1.1") | kept)[0].archived


def test_archiving_the_old_while_the_new_comes_is_one_change() -> None:
    head = podio("2.0") | podio("1.1", folder="docs/archive")
    pairings = paired(PODIO, podio("1.1"), head)
    assert [one.head_path for one in pairings if not one.archived] == ["docs/podio-schema-v2.0.json"]
    assert [one.base_path for one in pairings if not one.archived] == ["docs/podio-schema-v1.1.json"]


def test_a_version_that_is_deleted_and_not_archived_ends() -> None:
    assert found(PODIO, podio("1.0", "1.1"), podio("1.1")) == [("docs/podio-schema-v1.0.json", None)]
    elsewhere = podio("1.1") | podio("1.0", folder="elsewhere/archive")
    assert found(PODIO, podio("1.0", "1.1"), elsewhere) == [("docs/podio-schema-v1.0.json", None)]


def test_a_version_file_that_is_renamed_to_the_next_version_is_one_change() -> None:
    assert found(PODIO, podio("1.0"), podio("1.1")) == [("docs/podio-schema-v1.0.json", "docs/podio-schema-v1.1.json")]


def test_a_version_edited_in_place_is_compared_even_when_a_new_one_comes() -> None:
    base, old, new = podio("1.0"), "docs/podio-schema-v1.0.json", "docs/podio-schema-v1.1.json"
    assert found(PODIO, base, base, old) == [(old, old)]
    assert found(PODIO, base, base | podio("1.1"), old) == [(old, old), (old, new)]


def test_an_archived_version_edited_in_place_is_compared() -> None:
    kept = podio("1.0", folder="docs/archive")
    path = "docs/archive/podio-schema-v1.0.json"
    assert found(PODIO, kept, kept, path) == [(path, path)]


def test_another_name_does_not_make_a_version_look_new() -> None:
    loose = Contract("podio", ("docs/podio*.json",), scheme=VersionScheme("semver-file"))
    base = podio("1.1")
    assert found(loose, base, base | {"docs/podio-v2.0.json"})[0][0] == "docs/podio-schema-v1.1.json"
    assert found(loose, base, base | {"docs/podio-next.json"})[0][0] == "docs/podio-schema-v1.1.json"
    assert (
        found(loose, base | {"docs/podio-v1.0.json"}, base | {"docs/podio-v1.0.json", "docs/podio-v2.0.json"})[0][0]
        == "docs/podio-v1.0.json"
    )


@pytest.mark.parametrize("side", [".github/oncall.schema.manifest.json", ".github/oncall.json", "rotations/a.json"])
def test_a_changed_manifest_or_data_file_touches_its_contract(side: str) -> None:
    paths = {".github/oncall.schema.json", side}
    assert found(ONCALL, paths, paths, side) == [(".github/oncall.schema.json", ".github/oncall.schema.json")]


def test_a_changed_change_log_touches_nothing() -> None:
    paths = {".github/oncall.schema.json", "CHANGELOG.md"}
    assert found(ONCALL, paths, paths, "CHANGELOG.md") == []


def test_a_side_file_of_versioned_documents_touches_the_highest_active_one() -> None:
    with_data = Contract("podio", PODIO.files, scheme=PODIO.scheme, data=("data/*.json",))
    paths = podio("1.0", "1.10", "1.9") | podio("2.0", folder="docs/archive") | {"data/a.json"}
    assert found(with_data, paths, paths, "data/a.json") == [("docs/podio-schema-v1.10.json",) * 2]


def test_each_name_of_a_template_is_a_contract_of_its_own() -> None:
    paths = {f"events/{name}.schema.json" for name in "abc"}
    pairings = paired(NAMED, paths, paths, "events/c.schema.json", "events/a.schema.json")
    assert [one.head_path for one in pairings] == ["events/a.schema.json", "events/c.schema.json"]
    assert [one.contract.manifest for one in pairings] == ["events/a.manifest.json", "events/c.manifest.json"]
    assert len({one.contract.name for one in pairings}) == 2


def test_a_templates_side_file_touches_only_its_own_name() -> None:
    paths = {f"events/{name}.{kind}.json" for name in "ab" for kind in ("schema", "manifest")}
    assert found(NAMED, paths, paths, "events/b.manifest.json") == [("events/b.schema.json", "events/b.schema.json")]


def test_the_side_files_are_the_manifest_the_change_log_and_the_data_that_exist() -> None:
    paths = {".github/oncall.schema.json", "rotations/b.json", "rotations/a.json", "rotations/deep/c.json"}
    (pairing,) = paired(ONCALL, paths, paths, ".github/oncall.schema.json", "rotations/b.json")
    assert side_files(pairing) == (
        ".github/oncall.schema.manifest.json", "CHANGELOG.md", "rotations/b.json", "rotations/a.json",
    )  # fmt: skip


def test_contracts_come_in_the_order_of_the_configuration() -> None:
    paths = podio("1.0") | {"schemas/orders.json"}
    pairings = pair(Config((ORDERS, PODIO)), changed=frozenset(paths), base_paths=paths, head_paths=paths)
    assert [one.contract.name for one in pairings] == ["orders", "podio"]


_PATHS = sorted({
    *podio("1.0", "1.1", "2.0"), *podio("1.0", "1.1", folder="docs/archive"), "docs/podio-schema-vX.json",
    "schemas/orders.json", "rotations/a.json", ".github/oncall.schema.json",
    "events/a.schema.json", "events/a.manifest.json",
})  # fmt: skip
_SIDES = st.sets(st.sampled_from(_PATHS))


@given(_SIDES, _SIDES, _SIDES, st.randoms(use_true_random=False))
def test_every_pairing_is_sound(base: set[str], head: set[str], edited: set[str], order: Any) -> None:
    changed = frozenset(base ^ head) | (edited & base & head)
    contracts = [PODIO, ORDERS, ONCALL, NAMED]
    pairings = pair(Config(tuple(contracts)), changed=changed, base_paths=base, head_paths=head)
    for one in pairings:
        assert one.base_path or one.head_path
        assert one.base_path is None or one.base_path in base
        assert one.head_path is None or one.head_path in head
        touched = {one.base_path, one.head_path, one.contract.manifest, *one.data}
        assert touched & changed or any(path.startswith("rotations/") for path in changed)
    heads = [(one.contract.name, one.head_path) for one in pairings if one.head_path and not one.archived]
    assert len(heads) == len(set(heads))
    ended = [(one.contract.name, one.base_path) for one in pairings if one.head_path is None]
    followed = {(one.contract.name, one.base_path) for one in pairings if one.head_path and not one.archived}
    assert len(ended) == len(set(ended))
    assert not followed & set(ended)
    shuffled = list(changed)
    order.shuffle(shuffled)
    assert pairings == pair(Config(tuple(contracts)), changed=frozenset(shuffled), base_paths=base, head_paths=head)
    assert pair(Config(tuple(contracts)), changed=frozenset(), base_paths=base, head_paths=base) == ()


def test_a_version_among_the_proposals_follows_the_highest_that_stands() -> None:
    of = Contract("o", ("docs/o-v*.json",), scheme=VersionScheme("semver-file"))
    base = frozenset({"docs/o-v1.0.json", "docs/proposals/o-v1.1.json"})
    new = "docs/proposals/o-v2.0.json"
    (found,) = pair(Config((of,)), changed=frozenset({new}), base_paths=base, head_paths=base | {new})
    assert (found.base_path, found.head_path) == ("docs/o-v1.0.json", new)
    edited = "docs/proposals/o-v1.1.json"
    (again,) = pair(Config((of,)), changed=frozenset({edited}), base_paths=base, head_paths=base)
    assert (again.base_path, again.head_path) == ("docs/o-v1.0.json", edited)
    assert pair(Config((of,)), changed=frozenset({edited}), base_paths=base, head_paths=base - {edited}) == ()


def test_the_papers_beside_a_change_are_read_with_it() -> None:
    of = Contract("o", ("docs/o-v*.json",), scheme=VersionScheme("semver-file"))
    paths = frozenset({"docs/o-v1.0.json", "docs/proposals/why.md", "docs/other.md"})
    (found,) = pair(Config((of,)), changed=paths, base_paths=frozenset(), head_paths=paths)
    assert found.papers == ("docs/proposals/why.md",)
