"""DINO: a network taught by the moving average of itself.

Source: DINO (ICCV 2021), Sec. 3.1: several views of a picture; the teacher
sees the large ones, the student all of them, and each pair of different
views must get the same answer.
Ours: a second term of the same form on patches (`dense_weight`). A patch
must get the answer that the teacher gives near the same place in another
view. Pictures of a toy world are few, patches are many, and MaskCut needs
patches of one surface to be alike. The paper's teacher momentum is 0.996
over 100 epochs; a short training needs a faster teacher.
Shapes: B pictures, C channels, h w patches of a view, P prototypes.
"""

from copy import deepcopy

import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmselfshot.models.backbones.vit_blocks import attention_kernels
from mmselfshot.models.dino.distillation import (
    Centre,
    ProjectionHead,
    distillation_loss,
    rising_momentum,
    update_average,
)
from mmselfshot.models.dino.multi_crop import MultiCrop, View
from mmselfshot.registry import MODELS


class _Student(nn.Module):
    """Backbone and heads: what the teacher is the average of."""

    def __init__(
        self,
        backbone: dict,
        num_channels: tuple[int, int],
        num_prototypes: tuple[int, int],
        dense_level: int,
    ) -> None:
        super().__init__()
        self.backbone = MODELS.build(backbone)
        self.dense_level = dense_level
        whole, patch = (
            ProjectionHead(channels, prototypes)
            for channels, prototypes in zip(num_channels, num_prototypes)
        )
        self.head, self.patch_head = whole, patch

    def describe(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (B, C) and patches (B, C', h, w)."""
        if hasattr(self.backbone, 'tokens'):
            tokens = self.backbone.tokens(x)
            size = self.backbone.patch_size
            grid = (x.shape[2] // size, x.shape[3] // size)
            return tokens[:, 0], tokens[:, 1:].transpose(1, 2).unflatten(
                2, grid
            )
        maps = self.backbone(x)
        return maps[-1].mean((2, 3)), maps[self.dense_level]


@MODELS.register_module()
class DINOPretrainer(BaseModel):
    """Self-distillation of a backbone on pictures without labels.

    Args:
        backbone: `DINOVisionTransformer`, or a backbone that returns maps.
        num_channels: C of a picture's and of a patch's description.
        large: Options of `MultiCrop` for the two large views.
        small: Options of `MultiCrop` for the small views.
        num_small: How many small views.
        num_prototypes: P for pictures and for patches.
        dense_weight: Weight of the patches' term; 0 is the paper's DINO.
        dense_level: Which map has the patches (backbones of maps only).
        jitter: Standard deviation of the distance between a patch and its
            counterpart, of the picture's half side.
        momentum: Of the teacher at the start; it rises to 1.
        num_updates: Iterations until it is 1.
        temperature: Of the student.
        teacher_temperature: Of the teacher, for pictures and for patches.
        use_bfloat16: Whether the networks compute in bfloat16.
        data_preprocessor: Config; `ImgDataPreprocessor` that keeps [0, 255].
        mean: RGB mean, of 255.
        std: RGB standard deviation, of 255.
        init_cfg: See `mmengine.model.BaseModule`.
    """

    def __init__(
        self,
        backbone: dict,
        num_channels: tuple[int, int],
        large: dict,
        small: dict,
        num_small: int = 4,
        num_prototypes: tuple[int, int] = (256, 128),
        dense_weight: float = 0.0,
        dense_level: int = -1,
        jitter: float = 0.0,
        momentum: float = 0.99,
        num_updates: int = 1000,
        temperature: float = 0.1,
        teacher_temperature: tuple[float, float] = (0.04, 0.04),
        use_bfloat16: bool = False,
        data_preprocessor: dict | None = None,
        mean: tuple[float, float, float] = (123.675, 116.28, 103.53),
        std: tuple[float, float, float] = (58.395, 57.12, 57.375),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            data_preprocessor or dict(type='mmengine.ImgDataPreprocessor'),
            init_cfg,
        )
        self.student = _Student(
            backbone, num_channels, num_prototypes, dense_level
        )
        self.teacher = deepcopy(self.student).requires_grad_(False)
        self.centre, self.patch_centre = (
            Centre(prototypes, temperature=heat)
            for prototypes, heat in zip(num_prototypes, teacher_temperature)
        )
        self.large, self.small = MultiCrop(**large), MultiCrop(**small)
        self.num_small = num_small
        self.dense_weight = dense_weight
        self.jitter = jitter
        self.momentum = momentum
        self.num_updates = num_updates
        self.temperature = temperature
        self.use_bfloat16 = use_bfloat16
        self.register_buffer('mean', torch.tensor(mean)[:, None, None])
        self.register_buffer('std', torch.tensor(std)[:, None, None])
        self.register_buffer('update', torch.zeros((), dtype=torch.long))

    @property
    def backbone(self) -> nn.Module:
        """The teacher's backbone: what is worth keeping."""
        return self.teacher.backbone

    def forward(
        self,
        inputs: Tensor,
        data_samples: list | None = None,
        mode: str = 'tensor',
    ) -> Tensor | dict[str, Tensor] | list[dict]:
        """Learn from pictures, or describe them.

        Args:
            inputs: (B, 3, H, W) float RGB in [0, 255].
            data_samples: Not used for learning; passed on by 'predict'.
            mode: 'loss', 'predict' or 'tensor'.

        Returns:
            loss: `loss_picture` and `loss_patch`; tensor: (B, C) float, the
            teacher's description; predict: B dicts with `feature` (C,) and
            `sample`.
        """
        if mode == 'loss':
            return self._losses(inputs)
        self.teacher.eval()
        feature, _ = self._describe(self.teacher, inputs)
        if mode == 'tensor':
            return feature
        samples = data_samples or [None] * len(feature)
        return [
            dict(feature=row.cpu(), sample=sample)
            for row, sample in zip(feature, samples)
        ]

    def _describe(self, net: _Student, x: Tensor) -> tuple[Tensor, Tensor]:
        device = x.device.type
        with (
            attention_kernels(device, self.use_bfloat16),
            torch.autocast(device, torch.bfloat16, self.use_bfloat16),
        ):
            whole, patches = net.describe((x - self.mean) / self.std)
        return whole.float(), patches.float()

    def _move_teacher(self) -> None:
        """Once before each step but the first, so that no hook is needed."""
        step = int(self.update)
        if step:
            keep = rising_momentum(self.momentum, step, self.num_updates)
            update_average(self.teacher, self.student, keep)
        self.update += 1

    def _losses(self, pictures: Tensor) -> dict[str, Tensor]:
        self._move_teacher()
        large = [self.large(pictures) for _ in range(2)]
        small = [self.small(pictures) for _ in range(self.num_small)]
        with torch.no_grad():
            self.teacher.train()
            taught = self._describe(
                self.teacher, torch.cat([view.pixels for view in large])
            )
            logits = self.teacher.head(taught[0])
            patch_logits = self._patch_logits(self.teacher, taught[1])
        targets = self.centre.targets(logits).chunk(2)
        views, answers, patches = self._ask_student(large, small)
        pairs = [
            distillation_loss(answer, target, self.temperature)
            for j, target in enumerate(targets)
            for i, answer in enumerate(answers)
            if i != j
        ]
        losses = dict(loss_picture=torch.stack(pairs).mean())
        if self.dense_weight:
            losses['loss_patch'] = self.dense_weight * self._dense_loss(
                views, patches, large, patch_logits
            )
            self.patch_centre.update(patch_logits.flatten(2).mean((2,)))
        self.centre.update(logits)
        return losses

    def _ask_student(
        self, large: list[View], small: list[View]
    ) -> tuple[list[View], list[Tensor], list[Tensor]]:
        """Answers (B, P) and patches (B, C, h, w) of all views."""
        answers, patches = [], []
        for views in filter(None, (large, small)):
            whole, cells = self._describe(
                self.student, torch.cat([view.pixels for view in views])
            )
            answers += self.student.head(whole).chunk(len(views))
            patches += cells.chunk(len(views))
        return large + small, answers, patches

    @staticmethod
    def _patch_logits(net: _Student, patches: Tensor) -> Tensor:
        """(B, P, h, w) of patches (B, C, h, w)."""
        batch, _, height, width = patches.shape
        flat = patches.permute(0, 2, 3, 1).flatten(0, 2)
        logits = net.patch_head(flat).view(batch, height, width, -1)
        return logits.permute(0, 3, 1, 2)

    def _dense_loss(
        self,
        views: list[View],
        patches: list[Tensor],
        large: list[View],
        patch_logits: Tensor,
    ) -> Tensor:
        """Mean over the patches of all pairs of different views."""
        taught = patch_logits.chunk(2)
        students, targets = [], []
        for i, (view, cells) in enumerate(zip(views, patches)):
            answer = self._patch_logits(self.student, cells)
            places = view.places(*cells.shape[2:])
            places = places + self.jitter * torch.randn_like(places)
            for j, (other, logits) in enumerate(zip(large, taught)):
                if i == j:
                    continue
                local = other.local(places)
                inside = (local.abs() < 1).all(-1)
                found = F.grid_sample(logits, local, align_corners=False)
                students.append(answer.permute(0, 2, 3, 1)[inside])
                targets.append(found.permute(0, 2, 3, 1)[inside])
        return distillation_loss(
            torch.cat(students),
            self.patch_centre.targets(torch.cat(targets)),
            self.temperature,
        )
