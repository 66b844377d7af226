"""Scoring: pure functions, and the registered metric around them."""

from mmselfshot.evaluation.kind_metric import KindMetric
from mmselfshot.evaluation.label_quality import label_quality
from mmselfshot.evaluation.occlusion import occluded_videos
from mmselfshot.evaluation.paired import paired_difference
from mmselfshot.evaluation.result_file import read_results, write_submission
from mmselfshot.evaluation.vis_ap import Precision, evaluate_vis
from mmselfshot.evaluation.vis_baseline import predict_mean_mask
from mmselfshot.evaluation.vis_metric import VISMetric
from mmselfshot.evaluation.vis_score import score_results, summarize

__all__ = [
    'KindMetric',
    'Precision',
    'VISMetric',
    'evaluate_vis',
    'label_quality',
    'occluded_videos',
    'paired_difference',
    'predict_mean_mask',
    'read_results',
    'score_results',
    'summarize',
    'write_submission',
]
