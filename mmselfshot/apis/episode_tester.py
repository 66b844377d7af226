"""One set of weights, tested with many files of supports.

Ours. Of an episode, what depends on the query alone is computed once, and so
is what depends on a support alone; only the rest is computed for each file.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope

from mmselfshot.apis.tested_episodes import build_tested_model
from mmselfshot.datasets.episode_dataset import EpisodeDataset
from mmselfshot.evaluation.query_rows import QueryRow, make_query_row
from mmselfshot.evaluation.vis_metric import tracks_to_results
from mmselfshot.models.selfshot import SupportCache
from mmselfshot.registry import DATASETS, SCOPE
from mmselfshot.structures.episode_sample import EpisodeSample

Progress = Callable[[Sequence[int]], Iterable[int]]
MAX_BYTES = 2 << 30


class EpisodeTester:
    """A model in evaluation mode with what it has seen.

    Args:
        cfg: With `model` and `test_dataloader`.
        checkpoint: None for a model without weights.
        device: As torch names it; None for the GPU if there is one.
        max_bytes: Memory for supports, see `SupportCache`.

    Raises:
        UserError: If config, checkpoint or device cannot be used.
    """

    def __init__(
        self,
        cfg: Config,
        checkpoint: str | Path | None,
        device: str | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.cfg = cfg
        self.model = build_tested_model(cfg, checkpoint, device)
        self._encoder = getattr(self.model, 'episode_encoder', None)
        self._supports = SupportCache(max_bytes)
        self._queries: dict[tuple[int, ...], Any] = {}
        self._asked: tuple | None = None

    def dataset(self, **changes: Any) -> EpisodeDataset:
        """The test data of the config with other arguments.

        Raises:
            UserError: If they do not fit.
        """
        part = {**self.cfg.test_dataloader.dataset.to_dict(), **changes}
        with DefaultScope.overwrite_default_scope(SCOPE):
            return DATASETS.build(part)

    @torch.no_grad()
    def test(
        self, dataset: EpisodeDataset, progress: Progress = iter
    ) -> list[QueryRow]:
        """Predict and measure all queries.

        Args:
            dataset: In test mode.
            progress: Wraps the indices of the queries.
        """
        self._forget_others(dataset)
        truth = dataset.truth(has_others=True)
        cat_ids = [one['id'] for one in truth.categories]
        rows = []
        for index in progress(range(len(dataset))):
            episode = _Episode(self.model, dataset, index)
            sample = self._predict(episode)
            video_id = episode.record['video_id']
            rows.append(
                make_query_row(
                    truth.videos[video_id],
                    episode.record['category_ids'],
                    truth.annotations[video_id],
                    tracks_to_results(video_id, sample.pred_tracks, cat_ids),
                )
            )
        return rows

    def _forget_others(self, dataset: EpisodeDataset) -> None:
        """Keep what was computed of the same frames of the same labels."""
        form = dataset.form
        cut = form.num_frames, form.protocol, form.cut_seed
        asked = dataset.ann_file, *cut
        if asked != self._asked:
            self._queries, self._asked = {}, asked
            self._supports.reset()

    def _predict(self, episode: '_Episode') -> EpisodeSample:
        if self._encoder is None:
            return self.model.test_step(
                pseudo_collate([episode.dataset[episode.index]])
            )[0]
        inputs, sample = self._query(episode)
        names = episode.support_names
        if names:
            inputs = {**inputs, 'encoded_supports': self._encode(episode)}
        return self.model.predict(inputs, [sample])[0]

    def _query(self, episode: '_Episode') -> tuple[dict, EpisodeSample]:
        """Inputs without supports, and an empty sample.

        A query that does not fill just one window is not kept.
        """
        record = episode.record
        # not of the episode, whose ids are those of one file of pairs
        key = record['label_video_id'], *record['category_ids']
        if key not in self._queries:
            query = episode.inputs['query']
            if query.shape[1] != self.model.cutter.length:
                meta = episode.sample.metainfo
                return {'query': query}, EpisodeSample(metainfo=meta)
            encoded = self._encoder.encode_query(query)
            # only the shape is asked for from now on
            shape = query.new_zeros(()).expand(query.shape)
            self._queries[key] = (
                {'query': shape, 'encoded_query': encoded},
                episode.sample.metainfo,
            )
        inputs, meta = self._queries[key]
        return inputs, EpisodeSample(metainfo=meta)

    def _encode(self, episode: '_Episode') -> torch.Tensor:
        """(1, K, N, C), from the cache where supports do not mix."""
        if self._encoder.support_encoding == 'joint':
            return self.model.encode_supports(episode.inputs['supports'])
        form, pool = episode.dataset.form, episode.dataset.pool
        kind = f'{form.support_mode}:{form.support_frames}:{pool}'
        keys = [(f'{kind}:{name}', '') for name in episode.support_names]
        return self._supports.fetch(
            keys,
            lambda places: self.model.encode_supports(
                episode.inputs['supports'][:, places]
            )[0],
            like=self.model.query_embed.weight,
        )[None]


class _Episode:
    """One sample of a data set, read when its frames are asked for."""

    def __init__(
        self, model: torch.nn.Module, dataset: EpisodeDataset, index: int
    ) -> None:
        self.model = model
        self.dataset = dataset
        self.index = index
        self.record = dataset.get_data_info(index)

    @property
    def support_names(self) -> list[str]:
        if self.dataset.form.has_crops:
            return self.dataset.form.crop_names(self.record)
        return self.record['supports']

    @cached_property
    def _data(self) -> dict:
        batch = pseudo_collate([self.dataset[self.index]])
        return self.model.data_preprocessor(batch, False)

    @property
    def inputs(self) -> dict:
        return self._data['inputs']

    @property
    def sample(self) -> EpisodeSample:
        return self._data['data_samples'][0]
