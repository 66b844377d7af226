"""Which keys `--cfg-options` may set.

mmengine merges any key, so that a typo changes nothing and says nothing.
Here a key must exist in the config, or be an argument of the class or of
the part of the Runner that stands there, or be written `+key=value`.
"""

import ast
import copy
import difflib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmengine.config import Config, ConfigDict, DictAction

from mmselfshot.utils.errors import UserError

_SPECIAL = {'type', '_delete_', '_scope_'}
# What mmengine's Runner takes out of the config beside its own arguments.
_RUNNER_EXTRAS = {
    'activation_checkpointing',
    'compile',
    'custom_imports',
    'efficient_conv_bn_eval',
    'find_unused_parameters',
    'labelling',
    'model_wrapper_cfg',
    'runner_type',
    'sync_bn',
    'tta_model',
    'tta_pipeline',
}
_LOADER_EXTRAS = {'dataset', 'sampler', 'batch_sampler', 'num_batch_per_epoch'}
_HOOK_NAMES = {
    'runtime_info',
    'timer',
    'sampler_seed',
    'logger',
    'param_scheduler',
    'checkpoint',
}
_PARAMWISE = {
    'custom_keys',
    'lr_mult',
    'decay_mult',
    'bias_lr_mult',
    'bias_decay_mult',
    'norm_decay_mult',
    'flat_decay_mult',
    'dwconv_decay_mult',
    'dcn_offset_lr_mult',
    'bypass_duplicate',
}
# Keys that a constructor takes away before the class sees its arguments.
_TAKEN_BEFORE = {
    'OPTIM_WRAPPERS': {'constructor', 'paramwise_cfg'},
    'PARAM_SCHEDULERS': {'convert_to_iter_based'},
}


def apply_options(cfg: Config, options: Sequence[str]) -> None:
    """Merge `key=value` texts into a config, refusing unknown keys.

    Args:
        cfg: Changed in place.
        options: As given on the command line; values as in mmengine's
            `DictAction`; a Python dict replaces what was there; list items
            as `pipeline.0.scale=(96, 160)`.

    Raises:
        UserError: If an option has no `=`, a value cannot be read, or a new
            key fits nowhere.
    """
    parsed, added = {}, set()
    for option in options:
        key, equals, value = option.partition('=')
        if not equals or not key.strip('+'):
            raise UserError(
                f'--cfg-options {option}: expected key=value; write the '
                'key, an equals sign and the value without blanks'
            )
        if key.startswith('+'):
            key = key[1:]
            added.add(key)
        parsed[key] = _read_value(key, value)
    for key in parsed:
        _check_way(cfg, key)
    merged = Config(cfg.to_dict())
    _put(merged, parsed)
    for key in parsed:
        if key not in added:
            _check_key(cfg, merged, key)
    _put(cfg, parsed)


def _read_value(key: str, value: str) -> Any:
    """Read a value; mmengine's reader knows no dicts and never ends there."""
    try:
        if value.startswith('{'):
            return {**ast.literal_eval(value)}
        return DictAction._parse_iterable(value)
    except (
        *(ValueError, TypeError, SyntaxError),
        *(AssertionError, RecursionError),
    ):
        raise UserError(
            f'--cfg-options {key}: cannot read {value}; expected a Python '
            "value such as 3, 0.5, text, [1,2] or {'a':1}"
        ) from None


def _put(cfg: Config, values: Mapping[str, Any]) -> None:
    """Put values in place of what is there.

    mmengine would merge dicts, and leave its own `_delete_` in new ones.
    """
    for key, value in values.items():
        first, *rest = key.split('.')
        cfg[first] = _with(cfg.get(first), rest, copy.deepcopy(value))


def _with(node: Any, parts: Sequence[str], value: Any) -> Any:
    """A copy of a node with a value at the end of a way of keys."""
    if not parts:
        return ConfigDict(value) if isinstance(value, dict) else value
    first, *rest = parts
    if isinstance(node, (list, tuple)):
        items = list(node)
        items[int(first)] = _with(items[int(first)], rest, value)
        return type(node)(items)
    changed = ConfigDict() if node is None else copy.copy(node)
    changed[first] = _with(changed.get(first), rest, value)
    return changed


def _check_way(cfg: Config, key: str) -> None:
    """Refuse a key that leads through a number or past the end of a list."""
    node: Any = cfg
    parts = key.split('.')
    for depth, part in enumerate(parts):
        place = '.'.join(parts[:depth])
        if isinstance(node, (list, tuple)):
            if not part.isdigit() or int(part) >= len(node):
                raise UserError(
                    f'--cfg-options {key}: {place} is a list of {len(node)}; '
                    f'expected an index from 0 to {len(node) - 1}, found '
                    f'{part!r}; correct the key'
                )
            node = node[int(part)]
        elif isinstance(node, (dict, Config)):
            if part not in node:
                return
            node = node[part]
        else:
            raise UserError(
                f'--cfg-options {key}: {place} is {node!r} and holds no '
                f'keys; expected {place}=value; correct the key'
            )


