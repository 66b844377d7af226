"""What happens to a batch before the network sees it."""

from mmselfshot.models.data_preprocessors.copy_paste import CopyPaste

__all__ = ['CopyPaste']
