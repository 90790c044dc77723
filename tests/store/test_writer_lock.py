"""Threads that write take turns in the order in which they came."""

import threading
from functools import partial

import pytest

from seep.errors import BusyError
from seep.store.database import WriterLock
from seep_testing.patience import wait_for

WRITERS = 20


def test_twenty_writers_write_in_the_order_in_which_they_came() -> None:
    lock, order = WriterLock(turn_s=60), list[int]()

    def write(number: int) -> None:
        with lock.held():
            order.append(number)

    def queued(count: int) -> bool:
        return len(lock._waiting) == count

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    with lock.held():
        for number, thread in enumerate(threads):
            thread.start()
            wait_for("the writer to queue", partial(queued, number + 1))
    for thread in threads:
        thread.join()
    assert order == list(range(WRITERS))


def test_nobody_overtakes_those_who_wait() -> None:
    lock, order = WriterLock(turn_s=60), list[str]()

    def write() -> None:
        with lock.held():
            order.append("the one who waited")

    waiting = threading.Thread(target=write)
    with lock.held():
        waiting.start()
        wait_for("the writer to queue", lambda: len(lock._waiting) == 1)
    with lock.held():
        order.append("the one who came later")
    waiting.join()
    assert order == ["the one who waited", "the one who came later"]


def test_a_writer_whose_turn_does_not_come_is_told_so_and_holds_up_nobody() -> None:
    lock, refused = WriterLock(turn_s=0.05), list[BusyError]()

    def write() -> None:
        with pytest.raises(BusyError, match=r"Nothing was changed\. Try again") as caught, lock.held():
            pass
        refused.append(caught.value)

    with lock.held():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert [one.wait_s for one in refused] == [2]
    with lock.held():
        pass
