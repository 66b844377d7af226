"""Without other processes the rows are this one's."""

import torch

from mmselfshot.models.retriever.gather_rows import gather_rows


def test_rows_of_one_process_come_back_without_gradient():
    rows = torch.randn(3, 2, requires_grad=True)
    joined, first = gather_rows(rows)
    assert first == 0
    assert torch.equal(joined, rows) and not joined.requires_grad
