"""How loads are cut into batches: plain data in, plain data out."""

from delivery.batches import Load, group


def grouped(*loads: tuple[int, int, int], weight_g: int = 100, stops: int = 10):
    """Loads as (grid, household, grams) -> per batch (grid, [(household, parcel numbers)])."""
    numbered = [Load(number, *load) for number, load in enumerate(loads)]
    return [
        (grid, [(door.household_id, [load.parcel_id for load in door.loads]) for door in doors])
        for grid, doors in group(numbered, weight_g=weight_g, stops=stops)
    ]


def test_nothing_makes_no_batch():
    assert grouped() == []


def test_all_parcels_of_a_door_are_one_stop():
    assert grouped((1, 7, 10), (1, 7, 10), (1, 8, 10)) == [(1, [(7, [0, 1]), (8, [2])])]


def test_a_batch_is_of_one_grid():
    assert grouped((1, 7, 1), (2, 8, 1)) == [(1, [(7, [0])]), (2, [(8, [1])])]


def test_a_batch_is_full_at_its_weight():
    assert grouped((1, 7, 60), (1, 8, 40), (1, 9, 1)) == [
        (1, [(7, [0]), (8, [1])]),
        (1, [(9, [2])]),
    ]


def test_a_batch_is_full_at_its_stops():
    assert grouped((1, 7, 1), (1, 8, 1), (1, 9, 1), stops=2) == [
        (1, [(7, [0]), (8, [1])]),
        (1, [(9, [2])]),
    ]


def test_a_door_moves_on_whole_rather_than_being_torn():
    assert grouped((1, 7, 60), (1, 8, 30), (1, 8, 30)) == [(1, [(7, [0])]), (1, [(8, [1, 2])])]


def test_a_door_heavier_than_a_batch_gets_a_stop_in_several():
    assert grouped((1, 7, 50), (1, 8, 60), (1, 8, 30), (1, 8, 70), (1, 9, 20)) == [
        (1, [(7, [0])]),
        (1, [(8, [1, 2])]),
        (1, [(8, [3]), (9, [4])]),
    ]
