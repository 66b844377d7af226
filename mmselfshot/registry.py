"""The registries of mmselfshot, children of mmdet's.

All 20 of mmdet are defined, so that a type without a scope is looked up
here, then in mmdet, then in mmengine, in this order and whatever was
imported before. Importing this module applies `mmselfshot.utils.compat`.
"""

from mmdet import registry as mmdet_registry
from mmengine.registry import Registry

from mmselfshot.utils.compat import apply_compat

SCOPE = 'mmselfshot'


def _child(name: str, *locations: str) -> Registry:
    parent = getattr(mmdet_registry, name)
    return Registry(
        parent.name, parent=parent, scope=SCOPE, locations=list(locations)
    )


RUNNERS = _child('RUNNERS', 'mmselfshot.engine')
RUNNER_CONSTRUCTORS = _child('RUNNER_CONSTRUCTORS', 'mmselfshot.engine')
LOOPS = _child('LOOPS', 'mmdet.engine', 'mmselfshot.engine')
HOOKS = _child('HOOKS', 'mmdet.engine.hooks', 'mmselfshot.engine')
DATASETS = _child('DATASETS', 'mmdet.datasets', 'mmselfshot.datasets')
DATA_SAMPLERS = _child(
    'DATA_SAMPLERS', 'mmdet.datasets.samplers', 'mmselfshot.datasets'
)
TRANSFORMS = _child(
    'TRANSFORMS', 'mmdet.datasets.transforms', 'mmselfshot.datasets'
)
MODELS = _child(
    'MODELS', 'mmdet.models', 'mmselfshot.models', 'mmselfshot.labelling'
)
MODEL_WRAPPERS = _child('MODEL_WRAPPERS', 'mmselfshot.engine')
WEIGHT_INITIALIZERS = _child('WEIGHT_INITIALIZERS', 'mmselfshot.models')
OPTIMIZERS = _child('OPTIMIZERS', 'mmselfshot.engine')
OPTIM_WRAPPERS = _child('OPTIM_WRAPPERS', 'mmselfshot.engine')
OPTIM_WRAPPER_CONSTRUCTORS = _child(
    'OPTIM_WRAPPER_CONSTRUCTORS', 'mmdet.engine', 'mmselfshot.engine'
)
PARAM_SCHEDULERS = _child(
    'PARAM_SCHEDULERS', 'mmdet.engine', 'mmselfshot.engine'
)
METRICS = _child('METRICS', 'mmdet.evaluation', 'mmselfshot.evaluation')
EVALUATOR = _child('EVALUATOR', 'mmdet.evaluation', 'mmselfshot.evaluation')
TASK_UTILS = _child(
    'TASK_UTILS',
    'mmdet.models',
    'mmselfshot.models',
    'mmselfshot.labelling',
    'mmselfshot.retrieval',
)
VISUALIZERS = _child(
    'VISUALIZERS', 'mmdet.visualization', 'mmselfshot.visualization'
)
VISBACKENDS = _child(
    'VISBACKENDS', 'mmdet.visualization', 'mmselfshot.visualization'
)
LOG_PROCESSORS = _child('LOG_PROCESSORS', 'mmselfshot.engine')

apply_compat()
