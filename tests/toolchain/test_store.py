import os

from xdp_lsp.toolchain import Store
from xdp_lsp.toolchain.store import LARGEST


def names(store):
    return sorted(path.name for path in store.folder.iterdir())


def age(store, name, seconds):
    path = store.folder / name
    os.utime(path, (path.stat().st_atime - seconds, path.stat().st_mtime - seconds))


def test_what_was_used_least_recently_goes_first(tmp_path):
    store = Store(tmp_path / "store", most_entries=4)
    for number in range(5):
        store.put(f"entry{number}", b"contents")
        age(store, f"entry{number}", 1_000_000 - number)
    assert store.get("entry0") == b"contents"  # used today
    store.prune()
    assert names(store) == ["entry0", "entry3", "entry4"]


def test_the_sum_of_the_sizes_is_bounded(tmp_path):
    store = Store(tmp_path / "store", most_bytes=4_000)
    for number in range(5):
        store.put(f"entry{number}", bytes(1_000))
        age(store, f"entry{number}", 100 - number)
    store.prune()
    assert names(store) == ["entry3", "entry4"]


def test_nothing_goes_while_the_bounds_are_kept(tmp_path):
    store = Store(tmp_path / "store", most_entries=4)
    for number in range(4):
        store.put(f"entry{number}", b"")
    store.prune()
    assert store.extent() == (4, 4 * 16)


def test_what_a_killed_process_left_half_written_goes(tmp_path):
    store = Store(tmp_path / "store")
    store.put("entry", b"contents")
    (store.folder / ".half").write_bytes(b"con")
    (store.folder / ".being-written").write_bytes(b"con")
    age(store, ".half", 10_000)
    store.prune()
    assert names(store) == [".being-written", "entry"]


def test_what_is_larger_than_it_is_worth_is_not_kept(tmp_path):
    store = Store(tmp_path / "store")
    store.put("entry", bytes(LARGEST + 1))
    assert store.get("entry") is None
    assert store.extent() == (0, 0)
