"""Scoring: pure functions, and the registered metric around them."""

from mmselfshot.evaluation.coco_episode_metric import CocoEpisodeMetric
from mmselfshot.evaluation.episode_metric import EpisodeMetric
from mmselfshot.evaluation.kind_metric import CellKindMetric, KindMetric
from mmselfshot.evaluation.label_quality import label_quality
from mmselfshot.evaluation.occlusion import occluded_videos
from mmselfshot.evaluation.paired import paired_difference
from mmselfshot.evaluation.query_class_ap import (
    foreground_ap_by_class,
    mean_over_classes,
)
from mmselfshot.evaluation.result_file import read_results, write_submission
from mmselfshot.evaluation.vis_ap import Precision, evaluate_vis
from mmselfshot.evaluation.vis_baseline import predict_mean_mask
from mmselfshot.evaluation.vis_metric import VISMetric
from mmselfshot.evaluation.vis_score import score_results, summarize

__all__ = [
    'CellKindMetric',
    'CocoEpisodeMetric',
    'EpisodeMetric',
    'KindMetric',
    'Precision',
    'VISMetric',
    'evaluate_vis',
    'foreground_ap_by_class',
    'label_quality',
    'mean_over_classes',
    'occluded_videos',
    'paired_difference',
    'predict_mean_mask',
    'read_results',
    'score_results',
    'summarize',
    'write_submission',
]
