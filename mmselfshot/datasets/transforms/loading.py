"""Frames and masks from disk and label file into arrays."""

from pathlib import Path

import numpy as np
from mmcv.transforms import BaseTransform
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks
from PIL import Image, ImageOps

from mmselfshot.datasets.mask_reading import decode_mask
from mmselfshot.registry import TRANSFORMS
from mmselfshot.utils import UserError

CHECK = 'run tools/dataset_tools/check_dataset.py'


def read_frame(path: str | Path) -> np.ndarray:
    """Decode one frame with PIL, as the published programs do.

    Args:
        path: An image file; grey and palette images become RGB, and an EXIF
            rotation is applied.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        UserError: If the file is missing, cut or not an image.
    """
    try:
        with Image.open(path) as image:
            return np.array(ImageOps.exif_transpose(image).convert('RGB'))
    except FileNotFoundError:
        raise UserError(
            f'no frame {path}; put it there, or set data_root and '
            f'data_prefix of the data set ({CHECK} to list all)'
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(
            f'cannot read frame {path} ({error}); copy it again ({CHECK} to '
            'list all)'
        ) from None


@TRANSFORMS.register_module()
class LoadFrames(BaseTransform):
    """Read the frames of a sample.

    Needs `img_path`; if `height` and `width` are there, the frames must have
    that size. Adds `img` ((H, W, 3) uint8 RGB), `ori_shape` and `img_shape`
    ((h, w), in pixels).

    Raises:
        UserError: If a frame is missing, cut or of another size.
    """

    def transform(self, results: dict[str, list]) -> dict[str, list]:
        frames = [read_frame(path) for path in results['img_path']]
        shapes = [frame.shape[:2] for frame in frames]
        if 'height' in results:
            expected = list(zip(results['height'], results['width']))
        else:
            expected = [shapes[0]] * len(shapes)
        for path, shape, wanted in zip(results['img_path'], shapes, expected):
            if shape != wanted:
                raise UserError(
                    f'frame {path} is {shape[1]}x{shape[0]}, its video '
                    f'{wanted[1]}x{wanted[0]} (width x height); '
                    f'correct the label file or the frame ({CHECK})'
                )
        results['img'] = frames
        results['ori_shape'] = list(shapes)
        results['img_shape'] = list(shapes)
        return results


@TRANSFORMS.register_module()
class LoadFrameAnnotations(BaseTransform):
    """Decode the masks of a sample.

    Needs `instances` and `img_shape`. Adds `gt_masks` (BitmapMasks of N
    masks), `gt_bboxes` (HorizontalBoxes (N, 4) float32 xyxy, of the masks),
    `gt_bboxes_labels` and `gt_instances_ids` ((N,) int64); takes `instances`
    away.

    Raises:
        UserError: If a mask cannot be decoded or has another size.
    """

    def transform(self, results: dict[str, list]) -> dict[str, list]:
        added = ('gt_masks', 'gt_bboxes', 'gt_bboxes_labels')
        for key in (*added, 'gt_instances_ids'):
            results[key] = []
        frames = zip(
            results.pop('instances'),
            results['img_shape'],
            results['video_id'],
            results['frame_id'],
        )
        for instances, (height, width), video_id, frame_id in frames:
            masks = np.zeros((len(instances), height, width), dtype=np.uint8)
            for mask, one in zip(masks, instances):
                try:
                    mask[:] = decode_mask(one['segmentation'], height, width)
                except UserError as error:
                    raise UserError(
                        f'video {video_id}, annotation '
                        f'{one["annotation_id"]}, frame {frame_id}: {error}'
                    ) from None
            labels = [one['label'] for one in instances]
            ids = [one['annotation_id'] for one in instances]
            results['gt_masks'].append(BitmapMasks(masks, height, width))
            results['gt_bboxes'].append(HorizontalBoxes(boxes_of(masks)))
            results['gt_bboxes_labels'].append(np.array(labels, np.int64))
            results['gt_instances_ids'].append(np.array(ids, np.int64))
        return results


def boxes_of(masks: np.ndarray) -> np.ndarray:
    """The smallest box around each mask.

    Args:
        masks: (N, H, W) bool or uint8.

    Returns:
        (N, 4) float32 xyxy in pixels; the right and lower edges lie after
        the last pixel. All 0 for an empty mask.
    """
    boxes = np.zeros((len(masks), 4), dtype=np.float32)
    for box, mask in zip(boxes, masks):
        columns = np.flatnonzero(mask.any(0))
        rows = np.flatnonzero(mask.any(1))
        if len(columns):
            box[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return boxes
