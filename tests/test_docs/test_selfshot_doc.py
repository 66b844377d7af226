"""The numbers in docs/selfshot.md come from the records beside it."""

import pytest

from mmselfshot.apis.selfshot_report import format_content
from mmselfshot.apis.selfshot_table import (
    choose_tables,
    make_runs,
    run_selfshot_table,
)

RECORDS = 'docs/records/selfshot_scenes'
TABLES = ('summary', '12', '4a', 'right', '13', 'zero')


@pytest.fixture(scope='module')
def page(repo):
    return (repo / 'docs/selfshot.md').read_text()


def test_tables_of_the_page_are_those_of_the_records(repo, page, tmp_path):
    name = 'selfshot-scenes'
    shown = page.split(f'<!-- {name} -->\n')[1].split(f'<!-- end of {name}')[0]
    seeds = sorted(
        int(one.name.removeprefix('seed').removesuffix('.json.gz'))
        for one in (repo / RECORDS).iterdir()
    )
    runs = make_runs(
        *(repo, tmp_path, seeds),
        records=repo / RECORDS,
        world={'scene_prob': '0.9'},
    )
    made = run_selfshot_table(runs, tmp_path, choose_tables(TABLES))
    assert format_content(made) == shown
