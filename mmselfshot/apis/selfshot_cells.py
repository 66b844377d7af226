"""What a table of Self-Shot VIS on ToyVIS is made of: cells, each a test."""

from collections.abc import Sequence
from dataclasses import dataclass

from mmselfshot.apis.selfshot_trials import Trial


@dataclass(frozen=True)
class Cell:
    """A number: a test, maybe on a part of its queries.

    num_targets: Only queries with so many instances to segment.
    num_kinds: Only queries with so many kinds to segment.
    """

    trial: Trial
    num_targets: int | None = None
    num_kinds: int | None = None


@dataclass(frozen=True)
class Line:
    """A row: a cell for each column, and the paper's numbers or None."""

    title: str
    cells: tuple[Cell | None, ...]
    paper: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table.

    name: Of the option that chooses it.
    head: Above the titles of the rows.
    of_paper: What the paper's columns are called there.
    note: Below the table.
    """

    name: str
    title: str
    head: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    of_paper: tuple[str, ...] = ()
    note: str = ''

    @property
    def trials(self) -> tuple[Trial, ...]:
        """What has to be tested for it."""
        return tuple(
            cell.trial for line in self.lines for cell in line.cells if cell
        )


def cells_of(
    supports: str, ks: Sequence[int] = (1, 5), **options: str
) -> tuple[Cell, ...]:
    """A cell for each number of supports.

    Args:
        supports: Of `Trial`.
        ks: Numbers of them.
        options: Others of `Trial`.
    """
    return tuple(Cell(Trial(supports=supports, k=k, **options)) for k in ks)
