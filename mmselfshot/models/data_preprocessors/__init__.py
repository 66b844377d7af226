"""What happens to a batch before the network sees it."""

from mmselfshot.models.data_preprocessors.copy_paste import CopyPaste
from mmselfshot.models.data_preprocessors.episode_preprocessor import (
    EpisodePreprocessor,
)

__all__ = ['CopyPaste', 'EpisodePreprocessor']
