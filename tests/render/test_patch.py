from hypothesis import given
from hypothesis import strategies as st
from render import factory

from gitexp.render.patch import parse_patch
from gitexp.render.text import plain


def test_files_of_a_patch():
    train, ideas = parse_patch(factory.PATCH)
    assert (train.title, train.added, train.removed) == ("train.py", 3, 1)
    assert (ideas.title, ideas.added, ideas.removed) == ("notes/ideas.md", 2, 0)
    kinds = [block.kind for block in train.blocks]
    assert kinds == ["head", "hunk", "", "del", "add", ""]
    assert train.blocks[3].text == "-    model = Autoencoder(hidden=32)"


def test_lines_that_look_like_headers_inside_a_hunk():
    patch = "diff --git a/q.sql b/q.sql\n--- a/q.sql\n+++ b/q.sql\n@@ -1 +1 @@\n--- old\n+++ new\n"
    (file,) = parse_patch(patch)
    assert (file.added, file.removed) == (1, 1)


def test_the_snapshots_folder_is_not_part_of_the_name():
    (file,) = parse_patch("diff --git a/x.py b/code/src/x.py\n")
    assert file.title == "src/x.py"
    (file,) = parse_patch('diff --git "a/\\303\\244.py" "b/\\303\\244.py"\n')
    assert file.title == "\\303\\244.py"


def test_nothing_and_not_a_patch():
    assert parse_patch("") == []
    assert parse_patch("\n") == []
    (file,) = parse_patch("cut …\n")
    assert file.title == ""
    assert file.blocks == [("", "cut …")]


def test_long_lines_are_cut():
    (file,) = parse_patch("diff --git a/x b/x\n@@ -1 +1 @@\n+" + "x" * 10**6 + "\n")
    assert len(file.blocks[-1].text) == 400


lines = st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=("Cs",)))


@given(st.lists(st.sampled_from(["diff --git a/x b/x", "@@ -1 +1 @@", "+a", "-b", " c"]) | lines))
def test_every_line_but_the_titles_is_there(patch_lines):
    patch = "\n".join(patch_lines)
    files = parse_patch(patch)
    shown = [line for file in files for block in file.blocks for line in block.text.split("\n")]
    kept = [plain(line) for line in patch_lines if not line.startswith("diff --git ")]
    if patch.strip():
        while kept and kept[-1] == "" and len(shown) < len(kept):
            kept.pop()
        assert [line[:399] for line in shown] == [line[:399] for line in kept]
