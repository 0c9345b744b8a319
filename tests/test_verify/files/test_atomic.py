"""Files whole or absent, their remains, and directories that can be written."""

import os
import time

import pytest

from verify.errors import UsageError
from verify.files.atomic import (
    check_places,
    ensure_directories,
    ensure_directory,
    remove_stale,
    undone_on_mistake,
    write_with,
)
from verify.running.store import Store


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")

    def fail(partial):
        partial.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_with(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


DAYS = 24 * 3600.0


def aged(path, days):
    """The path, changed so many days ago."""
    then = time.time() - days * DAYS
    os.utime(path, (then, then))
    return path


def test_what_was_left_half_written_a_day_ago_is_removed_whoever_wrote_it(tmp_path):
    """A writer's process number says nothing: it may be another machine's, or another container's."""
    old, young = tmp_path / ".x.json.0123456789abcdef.partial", tmp_path / ".y.json.fedcba9876543210.partial"
    former, living = tmp_path / ".x.json.999999.partial", tmp_path / f".z.json.{os.getpid()}.partial"
    for path in (old, young, former, living):
        path.write_text("half")
    for path in (old, former, living):
        aged(path, 2)
    remove_stale(tmp_path)
    assert list(tmp_path.iterdir()) == [young]


def test_a_writer_on_the_same_store_is_left_alone_by_one_that_opens_it(tmp_path):
    """Another container's process has a number that is free here; its half-written record must arrive."""
    path = tmp_path / "record.json"

    def write(partial):
        partial.write_text("half")
        Store(tmp_path)
        partial.write_text("whole")

    write_with(path, write)
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_record_do_not_share_a_file(tmp_path):
    seen = []

    def write(partial):
        seen.append(partial)
        partial.write_text("x")
        if len(seen) == 1:
            write_with(tmp_path / "record.json", write)

    write_with(tmp_path / "record.json", write)
    assert len(set(seen)) == 2


@pytest.mark.parametrize(
    "name",
    [
        ".x.99999999999999999999.partial", ".x.²³.partial", ".x.partial", ".partial", "x.json.123.partial", "..partial",
        ".x.json.0123456789ABCDEF.partial", ".x.json.0123456789abcde.partial", ".x.json.12\n.partial", ".x.json.-1.partial",
    ],
)  # fmt: skip
def test_files_of_other_names_are_not_ours_to_remove(tmp_path, name):
    path = tmp_path / name
    path.write_text("somebody's")
    aged(path, 400)
    remove_stale(tmp_path)
    assert path.read_text() == "somebody's"


def test_only_files_are_removed(tmp_path):
    folder = tmp_path / ".x.json.0123456789abcdef.partial"
    folder.mkdir()
    link = tmp_path / ".y.json.0123456789abcdef.partial"
    link.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_text("kept")
    for path in (folder, tmp_path / "elsewhere"):
        aged(path, 2)
    remove_stale(tmp_path)
    assert folder.is_dir()
    assert link.is_symlink()


def test_what_cannot_be_written_is_one_line_with_its_path(tmp_path):
    (tmp_path / "table.csv").mkdir()
    with pytest.raises(UsageError, match=r"^cannot write '\S+table.csv': Is a directory$"):
        write_with(tmp_path / "table.csv", lambda partial: partial.write_text("x"))
    with pytest.raises(UsageError, match=r"^cannot write '\S+gone/x': No such file or directory$"):
        write_with(tmp_path / "gone" / "x", lambda partial: partial.write_text("x"))
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
    with pytest.raises(
        UsageError, match=r"^--out: must have room for the file table.csv; '\S+' is in its way"
    ):
        check_places(tmp_path, ["run.json", "table.csv"])


def test_directories_made_before_a_mistake_go_again_unless_something_is_in_them(tmp_path):
    (tmp_path / "there").mkdir()

    def mistaken():
        with undone_on_mistake():
            ensure_directories([(tmp_path / "a" / "b", "--out"), (tmp_path / "there" / "c", "--store")])
            ensure_directory(tmp_path / "kept" / "d", "--store")
            (tmp_path / "kept" / "file").write_text("")
            raise UsageError("a mistake that shows later")

    with pytest.raises(UsageError, match="shows later"):
        mistaken()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "kept", "there"]
    with undone_on_mistake():
        ensure_directory(tmp_path / "a" / "b", "--out")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_directory_that_cannot_be_written_is_refused_in_one_line(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UsageError, match="--out: must be a directory that can be written"):
        ensure_directory(blocked / "inside", "--out")
    with pytest.raises(UsageError, match="--store"):
        ensure_directory(blocked, "--store")
    with pytest.raises(UsageError, match="--out: must be a directory that can be written"):
        ensure_directory(tmp_path / ("y/" * 1990), "--out")
    with pytest.raises(UsageError, match="--out: must be a directory that can be written"):
        ensure_directory(tmp_path / "a\0b", "--out")
    assert list(tmp_path.iterdir()) == [blocked]
