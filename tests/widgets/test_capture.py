"""Output of nodes goes to their run's log, and nobody else's does."""

from __future__ import annotations

import contextvars
import io
import sys
import threading
from types import SimpleNamespace

import pytest

from hilnb.widgets import capture
from hilnb.widgets.log import ENTRY_LIMIT, PRINT_LIMIT, Log


@pytest.fixture
def install(monkeypatch):
    """Install capture, within the test, over a plain stdout and a display publisher of IPython's shape."""

    def install():
        shown = []
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        outside = sys.stdout
        publisher = SimpleNamespace(publish=lambda data, metadata=None, **options: shown.append(data))
        capture.install(publisher)
        return SimpleNamespace(publisher=publisher, shown=shown, outside=outside)

    return install


def new_log():
    return Log(lambda entry: None)


def test_print_inside_goes_to_the_log_and_outside_to_the_cell(install):
    installed, log = install(), new_log()
    with capture.captured_by(log):
        print("inside")
        print("trouble", file=sys.stderr)
    print("outside")

    assert log.entries[0].value == "inside\ntrouble\n"
    assert installed.outside.getvalue() == "outside\n"


def test_a_thread_under_copied_context_prints_to_the_same_log(install):
    installed, log = install(), new_log()
    with capture.captured_by(log):
        worker = threading.Thread(target=contextvars.copy_context().run, args=(print, "from a parallel node"))
        worker.start()
        worker.join()

    assert log.entries[0].value == "from a parallel node\n"
    assert installed.outside.getvalue() == ""


def test_displays_go_to_the_log_but_updates_of_older_displays_pass(install):
    installed, log = install(), new_log()
    with capture.captured_by(log):
        installed.publisher.publish({"text/plain": "new"}, {})
        installed.publisher.publish({"text/plain": "later"}, {}, update=True)

    assert [entry.value for entry in log.entries] == [{"text/plain": "new"}]
    assert installed.shown == [{"text/plain": "later"}]


def test_installing_twice_wraps_once(install):
    publisher = install().publisher
    stdout, publish = sys.stdout, publisher.publish

    capture.install(publisher)

    assert sys.stdout is stdout
    assert publisher.publish is publish


def test_printed_text_of_one_node_is_one_entry():
    log = new_log()
    log.speaker = "step_1"
    log.write("a")
    log.write("b\n")
    log.speaker = "step_2"
    log.write("c")

    assert [(entry.node, entry.value) for entry in log.entries] == [("step_1", "ab\n"), ("step_2", "c")]


def test_endless_printing_is_cut_off_with_a_note():
    log = new_log()
    for _ in range(3):
        log.write("x" * PRINT_LIMIT)

    (entry,) = log.entries
    assert entry.value.startswith("x" * PRINT_LIMIT + "\n[nothing printed after the first 200,000 characters")
    assert entry.value.count("[nothing") == 1


def test_of_very_many_entries_the_last_are_kept():
    log = new_log()
    for number in range(ENTRY_LIMIT + 5):
        log.add("update", "node", number)

    note, oldest, *_ = log.entries
    assert len(log.entries) == 1 + ENTRY_LIMIT
    assert (note.kind, note.value) == ("note", "5 earlier entries are not kept")
    assert oldest.value == 5
