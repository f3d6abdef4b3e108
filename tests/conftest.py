"""What holds for every test: the collector of garbage seldom looks."""

import gc

# Ten thousands of tests are objects that stay. A collector that walks them again and again takes as
# long as half of the collection of tests, and some of each test.
gc.set_threshold(100_000, 20, 50)


def pytest_collection_finish() -> None:
    """What was collected is never garbage."""
    gc.collect()
    gc.freeze()
