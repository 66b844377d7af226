"""Indexes of one seed's retrieval, made where they are missing."""

from collections.abc import Callable
from pathlib import Path

from mmselfshot.apis.pool_index import index_pool
from mmselfshot.apis.retrieval_table import RetrievalRun, choose_rows
from mmselfshot.engine import find_last_checkpoint
from mmselfshot.engine.run_config import load_config
from mmselfshot.utils import UserError


class SeedIndexes:
    """Folders of indexes, by encoder and by what is indexed.

    Args:
        run: Of the retrieval table, whose rows are the encoders.
        folder: Of indexes that the run does not have.
        say: Gets the lines for people.
    """

    def __init__(
        self, run: RetrievalRun, folder: Path, say: Callable[[str], None]
    ) -> None:
        self.run = run
        self.folder = folder
        self.say = say
        self._made: set[Path] = set()

    def __call__(self, encoder: str, part: str) -> Path:
        """An index.

        Args:
            encoder: A row of the retrieval table.
            part: `pool`, or labelled videos: `queries`, `swap`, `multi`.

        Raises:
            UserError: If a step fails.
        """
        (row,) = choose_rows([encoder])
        if not self.run.results_of(row).is_file():
            self.run.prepare()
            self.run.run_row(row)
        if part in ('pool', 'queries'):
            return self.run.steps.out / 'index' / encoder / part
        folder = self.folder / encoder / part
        if folder not in self._made:
            trained = self.run.steps.out / f'train_{encoder}'
            checkpoint = row.checkpoint
            if row.kind == 'trained':
                checkpoint = find_last_checkpoint(trained)
            if checkpoint is None:
                raise UserError(
                    f'no checkpoint in {trained}; give the folder of a whole '
                    'run of the retrieval table with --retrieval, or none'
                )
            config = self.run.steps.repo / 'configs/selfshot' / row.config
            index_pool(
                *(load_config(config), str(checkpoint)),
                *(self.run.world / f'fewshot_{part}/JPEGImages', folder),
                show_progress=True,
                say=self.say,
            )
            self._made.add(folder)
        return folder
