"""Ring of keys: order, wrapping, what is not filled, saving."""

import pytest
import torch

from mmselfshot.models.retriever.clip_pairs import EMPTY
from mmselfshot.models.retriever.memory_queue import MemoryQueue
from mmselfshot.utils import UserError


def numbered(first, count):
    """Keys (n, n) and video ids n, for n from `first` on."""
    ids = torch.arange(first, first + count)
    return ids[:, None].expand(-1, 2).float(), ids


def test_new_queue_is_empty():
    queue = MemoryQueue(3, 2)
    assert not queue.is_filled.any()
    assert queue.video_ids.tolist() == [EMPTY] * 3


def test_first_keys_fill_the_first_rows():
    queue = MemoryQueue(5, 2)
    queue.push(*numbered(7, 2))
    assert queue.keys[:2].tolist() == [[7, 7], [8, 8]]
    assert queue.is_filled.tolist() == [True, True, False, False, False]
    assert queue.pointer == 2


def test_batch_that_does_not_divide_the_length_wraps():
    queue = MemoryQueue(5, 2)
    for first in (0, 3, 6):
        queue.push(*numbered(first, 3))
    assert queue.video_ids.tolist() == [5, 6, 7, 8, 4]
    assert (queue.keys[:, 1] == queue.video_ids).all()
    assert queue.pointer == 4


@pytest.mark.parametrize('length', [1, 4, 5])
def test_queue_holds_the_last_keys_whatever_the_batches(length):
    """Against a plain list; some batches are longer than the queue."""
    queue, pushed = MemoryQueue(length, 2), []
    for count in (3, 0, 11, 1, 4, 13):
        keys, ids = numbered(len(pushed), count)
        queue.push(keys, ids)
        pushed += ids.tolist()
        oldest_first = queue.video_ids.roll(-int(queue.pointer))
        filled = oldest_first[oldest_first != EMPTY].tolist()
        assert filled == pushed[-length:]
        assert int(queue.pointer) == len(pushed) % length


def test_keys_are_kept_without_gradient_and_not_shared():
    queue = MemoryQueue(2, 2)
    keys = torch.ones(2, 2, requires_grad=True)
    queue.push(keys, torch.tensor([0, 1]))
    with torch.no_grad():
        keys.zero_()
    assert not queue.keys.requires_grad
    assert (queue.keys == 1).all()


def test_half_keys_are_kept_in_the_precision_of_the_queue():
    queue = MemoryQueue(2, 2)
    queue.push(torch.ones(1, 2, dtype=torch.bfloat16), torch.tensor([0]))
    assert queue.keys.dtype == torch.float32


def test_saved_queue_goes_on_where_it_was():
    queue, other = MemoryQueue(5, 2), MemoryQueue(5, 2)
    queue.push(*numbered(0, 3))
    other.load_state_dict(queue.state_dict())
    for one in (queue, other):
        one.push(*numbered(3, 4))
    for name, buffer in queue.named_buffers():
        assert (buffer == other.get_buffer(name)).all(), name


def test_negative_video_id_is_refused_and_nothing_is_written():
    queue = MemoryQueue(3, 2)
    with pytest.raises(ValueError, match='below 0'):
        queue.push(torch.ones(2, 2), torch.tensor([4, EMPTY]))
    assert not queue.is_filled.any()
    assert queue.pointer == 0


def test_length_below_one_is_refused():
    with pytest.raises(UserError, match='length=0'):
        MemoryQueue(0, 2)
