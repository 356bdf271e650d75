"""Long logs: the end is shown, and the rest is there."""

from __future__ import annotations

from hilnb.widgets import page
from hilnb.widgets.brief import end_of
from hilnb.widgets.log import Entry


def test_of_many_entries_the_last_are_shown_and_the_others_counted():
    entries = [Entry("update", "node", {"n": n}) for n in range(250)]

    shown, left_out = end_of(entries)

    assert (shown, left_out) == (entries[150:], 150)


def test_of_much_printed_text_the_last_lines_are_shown_and_all_of_it_can_be_unfolded_in_the_record():
    text = "".join(f"line {n}\n" for n in range(1_000))

    (shown,), left_out = end_of([Entry("printed", "node", text)])
    record = page.rows([Entry("printed", "node", text)])

    assert shown.value.startswith("line 971")
    assert left_out == 971
    assert "All 1,000 lines" in record
    assert record.count("line 500") == 1
    assert record.count("line 999") == 2


def test_one_endless_line_is_cut():
    (shown,), left_out = end_of([Entry("printed", "node", "x" * 100_000)])

    assert (len(shown.value), left_out) == (4_000, 1)


def test_a_record_folds_the_beginning_of_a_long_log():
    record = page.folded_rows([Entry("update", "node", {"n": n}) for n in range(250)])

    assert "<summary>150 earlier entries</summary>" in record
    assert "{&#x27;n&#x27;: 0}" in record


def test_control_characters_colours_and_progress_bars_come_out_as_a_terminal_shows_them():
    text = "\x1b[32mgreen\x1b[0m\x00\n 10%\r 99%\r100%\nend\r\n"

    assert "green�\n100%\nend</pre>" in page.rows([Entry("printed", "node", text)])
