"""Recording and replaying, with a recorder in place of CUDA's."""

import torch

from seep.engine import graphs
from seep.engine.graphs import Graphs


class Tape:
    """Runs anew what a CUDA graph would replay into the same memory."""

    def __init__(self, function, held, found):
        self.function, self.held, self.found = function, held, found

    def replay(self):
        self.found.copy_(self.function(self.held))


class Recording(Graphs):
    def _records(self, x):
        return True

    def _record(self, x):
        held = x.clone()
        found = self._function(held)
        return Tape(self._function, held, found), held, found


def test_what_comes_again_is_recorded_and_each_answer_is_its_own():
    calls = []

    def double(x):
        calls.append(tuple(x.shape))
        return 2 * x

    run = Recording(double)
    batches = [torch.full((3, 2), float(number)) for number in range(4)]
    answers = [run(batch) for batch in batches]
    for batch, answer in zip(batches, answers, strict=True):
        torch.testing.assert_close(answer, 2 * batch)
    assert set(run._recorded) == {(3, 2)}


def test_what_comes_once_is_just_run():
    run = Recording(lambda x: x + 1)
    for count in range(1, 10):
        torch.testing.assert_close(run(torch.zeros(count)), torch.ones(count))
    assert not run._recorded


def test_no_more_shapes_are_kept_than_memory_allows():
    run = Recording(lambda x: x + 1)
    for count in range(1, 10):
        for _ in range(3):
            torch.testing.assert_close(run(torch.zeros(count)), torch.ones(count))
    assert len(run._recorded) == graphs.KEPT


def test_on_the_cpu_nothing_is_recorded():
    run = Graphs(lambda x: x + 1)
    for _ in range(3):
        run(torch.zeros(2))
    assert not run._recorded
