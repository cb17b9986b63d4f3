"""Nobody is found in a table: small groups are merged, and no hidden number can be worked out from what is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hera.people.small_groups import FEWEST, OTHER, Counts, hidden, hidden_in_line, merged


def test_small_groups_become_one_that_is_large_enough():
    assert merged({"tr": 40, "ar": 3, "ps": 4, "en": 9}) == {"tr": "tr", "ar": OTHER, "ps": OTHER, "en": "en"}
    assert merged({"tr": 40, "ar": 3, "en": 9}) == {"tr": "tr", "ar": OTHER, "en": OTHER}
    assert merged({"tr": 40, "ar": 0}) == {"tr": "tr", "ar": "ar"}
    assert merged({"tr": 3, "ar": 1}) is None


def test_groups_in_which_the_same_people_may_be_do_not_add_up():
    months = {"2026-01": 3, "2026-02": 3, "2026-03": 9}
    assert set(merged(months, are_apart=False).values()) == {OTHER}
    assert merged(months)["2026-03"] == "2026-03"


def test_a_small_cell_is_hidden_with_others_in_its_row_and_column():
    found = hidden(Counts.of([[40, 3, 20], [30, 10, 20], [25, 30, 10]]))
    assert (0, 1) in found
    for line in range(3):
        assert sum(cell[0] == line for cell in found) != 1
        assert sum(cell[1] == line for cell in found) != 1


@given(st.lists(st.integers(0, 12), max_size=8))
def test_in_a_line_no_hidden_number_is_what_is_left_of_their_sum(people):
    found = hidden_in_line(people)
    few = {place for place, count in enumerate(people) if 0 < count < FEWEST}
    assert few <= found
    if not few:
        assert found == set()
    elif sum(people) >= FEWEST and sum(count > 0 for count in people) > 1:
        assert len(found) > 1
        assert sum(people[place] for place in found) >= FEWEST
    assert all(people[place] for place in found), "nobody is no few"


def test_a_table_without_small_cells_is_shown_whole():
    assert hidden(Counts.of([[40, 0], [5, 12]])) == set()


def test_where_there_is_nothing_to_hide_behind_rows_have_to_be_merged():
    assert hidden(Counts.of([[9, 0], [3, 7], [0, 8]])) is None


def test_the_same_people_in_several_cells_are_as_few_as_they_are():
    cells = [[30, 20, 10], [4, 4, 30]]
    apart, together = hidden(Counts.of(cells)), hidden(Counts(cells, [60, 33], [34, 24, 40]))
    assert (1, 2) not in apart
    assert (1, 2) in together, "those of the first two may be the same four"


def other_values(people, cells, cell):
    """What a hidden cell could be besides what it is, by all that is shown: rows, columns, and the cells that are."""
    rows = [sum(people[r][c] for r, c in cells if r == row) for row in range(len(people))]
    columns = [sum(people[r][c] for r, c in cells if c == column) for column in range(len(people[0]))]
    order = sorted(cells)

    def fill(place):
        if place == len(order):
            return not any(rows) and not any(columns) and values[cell] != people[cell[0]][cell[1]]
        row, column = order[place]
        for value in range(min(rows[row], columns[column]) + 1):
            values[order[place]] = value
            rows[row] -= value
            columns[column] -= value
            if (place + 1 == len(order) or order[place + 1][0] == row or not rows[row]) and fill(place + 1):
                return True
            rows[row] += value
            columns[column] += value
        return False

    values = {}
    return fill(0)


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=3))
def test_no_hidden_number_follows_from_what_is_shown(people):
    cells = hidden(Counts.of(people))
    if cells is None:
        return
    for row in range(len(people)):
        for column in range(3):
            if 0 < people[row][column] < FEWEST:
                assert (row, column) in cells
    for cell in cells:
        assert other_values(people, cells, cell)
    for line in ([cell for cell in cells if cell[axis] == number] for axis in (0, 1) for number in range(3)):
        assert not line or sum(people[row][column] for row, column in line) >= FEWEST
