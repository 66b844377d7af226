"""Films and contact sheets of videos in a label file.

`write_films` puts the true tracks beside the predicted ones of a result
file; `write_label_films` shows what a label file holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.utils import UserError, write_atomically
from mmselfshot.utils.video_io import FOLDER_FPS, read_image
from mmselfshot.utils.video_writer import VideoWriter
from mmselfshot.visualization.draw import contact_sheet, side_by_side
from mmselfshot.visualization.palette import MAX_TRACKS
from mmselfshot.visualization.tracks import (
    Track,
    tracks_from_results,
    true_tracks,
)
from mmselfshot.visualization.video_visualizer import VideoVisualizer

_POSTER_FRAMES = 4


class Panel(NamedTuple):
    """One column of a film."""

    title: str
    tracks: Sequence[Track]
    labelled: frozenset[int] = frozenset()


def write_films(
    results: str | Path | Sequence[dict],
    label_file: str | Path | LabelFile,
    images_dir: str | Path,
    out_dir: str | Path,
    video_ids: Iterable[int] | None = None,
    gt: bool = True,
    score_thr: float | None = None,
    fps: float = FOLDER_FPS,
) -> list[Path]:
    """Write a film and a poster per video, truth left, prediction right.

    Predictions are chosen as `tracks_from_results` says. Those that overlap
    a true object get its number and colour, the others further ones.

    Args:
        results: A result list, or the path of one.
        label_file: A label file, or its path; its annotations may be absent.
        images_dir: The folder that `file_names` start from.
        out_dir: Gets `<video id>.mp4` and `<video id>.png`.
        video_ids: Which videos; None for all of the label file.
        gt: Show the true tracks, if the label file has annotations.
        score_thr: Least score shown; None for that of the identity switches.
        fps: Frames per second.

    Returns:
        The paths of the films.

    Raises:
        UserError: If a file is missing or wrong, a video id is not in the
            label file, or the disk is full.
    """
    from mmselfshot.evaluation.result_file import read_results
    from mmselfshot.evaluation.vis_identity import SCORE_THR

    labels = _as_labels(label_file)
    if isinstance(results, (str, Path)):
        results = read_results(results)
    names = {one['id']: one['name'] for one in labels.categories}
    score_thr = SCORE_THR if score_thr is None else score_thr
    films = []
    for video_id in _known_ids(labels, video_ids):
        video = labels.videos[video_id]
        size = video['height'], video['width']
        predicted = tracks_from_results(
            [one for one in results if one['video_id'] == video_id],
            names,
            size,
            score_thr,
        )
        panels = []
        if gt and labels.has_annotations:
            true = true_tracks(labels.annotations[video_id], names)
            predicted = _take_numbers(predicted, true, size)
            panels.append(Panel('ground truth', true))
        panels.append(Panel('prediction', predicted))
        paths = frame_paths(video, images_dir)
        film = Path(out_dir) / f'{video_id}.mp4'
        films.append(write_film(film, paths, size, panels, fps))
    return films


def write_label_films(
    label_file: str | Path | LabelFile,
    images_dir: str | Path,
    out_dir: str | Path,
    video_ids: Iterable[int] | None = None,
    fps: float = FOLDER_FPS,
) -> list[Path]:
    """Write a film and a poster per video of a label file.

    Labelled frames have a yellow border; where all frames are labelled, none
    has one.

    Returns:
        The paths of the films.

    Raises:
        UserError: See `write_films`.
    """
    labels = _as_labels(label_file)
    names = {one['id']: one['name'] for one in labels.categories}
    films = []
    for video_id in _known_ids(labels, video_ids):
        video = labels.videos[video_id]
        labelled = frozenset(labels.labelled_frames(video_id))
        length = len(video['file_names'])
        title = f'video {video_id}'
        if len(labelled) < length:
            title += f', labelled {len(labelled)} of {length} (yellow)'
        else:
            labelled = frozenset()
        tracks = true_tracks(labels.annotations[video_id], names)
        film = write_film(
            Path(out_dir) / f'{video_id}.mp4',
            frame_paths(video, images_dir),
            (video['height'], video['width']),
            [Panel(title, tracks, labelled)],
            fps,
        )
        films.append(film)
    return films


def write_film(
    path: Path,
    frames: Sequence[Path],
    size: tuple[int, int],
    panels: Sequence[Panel],
    fps: float,
) -> Path:
    """Write one mp4, and beside it a png with a few of its pictures.

    Args:
        path: Ending in .mp4.
        frames: T image files, at least one.
        size: Height and width of the frames, in pixels.
        panels: What stands side by side.
        fps: Frames per second.

    Returns:
        `path`.

    Raises:
        UserError: If a frame is missing, cut or of another size, or the
            disk is full.
    """
    drawers = [VideoVisualizer(one.tracks, size, one.title) for one in panels]
    num_posters = min(_POSTER_FRAMES, len(frames))
    shown = set(np.linspace(0, len(frames) - 1, num_posters).round().tolist())
    posters = []
    with VideoWriter(path, fps) as writer:
        for index, file in enumerate(frames):
            image = read_image(file)
            if image.shape[:2] != size:
                raise UserError(
                    f'frame {file} is {image.shape[1]}x{image.shape[0]}, its '
                    f'video {size[1]}x{size[0]} (width x height); correct '
                    'the label file or the frame'
                )
            picture = side_by_side(
                [
                    drawer.draw(image, index, index in panel.labelled)
                    for drawer, panel in zip(drawers, panels)
                ]
            )
            writer.add(picture)
            if index in shown:
                posters.append(picture)
    columns = 1 if len(panels) > 1 else 2
    write_picture(path.with_suffix('.png'), contact_sheet(posters, columns))
    return path


def write_picture(path: str | Path, picture: np.ndarray) -> None:
    """Write (H, W, 3) uint8 RGB as a PNG, whole or not at all."""
    from PIL import Image

    with write_atomically(path) as beside:
        Image.fromarray(picture).save(beside)


def frame_paths(video: dict, images_dir: str | Path) -> list[Path]:
    """The frames of a video of a label file.

    Raises:
        UserError: If the video has none.
    """
    if not video['file_names']:
        raise UserError(f'video {video["id"]} has no frame in its label file')
    return [Path(images_dir) / name for name in video['file_names']]


def _as_labels(label_file: str | Path | LabelFile) -> LabelFile:
    if isinstance(label_file, LabelFile):
        return label_file
    return LabelFile.load(label_file)


def _known_ids(
    labels: LabelFile, video_ids: Iterable[int] | None
) -> list[int]:
    if video_ids is None:
        return list(labels.videos)
    video_ids = list(video_ids)
    unknown = [one for one in video_ids if one not in labels.videos]
    if unknown:
        known = list(labels.videos)
        shown = ', '.join(map(str, known[:8]))
        dots = ', ...' if len(known) > 8 else ''
        raise UserError(
            f'no video {unknown[0]} in {labels.path or "the label file"}; '
            f'its ids are {shown}{dots}'
        )
    return video_ids


def _take_numbers(
    predicted: Sequence[Track],
    true: Sequence[Track],
    size: tuple[int, int],
) -> list[Track]:
    """Give a predicted track the number of the object that it follows."""
    free = (n for n in range(len(true) + 1, MAX_TRACKS + 1))
    numbers: dict[int, int] = {}
    if predicted and true:
        overlaps = _track_overlaps(predicted, true, size)
        rows, columns = linear_sum_assignment(overlaps, maximize=True)
        numbers = {
            row: true[column].number
            for row, column in zip(rows.tolist(), columns.tolist())
            if overlaps[row, column] > 0.1
        }
    return [
        replace(track, number=numbers.get(n) or next(free, MAX_TRACKS))
        for n, track in enumerate(predicted)
    ]


def _track_overlaps(
    predicted: Sequence[Track],
    true: Sequence[Track],
    size: tuple[int, int],
) -> np.ndarray:
    """(P, G) spatio-temporal IoU."""
    from mmselfshot.structures import Tracks
    from mmselfshot.structures.track_iou import frame_intersections

    both: list[Any] = []
    for group in (predicted, true):
        masks = [track.segmentations for track in group]
        names = [track.text for track in group]
        both.append(Tracks(masks, *size, names, len(masks[0])))
    shared = frame_intersections(*both).sum(0)
    areas, true_areas = (tracks.areas.sum(1) for tracks in both)
    unions = areas[:, None] + true_areas[None] - shared
    return shared / np.maximum(unions, 1)
