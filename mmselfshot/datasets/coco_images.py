"""COCO images as videos of one frame, and the four splits of its classes.

Source: Michaelis et al., "One-Shot Instance Segmentation" (2018): of the 80
classes in the order of their ids, the i-th is a test class of split
i mod 4 + 1; Self-Shot VIS (ECCV 2022), appendix, uses it in Tab. 12.
"""

import random
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from mmselfshot.datasets.benchmark_splits import BenchmarkSplit
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.support_pairs import SupportPair
from mmselfshot.utils import UserError, read_json

NUM_SPLITS = 4


def read_coco(path: str | Path) -> LabelFile:
    """Read instances of COCO; images without any are left out.

    Raises:
        UserError: If it is no such file.
    """
    content = read_json(path)
    try:
        shown = {one['image_id'] for one in content['annotations']}
        videos = [
            {
                'id': image['id'],
                'name': str(PurePosixPath(image['file_name']).with_suffix('')),
                'width': image['width'],
                'height': image['height'],
                'file_names': [image['file_name']],
            }
            for image in content['images']
            if image['id'] in shown
        ]
        annotations = [
            {
                'id': one['id'],
                'video_id': one['image_id'],
                'category_id': one['category_id'],
                'iscrowd': one.get('iscrowd', 0),
                'segmentations': [one['segmentation']],
            }
            for one in content['annotations']
        ]
        return LabelFile(
            content['categories'], videos, annotations, path=Path(path)
        )
    except (KeyError, TypeError) as error:
        raise UserError(
            f'{path} holds no COCO instances ({error!r}); expected a file '
            'such as annotations/instances_train2017.json'
        ) from None


def coco_split(labels: LabelFile, number: int) -> BenchmarkSplit:
    """One of the four splits.

    Args:
        labels: With the categories.
        number: From 1.

    Raises:
        UserError: If there is no such split.
    """
    if number not in range(1, NUM_SPLITS + 1):
        raise UserError(
            f'no split {number} of COCO; expected 1 to {NUM_SPLITS}'
        )
    parts: dict[bool, dict[str, int]] = {False: {}, True: {}}
    ordered = sorted(labels.categories, key=lambda one: one['id'])
    for index, one in enumerate(ordered):
        is_test = index % NUM_SPLITS == number - 1
        parts[is_test][one['name']] = one['id']
    return BenchmarkSplit(
        f'coco-{number}',
        'COCO instances',
        parts[False],
        parts[True],
        single_class=False,
    )


def pairs_of_images(
    labels: LabelFile, categories: Collection[int], k: int, seed: int
) -> Iterator[SupportPair]:
    """A pair for each image and each of these classes that it shows.

    Supports are other images of the class; a smaller k gives prefixes.
    """
    images: dict[int, list[int]] = {}
    for video_id, many in labels.annotations.items():
        held = {one['category_id'] for one in many if not one.get('iscrowd')}
        for category in sorted(held & set(categories)):
            images.setdefault(category, []).append(video_id)
    for category, members in sorted(images.items()):
        for video_id in members:
            draw = random.Random(f'{seed}:{video_id}:{category}')
            taken = [video_id]
            while len(taken) < min(k + 1, len(members)):
                one = members[draw.randrange(len(members))]
                if one not in taken:
                    taken.append(one)
            names = [labels.videos[one]['name'] for one in taken]
            yield SupportPair(
                video_id, names[0], (category,), tuple(names[1:])
            )
