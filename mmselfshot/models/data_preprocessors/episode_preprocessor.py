"""Batches of queries and supports, normalised on the device.

Shapes: B videos, T query frames, K supports of S frames, H W pixels.
"""

from collections.abc import Sequence

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmselfshot.models.data_preprocessors.frame_norm import normalise_frames
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


@MODELS.register_module()
class EpisodePreprocessor(BaseDataPreprocessor):
    """Stacks the clips of a batch and normalises them.

    Args:
        mean: Of red, green and blue, of 255.
        std: Likewise.
        has_frame_norm: See `normalise_frames`, in place of the former two.
        non_blocking: Of the copies to the device.
    """

    def __init__(
        self,
        mean: Sequence[float] = (123.675, 116.28, 103.53),
        std: Sequence[float] = (58.395, 57.12, 57.375),
        has_frame_norm: bool = False,
        non_blocking: bool = False,
    ) -> None:
        super().__init__(non_blocking)
        self.has_frame_norm = has_frame_norm
        for name, value in (('mean', mean), ('std', std)):
            value = torch.tensor(value, dtype=torch.float32)
            self.register_buffer(name, value.view(-1, 1, 1), persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Stack and normalise.

        Args:
            data: `inputs` as lists of B clips, (T, 3, H, W) of `query` and
                (K, S, 3, H, W) of `supports`, uint8 RGB or already stacked;
                maybe `data_samples`.
            training: Not used.

        Returns:
            `inputs`: `query` (B, T, 3, H, W) and `supports`
            (B, K, S, 3, H, W) float, None where K is 0; where the videos
            have unlike K, a list of B such with one video each;
            `data_samples`.

        Raises:
            UserError: If the clips of a batch differ in shape.
        """
        data = self.cast_data(data)
        query = self._stack(data['inputs']['query'], 'queries')
        inputs = {
            'query': self._normalise(query),
            'supports': self._supports(data['inputs'].get('supports')),
        }
        return {'inputs': inputs, 'data_samples': data.get('data_samples')}

    def _supports(
        self, clips: Tensor | Sequence[Tensor] | None
    ) -> Tensor | list[Tensor | None] | None:
        if clips is None or not any(len(one) for one in clips):
            return None
        if len({len(one) for one in clips}) > 1:
            # nothing is padded, as a mask would turn off fused attention
            self._check_shapes(
                [one[:1] for one in clips if len(one)], 'supports'
            )
            return [self._supports([one]) for one in clips]
        return self._normalise(self._stack(clips, 'supports'))

    def _stack(self, clips: Tensor | Sequence[Tensor], what: str) -> Tensor:
        self._check_shapes(clips, what)
        if isinstance(clips, Tensor):
            return clips
        return clips[0][None] if len(clips) == 1 else torch.stack(clips)

    def _check_shapes(
        self, clips: Tensor | Sequence[Tensor], what: str
    ) -> None:
        shapes = {tuple(clip.shape) for clip in clips}
        if len(shapes) > 1:
            raise UserError(
                f'the {what} of a batch have shapes '
                f'{" and ".join(map(str, sorted(shapes)))}; resize them to '
                'one size, or set batch_size=1 in the data loader'
            )

    def _normalise(self, clips: Tensor) -> Tensor:
        if self.has_frame_norm:
            return normalise_frames(clips.to(self.mean.dtype))
        # one copy, worked on in place: a query may have hundreds of frames
        return (
            clips.to(self.mean.dtype, copy=True).sub_(self.mean).div_(self.std)
        )
