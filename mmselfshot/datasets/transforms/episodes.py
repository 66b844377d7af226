"""Steps that change a query with its masks and its supports.

Source: Self-Shot VIS (ECCV 2022), appendix: everything is resized to
320x280. Ours: flip and colours, which the paper does not state; they are
drawn once per clip, and for query and supports apart, as these are different
videos.

The results have `query` (T, 3, H, W) uint8, `supports` (K times (S, 3, h, w)
uint8), `masks` (G, T, H, W) bool and `ignored_mask` (T, H, W) bool (None
where masks are not read), and `meta`, a dict.
"""

from collections.abc import Sequence

import torch
from mmcv.transforms import BaseTransform
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.transforms import v2

from mmselfshot.registry import TRANSFORMS
from mmselfshot.structures.episode_sample import EpisodeSample
from mmselfshot.structures.instance_sequences import InstanceSequences
from mmselfshot.utils import UserError


@TRANSFORMS.register_module()
class ResizeEpisode(BaseTransform):
    """Resize query, masks and supports to one size, whatever their shape.

    As the first step of an `EpisodeDataset` it is applied while clips are
    read, so that none is in memory at its own size.

    Args:
        size: (height, width) in pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = tuple(size)

    def transform(self, results: dict) -> dict:
        results['query'] = self.resize_clip(results['query'])
        results['supports'] = [
            self.resize_clip(one) for one in results['supports']
        ]
        for name in ('masks', 'ignored_mask'):
            masks = results[name]
            if masks is not None and tuple(masks.shape[-2:]) != self.size:
                results[name] = self._resize_masks(masks)
        return results

    def resize_clip(self, clip: Tensor) -> Tensor:
        """Resize a clip, each frame by itself.

        Args:
            clip: (T, 3, H, W) uint8.

        Returns:
            (T, 3, h, w) uint8; the clip itself if it has this size.
        """
        if tuple(clip.shape[-2:]) == self.size:
            return clip
        return interpolate(clip, self.size, mode='bilinear', antialias=True)

    def _resize_masks(self, masks: Tensor) -> Tensor:
        if not masks.numel():
            return masks.new_zeros((*masks.shape[:-2], *self.size))
        flat = masks.flatten(0, -3)[None].to(torch.uint8)
        flat = interpolate(flat, self.size, mode='nearest-exact')[0].bool()
        return flat.view(*masks.shape[:-2], *self.size)


@TRANSFORMS.register_module()
class FlipEpisode(BaseTransform):
    """Mirror query and supports, each with its own draws.

    Args:
        prob: Chance of each clip to be mirrored, in [0, 1].
        vertical_prob: Likewise, to be turned upside down.
    """

    def __init__(self, prob: float = 0.5, vertical_prob: float = 0.0) -> None:
        self.probs = {-1: prob, -2: vertical_prob}

    def transform(self, results: dict) -> dict:
        results['meta']['flip'] = False
        for axis, prob in self.probs.items():
            if not prob:
                continue
            draws = torch.rand(1 + len(results['supports'])) < prob
            is_flipped = draws.tolist()
            if is_flipped[0]:
                for name in ('query', 'masks', 'ignored_mask'):
                    if results[name] is not None:
                        results[name] = results[name].flip(axis)
            results['supports'] = [
                clip.flip(axis) if is_turned else clip
                for clip, is_turned in zip(results['supports'], is_flipped[1:])
            ]
            if axis == -1:
                results['meta']['flip'] = is_flipped[0]
        return results


@TRANSFORMS.register_module()
class ColourEpisode(BaseTransform):
    """Change the colours of query and supports, each with its own draw.

    Args:
        jitter: Largest relative change of brightness, contrast and
            saturation, and largest turn of the hue, of a full turn.
        prob: Chance of each clip, in [0, 1].
    """

    def __init__(
        self,
        jitter: Sequence[float] = (0.125, 0.5, 0.5, 0.05),
        prob: float = 0.5,
    ) -> None:
        self.change = v2.RandomApply([v2.ColorJitter(*jitter)], prob)

    def transform(self, results: dict) -> dict:
        results['query'] = self.change(results['query'])
        results['supports'] = [
            self.change(clip) for clip in results['supports']
        ]
        return results


@TRANSFORMS.register_module()
class BlankSupports(BaseTransform):
    """Now and then, supports that show nothing, and nothing to be found.

    Ours: all supports are black and there are no targets, so that what the
    network finds has to come from its supports, not from what stands out.

    Args:
        prob: Chance of an episode, in [0, 1].
    """

    def __init__(self, prob: float = 0.1) -> None:
        self.prob = prob

    def transform(self, results: dict) -> dict:
        if torch.rand(()) < self.prob:
            results['supports'] = [
                torch.zeros_like(one) for one in results['supports']
            ]
            if results['masks'] is not None:
                results['masks'] = results['masks'][:0]
        return results


@TRANSFORMS.register_module()
class PackEpisode(BaseTransform):
    """Pack an episode as `dict(inputs, data_samples)`.

    `inputs` is a dict of `query` (T, 3, H, W) and `supports`
    (K, S, 3, H, W), uint8 RGB; without a support, K = 0. `data_samples` is
    an EpisodeSample with `gt_sequences` and `ignored_mask` where masks were
    read. Its metainfo has `video_id`, `video_name`, `ori_shape`, `img_shape`
    ((h, w)), `num_frames` (those that are no repeated last frame),
    `frame_ids`, `category_ids`, `labels` (their indices among the classes),
    `support_names` and `flip`.

    Raises:
        UserError: If supports and query differ in size.
    """

    def transform(self, results: dict) -> dict:
        query, supports = results['query'], results['supports']
        meta = {'flip': False, **results['meta']}
        meta['img_shape'] = tuple(query.shape[-2:])
        for name, clip in zip(meta['support_names'], supports):
            if clip.shape[-2:] != query.shape[-2:]:
                raise UserError(
                    f'support {name} is {clip.shape[-1]}x{clip.shape[-2]}, '
                    f'its query {query.shape[-1]}x{query.shape[-2]} (width x '
                    'height); put ResizeEpisode before PackEpisode'
                )
        stacked = query.new_empty((0, 1, *query.shape[1:]))
        if supports:
            stacked = torch.stack(supports)
        sample = EpisodeSample(metainfo=meta)
        if results['masks'] is not None:
            sample.gt_sequences = InstanceSequences.from_masks(
                results['masks']
            )
            sample.ignored_mask = results['ignored_mask'].contiguous()
        return {
            'inputs': {'query': query.contiguous(), 'supports': stacked},
            'data_samples': sample,
        }
