"""Several processes, with or without GPUs."""

import os
from datetime import timedelta

import torch
from mmengine.config import Config
from torch import distributed

from mmselfshot.utils import UserError

LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')
_ENVIRONMENT = {
    'pytorch': {'RANK': 'RANK', 'WORLD_SIZE': 'WORLD_SIZE'},
    'slurm': {
        'RANK': 'SLURM_PROCID',
        'WORLD_SIZE': 'SLURM_NTASKS',
        'LOCAL_RANK': 'SLURM_LOCALID',
    },
    'mpi': {
        'RANK': 'OMPI_COMM_WORLD_RANK',
        'WORLD_SIZE': 'OMPI_COMM_WORLD_SIZE',
        'LOCAL_RANK': 'OMPI_COMM_WORLD_LOCAL_RANK',
    },
}


def prepare_processes(cfg: Config, launcher: str, local_rank: int = 0) -> None:
    """Let the config run under a launcher, on gloo where there is no GPU.

    mmengine opens the group itself, but always asks CUDA for a device; so
    without a GPU the group is opened here, before the Runner.

    Args:
        cfg: Gets `launcher`, and a wrapper without device ids on the CPU.
        launcher: One of `LAUNCHERS`.
        local_rank: Given by old launchers instead of the environment.

    Raises:
        UserError: If the launcher's variables are missing, or if there are
            fewer GPUs than processes on this machine.
    """
    os.environ.setdefault('LOCAL_RANK', str(local_rank))
    cfg.launcher = launcher
    if launcher == 'none':
        return
    for ours, theirs in _ENVIRONMENT[launcher].items():
        if theirs not in os.environ:
            raise UserError(
                f'--launcher {launcher}: the variable {theirs} is not set; '
                'start with tools/dist_train.sh or tools/slurm_train.sh'
            )
        if launcher != 'pytorch':
            os.environ[ours] = os.environ[theirs]
    num_gpus = torch.cuda.device_count()
    if num_gpus:
        _check_number_of_gpus(num_gpus)
        return
    _open_gloo_group(cfg)
    wrapper = cfg.get('model_wrapper_cfg') or dict(
        type='MMDistributedDataParallel',
        find_unused_parameters=cfg.get('find_unused_parameters', False),
        broadcast_buffers=False,
    )
    wrapper['device_ids'] = None
    cfg.model_wrapper_cfg = wrapper


def _check_number_of_gpus(num_gpus: int) -> None:
    local_rank = int(os.environ['LOCAL_RANK'])
    if local_rank >= num_gpus:
        raise UserError(
            f'process {local_rank} of this machine found {num_gpus} GPUs; '
            f'expected one GPU for each process; start {num_gpus}, or set '
            "CUDA_VISIBLE_DEVICES='' to run on the CPU"
        )


def _open_gloo_group(cfg: Config) -> None:
    os.environ.setdefault('MASTER_ADDR', '127.0.0.1')
    os.environ.setdefault('MASTER_PORT', '29500')
    env_cfg = cfg.get('env_cfg') or {}
    seconds = (env_cfg.get('dist_cfg') or {}).get('timeout', 1800)
    if not distributed.is_initialized():
        distributed.init_process_group(
            'gloo', timeout=timedelta(seconds=seconds)
        )


def is_first_process() -> bool:
    """Tell whether this process is the one that prints and writes."""
    return os.environ.get('RANK', '0') == '0'
