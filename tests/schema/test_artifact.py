"""Artifacts: digests, paths, and which version an alias means."""

from __future__ import annotations

import pytest

from gitexp.schema.artifact import (
    ArtifactEntry,
    FileEntry,
    alias_holders,
    checked_path,
    decode_manifest,
    encode_manifest,
    manifest_digest,
    merge_entries,
    version_number,
    why_not_a_name,
)


def test_the_digest_is_wandbs() -> None:
    # As wandb 0.31 has it of hello.txt = b"hello\n" and d/b.txt = b"b\n".
    files = [
        FileEntry("hello.txt", "sZRqySSS0jR8YjW00mERhA=="),
        FileEntry("d/b.txt", "O11cNxKVUEIhIxYXPM83vg=="),
    ]
    assert manifest_digest(files) == "79f71af5b81bf3f04c597875fb27ebfb"


def test_the_order_of_files_plays_no_part() -> None:
    files = [FileEntry("b", "2"), FileEntry("a", "1")]
    assert manifest_digest(files) == manifest_digest(reversed(files))
    assert manifest_digest(files) != manifest_digest(files[:1])


def test_a_manifest_reads_back() -> None:
    entries = [
        FileEntry("a/b.bin", "x", 3, how="parts"),
        FileEntry("far", "etag", None, "s3://bucket/far", {"versionID": "1"}),
    ]
    assert decode_manifest(encode_manifest(entries)) == entries


@pytest.mark.parametrize(
    "path", ["../a", "/a", "a/../../b", "", ".", "a\0b", "x/.git/config", ".GIT"]
)
def test_paths_stay_inside(path: str) -> None:
    with pytest.raises(ValueError, match=r"path inside|called"):
        checked_path(path)
    with pytest.raises(ValueError, match=r"path inside|called"):
        decode_manifest({"entries": {path: {"digest": ""}}})


def test_paths_are_made_plain() -> None:
    assert checked_path("./a//b") == "a/b"


@pytest.mark.parametrize("manifest", [None, [], {}, {"entries": 1}, {"entries": {"a": 1}}])
def test_what_is_no_manifest(manifest: object) -> None:
    with pytest.raises(ValueError, match=r"entries|object"):
        decode_manifest(manifest)


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        ("run-x_1.0-table", True),
        ("a b", False),
        ("a/b", False),
        ("..", False),
        (".git", False),
        ("", False),
    ],
)
def test_names(name: str, fine: bool) -> None:
    assert (why_not_a_name(name) is None) is fine


def test_versions_are_v_and_a_number() -> None:
    assert [version_number(alias) for alias in ("v0", "v12", "latest", "v", "V1", "v1x")] == [
        0, 12, None, None, None, None,
    ]  # fmt: skip


def entry(version: int, **fields: dict[str, str]) -> ArtifactEntry:
    return ArtifactEntry("m", "model", version, f"{version:032x}", **fields)  # type: ignore[arg-type]


def test_an_alias_is_where_it_was_put_last() -> None:
    versions = [
        entry(0, aliases={"latest": "2024-01-01", "best": "2024-01-05"}),
        entry(1, aliases={"latest": "2024-01-02", "best": "2024-01-02"}),
    ]
    assert alias_holders(versions) == {"latest": 1, "best": 0}


def test_an_alias_that_was_taken_away_is_nowhere() -> None:
    versions = [
        entry(0, aliases={"best": "2024-01-01"}),
        entry(1, aliases={"best": "2024-01-02"}, dropped_aliases={"best": "2024-01-03"}),
    ]
    assert alias_holders(versions) == {}
    again = entry(1, aliases={"best": "2024-01-04"}, dropped_aliases={"best": "2024-01-03"})
    assert alias_holders([again]) == {"best": 1}


def test_aliases_of_two_people_are_both_kept() -> None:
    here = entry(0, aliases={"latest": "1", "mine": "2"}).to_json()
    there = entry(
        0, aliases={"latest": "1", "yours": "3"}, dropped_aliases={"mine": "4"}
    ).to_json()
    (merged,) = merge_entries([here], [there])
    assert merged["aliases"] == {"latest": "1", "mine": "2", "yours": "3"}
    assert merged["dropped_aliases"] == {"mine": "4"}
