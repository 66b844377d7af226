"""Promises that all tools keep, and the small tools for analysis."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_run import run_tool, write_tiny_config, write_tiny_videos
from tool_here import mistake_of_tool, output_of_tool

TOOLS = Path(__file__).resolve().parents[2] / 'tools'
PYTHON_TOOLS = sorted(
    str(path.relative_to(TOOLS))
    for path in TOOLS.rglob('*.py')
    if 'benchmarks' not in path.parts
)
SHELL_TOOLS = ['dist_train', 'dist_test', 'slurm_train', 'slurm_test']


@pytest.mark.parametrize('tool', PYTHON_TOOLS)
def test_help_has_an_example(tool, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', [Path(tool).name, '--help'])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(TOOLS / tool), run_name='__main__')
    assert ended.value.code == 0
    usage, *rest = capsys.readouterr().out.split(Path(tool).name)
    assert usage == 'usage: '
    assert len(rest) >= 2  # after usage comes at least one example


@pytest.mark.parametrize('tool', PYTHON_TOOLS)
def test_tool_ends_with_run_tool(tool):
    text = (TOOLS / tool).read_text()
    assert text.endswith("if __name__ == '__main__':\n    run_tool(main)\n")


@pytest.mark.parametrize('tool', SHELL_TOOLS)
def test_launcher_says_how_to_call_it(tool, tmp_path):
    done = run_tool(f'{tool}.sh', '--help', cwd=tmp_path)
    assert done.returncode == 0
    assert f'{tool}.sh' in done.stdout
    assert '#' not in done.stdout


@pytest.mark.parametrize('kind', ['train', 'test'])
def test_slurm_asks_for_what_it_is_told(kind, tmp_path):
    """A stand-in for srun prints its command line."""
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\necho "$@"\n')
    srun.chmod(0o755)
    done = run_tool(
        f'slurm_{kind}.sh',
        *('part', 'job', 'c.py', 'last.pth', '--work-dir', 'w'),
        cwd=tmp_path,
        PATH=f'{tmp_path}:/usr/bin:/bin',
        GPUS='4',
        GPUS_PER_NODE='2',
        SRUN_ARGS='--time 5',
    )
    words = done.stdout.split()
    assert words[:4] == ['--partition', 'part', '--job-name', 'job']
    asked = '--gres gpu:2 --ntasks 4 --ntasks-per-node 2 --cpus-per-task 5'
    assert asked in done.stdout
    assert '--kill-on-bad-exit=1 --time 5' in done.stdout
    assert words[-7:-5] == [str(TOOLS / f'{kind}.py'), '--launcher']
    assert words[-5:] == ['slurm', 'c.py', 'last.pth', '--work-dir', 'w']


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    root = tmp_path_factory.mktemp('tiny')
    write_tiny_videos(root, num_videos=1)
    return write_tiny_config(root)


def test_printed_config_holds_options_and_bases(config, monkeypatch, capsys):
    printed = output_of_tool(
        *(monkeypatch, capsys, config.parent),
        *('analysis_tools/print_config.py', config),
        *('--cfg-options', 'train_cfg.max_iters=77'),
    )
    assert 'max_iters=77' in printed
    assert "default_scope = 'mmselfshot'" in printed
    compile(printed, 'printed', 'exec')


def test_flops_of_a_clip(config, monkeypatch, capsys):
    """Convolutions and linear layers grow with the number of frames."""
    printed = output_of_tool(
        *(monkeypatch, capsys, config.parent),
        *('analysis_tools/get_flops.py', config),
        *('--frames', 2, '--size', 64, 96),
    )
    assert 'weights: 0.2' in printed
    assert 'for 2 frames of 64x96' in printed


def test_logs_of_no_run_are_one_line(tmp_path, monkeypatch, capsys):
    line = mistake_of_tool(
        monkeypatch, capsys, tmp_path, 'analysis_tools/analyze_logs.py', 'none'
    )
    assert line.startswith('error: no scalars.json in none')


def test_makefile_lists_its_targets(repo):
    done = subprocess.run(
        ['make', 'help'], cwd=repo, capture_output=True, text=True, check=True
    )
    targets = [line.split()[1] for line in done.stdout.splitlines()]
    assert targets == [
        *('help', 'setup', 'demo', 'demo-minvis', 'demo-selfshot'),
        *('test', 'test-slow', 'test-onedl', 'check', 'bench', 'format'),
    ]


def test_set_up_leaves_a_folder_of_files_alone(tmp_path, repo):
    """One line, and nothing removed."""
    (tmp_path / 'mine').write_text('x')
    done = subprocess.run(
        ['bash', str(repo / 'tools' / 'setup.sh')],
        cwd=tmp_path,
        env={'PATH': '/usr/bin:/bin', 'HOME': str(tmp_path)}
        | {'VENV': str(tmp_path), 'PYTHON': sys.executable},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert 'is no virtual environment, and not empty' in done.stderr
    assert (tmp_path / 'mine').read_text() == 'x'