def _check_key(before: Config, merged: Config, key: str) -> None:
    old, new = before, merged
    parts = key.split('.')
    for depth, part in enumerate(parts):
        if isinstance(new, (list, tuple)):
            part = int(part)
            old = old[part] if old is not None else None
            new = new[part]
            continue
        exists = old is not None and part in old
        place = parts[:depth]
        if not exists and part not in _SPECIAL:
            arguments = arguments_at(merged, place)
            if part not in arguments:
                nearest = _nearest(before, parts, depth, arguments)
                raise UserError(
                    f'--cfg-options {key}: the config has no such key and '
                    f'nothing there takes one; the nearest is {nearest}; '
                    f'write +{key}=... to add it all the same'
                )
        old = old[part] if exists else None
        new = new[part]
        if not isinstance(old, (dict, list, tuple, Config)):
            old = None


def arguments_at(cfg: Config, place: Sequence[str]) -> set[str]:
    """Name the keys that the code reads at a place of the config.

    Args:
        cfg: The config with all options merged.
        place: Keys from the root to a dict; empty for the root.

    Returns:
        Argument names of the registered class named by `type` there, or of
        the part of the Runner that reads the place; else empty.
    """
    node: Any = cfg
    for part in place:
        is_list = isinstance(node, (list, tuple))
        node = node[int(part)] if is_list else node[part]
    if not place:
        from mmengine.runner import Runner

        return _parameters(Runner) - {'cfg'} | _RUNNER_EXTRAS
    if not isinstance(node, (dict, Config)):
        return set()
    if isinstance(node.get('type'), str):
        return _arguments_of_type(node['type'])
    return _arguments_of_runner(list(place))


def _arguments_of_runner(place: list[str]) -> set[str]:
    """Name the keys of the dicts without `type` that the Runner reads."""
    from mmengine.runner import IterBasedTrainLoop, Runner, TestLoop, ValLoop
    from mmengine.utils.dl_utils import set_multi_processing
    from torch.nn.utils import clip_grad_norm_
    from torch.utils.data import DataLoader

    name, depth = place[-1], len(place)
    if depth == 1 and name.endswith('_dataloader'):
        return _parameters(DataLoader) | _LOADER_EXTRAS
    if name == 'paramwise_cfg':
        return _PARAMWISE
    if name == 'clip_grad':
        return _parameters(clip_grad_norm_) - {'parameters'}
    if place[0] == 'labelling':
        return _arguments_of_labelling(place)
    if place == ['env_cfg', 'mp_cfg']:
        return _parameters(set_multi_processing) - {'distributed'}
    if depth > 1:
        return set()
    filled = {'runner', 'dataloader', 'evaluator'}
    return {
        'train_cfg': _parameters(IterBasedTrainLoop) - filled | {'by_epoch'},
        'val_cfg': _parameters(ValLoop) - filled,
        'test_cfg': _parameters(TestLoop) - filled,
        'default_hooks': _HOOK_NAMES,
        'randomness': _parameters(Runner.set_randomness),
        'auto_scale_lr': {'enable', 'base_batch_size'},
        'env_cfg': {'cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'},
    }.get(name, set())


def _arguments_of_labelling(place: list[str]) -> set[str]:
    from mmselfshot.labelling.labelling_settings import LabellingSettings

    if place == ['labelling']:
        return _parameters(LabellingSettings) - {'custom_imports'}
    return {'root', 'ann_file'} if place == ['labelling', 'videos'] else set()


def _arguments_of_type(name: str) -> set[str]:
    from mmengine.registry import DefaultScope, Registry

    from mmselfshot import registry

    with DefaultScope.overwrite_default_scope(registry.SCOPE):
        for key, candidate in vars(registry).items():
            if isinstance(candidate, Registry):
                found = candidate.get(name)
                if found is not None:
                    return _parameters(found) | _TAKEN_BEFORE.get(key, set())
    return set()


def _parameters(target: Any) -> set[str]:
    """Name the arguments, following `**kwargs` to the base classes."""
    if not inspect.isclass(target):
        return set(inspect.signature(target).parameters) - {'self'}
    names: set[str] = set()
    for owner in target.__mro__:
        if '__init__' not in vars(owner) or owner is object:
            continue
        parameters = inspect.signature(owner.__init__).parameters.values()
        open_kinds = {p.kind for p in parameters}
        names |= {
            p.name
            for p in parameters
            if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        }
        if inspect.Parameter.VAR_KEYWORD not in open_kinds:
            break
    return names - {'self'}


def _nearest(
    cfg: Config, parts: list[str], depth: int, arguments: set[str]
) -> str:
    """Find the existing or possible key that looks most like a new one."""
    existing = dict.fromkeys(_all_keys(cfg.to_dict()))
    place = '.'.join(parts[:depth])
    prefix = f'{place}.' if place else ''
    siblings = [
        key[len(prefix) :]
        for key in existing
        if key.startswith(prefix) and '.' not in key[len(prefix) :]
    ]
    close = difflib.get_close_matches(
        parts[depth], [*siblings, *sorted(arguments)], n=1
    )
    if close:
        corrected = '.'.join([prefix + close[0], *parts[depth + 1 :]])
        return corrected if corrected in existing else prefix + close[0]
    key = '.'.join(parts)
    same_end = [k for k in existing if k.split('.')[-1] == parts[-1]]
    return max(
        same_end or existing,
        key=lambda k: difflib.SequenceMatcher(None, k, key).ratio(),
    )


def _all_keys(node: Any, prefix: str = '') -> Iterator[str]:
    if isinstance(node, dict):
        items = node.items()
    elif isinstance(node, (list, tuple)):
        items = enumerate(node)
    else:
        return
    for key, value in items:
        yield f'{prefix}{key}'
        yield from _all_keys(value, f'{prefix}{key}.')
