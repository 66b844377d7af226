"""All files of supports of one ToyVIS world, each made when it is asked for.

Source: Self-Shot VIS (ECCV 2022), Tab. 1 and 5, Fig. 2.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmselfshot.apis.selfshot_trials import ENCODERS, MAX_SUPPORTS, RANKING
from mmselfshot.apis.support_files import (
    mixed_pairs,
    random_pairs,
    retrieved_pairs,
    write_support_file,
)
from mmselfshot.datasets.clip_pool import read_pool
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.support_pairs import (
    SupportPair,
    pairs_of_pool,
    read_support_pairs,
)
from mmselfshot.datasets.toyvis.fewshot.reading import PoolTruth, read_truth
from mmselfshot.retrieval import FlatIndex
from mmselfshot.utils import read_json, write_json
from mmselfshot.utils.hashes import hash_file

Index = Callable[[str, str], Path]
Recorded = Callable[[str], Mapping[str, Any] | None]
NUM_MIXED = 5


class SeedSupports:
    """Files of pairs for the queries of a world, of 10 supports each.

    Their names: `oracle`; `random`, any clips; `wrong`, none shows a target;
    `right<n>`, n of `oracle`, then of `wrong`, 5 in all; an encoder's, the
    nearest clips; `semi<n>`, n of `oracle`, then what the ranking finds with
    their help; `pool<n>`, the ranking in an n-th of the sources.

    Args:
        world: Of level `fewshot`.
        folder: Of the files.
        seed: Of all choices.
        index: Gives the folder of an encoder's index of `pool`, or of the
            videos of `queries` or `multi`.
        num_queries: Only the first so many videos; None: all.
        recorded: Gives the content of a file by its stem, or None: what an
            encoder found before is not asked of an index again.
    """

    def __init__(
        self,
        world: Path,
        folder: Path,
        seed: int,
        index: Index,
        num_queries: int | None = None,
        recorded: Recorded = {}.get,
    ) -> None:
        self.world = world
        self.folder = folder
        self.seed = seed
        self.index = index
        self.num_queries = num_queries
        self.recorded = recorded
        self._truth: list[PoolTruth] = []
        self._paths: dict[tuple[str, str], Path] = {}

    def path(self, labels: str, name: str) -> Path:
        """A file, made if it is not there or was made otherwise.

        Args:
            labels: `queries`, `swap` or `multi`.
            name: See the class.
        """
        if (labels, name) not in self._paths:
            self._paths[labels, name] = self._make(labels, name)
        return self._paths[labels, name]

    def pairs(self, labels: str, name: str) -> list[SupportPair]:
        """The content of a file."""
        return read_support_pairs(self.path(labels, name))

    def _make(self, labels: str, name: str) -> Path:
        path = self.folder / f'{labels}_{name}.json'
        settings = self._settings(labels, name)
        encoder = encoder_of(name)
        if encoder is not None:
            recorded = self.recorded(path.stem)
            if recorded is not None and _fits(recorded, settings):
                write_json(path, recorded)
                return path
            pool = FlatIndex(self.index(encoder, 'pool'))
            settings['encoder'] = pool.encoder
        if path.is_file() and _fits(read_json(path), settings):
            return path
        pairs = self._choose(labels, name)
        write_support_file(path, pairs, settings, MAX_SUPPORTS)
        return path

    def _settings(self, labels: str, name: str) -> dict[str, Any]:
        return {
            'chosen': name,
            'seed': self.seed,
            'labels': f'fewshot_{labels}.json',
            'num_queries': self.num_queries,
            'world': hash_file(self.world / 'world.json')[:16],
        }

    def _choose(self, labels: str, name: str) -> list[SupportPair]:
        if name == 'oracle':
            return self._oracles(labels)
        if name.startswith('right'):
            return list(
                mixed_pairs(
                    self.pairs(labels, 'oracle'),
                    self.pairs(labels, 'wrong'),
                    int(name.removeprefix('right')),
                    NUM_MIXED,
                )
            )
        queries = self.pairs(labels, 'oracle')
        encoder = encoder_of(name)
        if encoder is not None:
            return self._retrieved(labels, name, encoder, queries)
        assert name in ('random', 'wrong'), name
        shown = None
        if name == 'wrong':
            shown = {one.name: one.category_ids for one in self._clips()}
        clips = read_pool(self.world / 'pool.csv')
        return list(
            random_pairs(queries, clips, MAX_SUPPORTS, self.seed, shown)
        )

    def _oracles(self, labels: str) -> list[SupportPair]:
        content = LabelFile.load(self.world / f'fewshot_{labels}.json')
        pairs = pairs_of_pool(content, self._clips(), MAX_SUPPORTS, self.seed)
        chosen = set(sorted(content.videos)[: self.num_queries])
        return [pair for pair in pairs if pair.video_id in chosen]

    def _retrieved(
        self,
        labels: str,
        name: str,
        encoder: str,
        queries: list[SupportPair],
    ) -> list[SupportPair]:
        pool = FlatIndex(self.index(encoder, 'pool'))
        asked = FlatIndex(self.index(encoder, labels))
        names = [pair.name for pair in queries]
        vectors = asked.vectors(asked.rows_of(names))
        num_given, share = _number(name, 'semi'), _number(name, 'pool')
        return list(
            retrieved_pairs(
                queries,
                pool,
                dict(zip(names, vectors)),
                MAX_SUPPORTS,
                num_given or 0,
                banned=self._left_out(share) if share else (),
            )
        )

    def _left_out(self, share: int) -> list[str]:
        """Clips that are not in an n-th of the sources; parts are nested."""
        clips = self._clips()
        order = sorted(
            {clip.source for clip in clips},
            key=lambda source: _hash_of(self.seed, source),
        )
        kept = set(order[: max(len(order) // share, 1)])
        return [clip.name for clip in clips if clip.source not in kept]

    def _clips(self) -> list[PoolTruth]:
        self._truth = self._truth or read_truth(self.world / 'pool_truth.json')
        return self._truth


def encoder_of(name: str) -> str | None:
    """Of supports by their name, the row that finds them, None if none."""
    if name in ENCODERS:
        return name
    is_part = name.startswith(('semi', 'pool'))
    return RANKING if is_part else None


def _fits(content: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    """Whether a file of pairs was made with these settings, and others."""
    return settings.items() <= content['settings'].items()


def _number(name: str, prefix: str) -> int | None:
    return int(name[len(prefix) :]) if name.startswith(prefix) else None


def _hash_of(seed: int, source: str) -> str:
    return hashlib.sha256(f'pool:{seed}:{source}'.encode()).hexdigest()
