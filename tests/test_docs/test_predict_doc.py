"""The code in docs/predict.md runs, and its names exist."""

import re

from tiny_prediction import moving_squares, write_frames, write_model
from tool_sources import known_options


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf'```{language}\n(.*?)```', text, re.DOTALL)


def test_python_of_the_page_runs(repo, tmp_path, monkeypatch, capsys):
    config, checkpoint = write_model(tmp_path)
    config.rename(tmp_path / 'config.py')
    checkpoint.rename(tmp_path / 'checkpoint.pth')
    write_frames(tmp_path / 'my_videos' / 'clip', moving_squares(2))
    (tmp_path / 'my_videos' / 'bad.mp4').write_text('not a video')
    monkeypatch.chdir(tmp_path)
    (code,) = blocks((repo / 'docs' / 'predict.md').read_text(), 'python')
    code = code.replace("'checkpoint.pth')", "'checkpoint.pth', score_thr=0)")
    names: dict = {}
    exec(code, names)
    printed = capsys.readouterr().out
    assert 'bad my_videos/bad.mp4 cannot be read' in printed
    assert re.search(r'clip (square|bar|dot) 0\.\d+', printed)
    assert (tmp_path / 'out' / 'clip' / 'film.mp4').is_file()
    images = moving_squares(2)
    assert names['predict'].predict_video(images)
    assert len(names['predict'].predict_tracks(images)[0]) == 10


def test_options_and_tools_of_the_page_exist(repo):
    text = (repo / 'docs' / 'predict.md').read_text()
    source = (repo / 'tools' / 'predict.py').read_text()
    options = set(re.findall(r'^\| `(--[a-z-]+)`', text, re.MULTILINE))
    assert options | {'--out'} == known_options(source)
    for tool in re.findall(r'tools/[\w/]+\.py', text):
        assert (repo / tool).is_file(), tool
