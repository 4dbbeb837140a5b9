import os
import stat

import pytest
from support.runs import make_run

import gitexp
from gitexp.errors import BadExpression, GitexpError, RunNotFound
from gitexp.query.report import default_path, make_report, write_report
from gitexp.query.runs import Runs
from gitexp.store.objects import FILE, ObjectWriter
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore


@pytest.fixture
def runs(repo):
    for n, (name, lr) in enumerate((("first", 0.1), ("second", 0.01), ("third", 0.001))):
        make_run(
            repo, name, config={"lr": lr}, metrics=[{"loss": lr * 9}, {"loss": lr}],
            created_at=f"2024-01-0{n + 1}T00:00:00.000Z", output=f"hello from {name}\n",
            code={"train.py": f"print({n})\n".encode()},
        )  # fmt: skip
    with Runs(Repository.open(repo)) as opened:
        yield opened


def order(html):
    names = ("first", "second", "third")
    places = {name: html.find(f'<article class="run" data-run="{name}"') for name in names}
    return sorted((name for name in names if places[name] >= 0), key=places.__getitem__)


def test_all_runs_the_newest_first(runs):
    report = make_report(runs)
    assert report.runs == 3
    assert report.left_out == ()
    assert order(report.html) == ["third", "second", "first"]
    assert "<h1>3 runs of lab</h1>" in report.html


def test_a_page_has_what_the_run_has(runs):
    html = make_report(runs, ["second"]).html
    assert "<h1>second</h1>" in html
    assert "hello from second" in html
    assert "print(1)" in html  # the patch against the base commit
    assert "train.py" in html
    assert ">loss ↓<" in html


def test_chosen_filtered_sorted_and_limited(runs):
    assert order(make_report(runs, ["first", "third"]).html) == ["first", "third"]
    assert order(make_report(runs, where="lr < 0.05").html) == ["third", "second"]
    assert order(make_report(runs, sort="-loss").html) == ["first", "second", "third"]
    report = make_report(runs, limit=2)
    assert order(report.html) == ["third", "second"]
    assert report.left_out == ("Only the first 2 of 3 runs are here: `-n 0` means all.",)
    assert report.left_out[0] in report.html


def test_nothing_to_report_on(repo, runs):
    with pytest.raises(RunNotFound):
        make_report(runs, ["fourth"])
    with pytest.raises(BadExpression):
        make_report(runs, where="lr <")
    with pytest.raises(GitexpError, match="no run fits lr > 5"):
        make_report(runs, where="lr > 5")


def test_no_runs_at_all(repo):
    with Runs(Repository.open(repo)) as none, pytest.raises(GitexpError) as raised:
        make_report(none)
    assert raised.value.message == "there are no runs yet"
    assert "gitexp record" in str(raised.value.hint)


def test_a_malformed_run_is_named_and_left_out(repo, runs):
    opened = Repository.open(repo)
    writer = ObjectWriter(opened)
    tree = writer.tree({"run.json": (FILE, writer.blob(b"{<script>"))})
    oid = writer.commit(tree, [], "bad", opened.identity(), 1.7e9)
    writer.flush()
    RunStore(opened).point("broken", oid, None)
    with Runs(opened) as again:
        report = make_report(again)
        assert report.runs == 3
        (reason,) = report.left_out
        assert reason.startswith("Run broken is left out: it is malformed, ")
        with pytest.raises(GitexpError, match="every chosen run is malformed"):
            make_report(again, ["broken"])


def test_from_python(repo, runs, tmp_path):
    path = gitexp.report("second", title="Mine", output=tmp_path / "mine.html")
    assert path == tmp_path / "mine.html"
    assert "<h1>Mine</h1>" in path.read_text("utf-8")
    assert gitexp.report(path=repo) == default_path(Repository.open(repo))
    assert order(default_path(Repository.open(repo)).read_text("utf-8"))[0] == "third"


def test_the_default_place_is_in_the_git_folder(repo):
    opened = Repository.open(repo)
    assert default_path(opened) == opened.common_dir / "gitexp" / "report.html"


def test_a_report_replaces_the_one_before_as_a_whole(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report("new ü", path)
    assert path.read_text("utf-8") == "new ü"
    assert os.listdir(tmp_path) == ["report.html"]
    assert stat.S_IMODE(path.stat().st_mode) & 0o400


def test_a_link_stays_one_and_a_pipe_is_written_to(tmp_path):
    (tmp_path / "real.html").write_text("old")
    (tmp_path / "link.html").symlink_to("real.html")
    write_report("new", tmp_path / "link.html")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_text() == "new"
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_report("through", tmp_path / "pipe")
    assert os.read(reader, 100) == b"through"
    os.close(reader)


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(GitexpError, match="cannot write"):
        write_report("x", tmp_path / "no" / "folder.html")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(GitexpError, match="cannot write"):
        write_report("x", tmp_path / "loop" / "x.html")
