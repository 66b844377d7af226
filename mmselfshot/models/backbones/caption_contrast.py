"""Training a CLIP model on pictures and their captions.

Source: CLIP (arXiv 2103.00020), Fig. 3: cosines of all pictures with all
texts of a batch, cross-entropy along rows and columns.
Ours: captions of a toy world repeat themselves, so every text that is true of
a picture counts as its own, with equal weight, as in UniCL
(arXiv 2204.03610).
Shapes: B pictures, M different texts, K kinds, C features.
"""

from collections.abc import Sequence

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmselfshot.datasets.caption_words import is_true_of
from mmselfshot.models.backbones.kind_classifier import set_cross_entropy
from mmselfshot.registry import MODELS

_LARGEST_SCALE = 100.0  # as in CLIP


def contrast(
    images: Tensor, texts: Tensor, is_true: Tensor, scale: Tensor
) -> Tensor:
    """Cross-entropy of pictures to texts and of texts to pictures.

    Args:
        images: (B, C) float, unit length.
        texts: (M, C) float, unit length, of different texts.
        is_true: (B, M) bool; each row and each column has a True.
        scale: Scalar float that multiplies the cosines.

    Returns:
        Scalar float, mean of both directions.
    """
    logits = scale * images @ texts.T
    target = is_true.to(logits)
    return 0.5 * (
        set_cross_entropy(logits, target)
        + set_cross_entropy(logits.T, target.T)
    )


@MODELS.register_module()
class CaptionContrast(BaseModel):
    """A CLIP model with its contrastive loss.

    Args:
        clip: Config of `OpenCLIP`.
        kinds: Names that predictions choose among.
        prompt: Text for a name; `{}` is the name.
        data_preprocessor: Config, see `StillJitter`.
        init_cfg: See `mmengine.model.BaseModule`.
    """

    def __init__(
        self,
        clip: dict,
        kinds: Sequence[str],
        prompt: str = 'a photo of {}',
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        jitter = MODELS.build(data_preprocessor or dict(type='StillJitter'))
        super().__init__(jitter, init_cfg)
        # on a CPU this order of the pixels makes training 1.5 times faster
        self.clip = MODELS.build(clip).to(memory_format=torch.channels_last)
        self.prompts = [prompt.format(kind) for kind in kinds]

    def forward(
        self,
        inputs: Tensor,
        data_samples: dict[str, list] | None = None,
        mode: str = 'tensor',
    ) -> Tensor | dict | list[dict]:
        """Features, loss or zero-shot answers.

        Args:
            inputs: (B, 3, H, W) float, normalised.
            data_samples: `text`, `caption` and `kinds` of
                `StillCaptionDataset`, B of each.
            mode: 'loss', 'predict' or 'tensor'.

        Returns:
            tensor: (B, C) float, unit length; loss: `{'loss_caption':
            scalar, 'scale': scalar}`; predict: B dicts with `logits` (K,)
            and `kinds` (K,).
        """
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        images = self.clip.images(inputs)
        if mode == 'loss':
            return self._loss(images, data_samples)
        if mode == 'predict':
            logits = images @ self.clip.encode_texts(self.prompts).T
            return [
                dict(logits=row.cpu(), kinds=kinds.cpu())
                for row, kinds in zip(logits, data_samples['kinds'])
            ]
        return images

    def _loss(self, images: Tensor, data_samples: dict[str, list]) -> dict:
        texts = list(dict.fromkeys(data_samples['text']))
        is_true = torch.tensor(
            [
                [is_true_of(text, caption) for text in texts]
                for caption in data_samples['caption']
            ],
            device=images.device,
        )
        scale = self.clip.clip.logit_scale.exp().clamp(max=_LARGEST_SCALE)
        loss = contrast(images, self.clip.texts(texts), is_true, scale)
        return dict(loss_caption=loss, scale=scale.detach())
