"""The numbers in docs/selfshot.md come from the records beside it."""

import pytest

from mmselfshot.apis.selfshot_checks import format_check
from mmselfshot.apis.selfshot_report import format_content
from mmselfshot.apis.selfshot_table import (
    choose_tables,
    make_runs,
    run_selfshot_checks,
    run_selfshot_table,
)

RECORDS = 'docs/records/selfshot_scenes'
TABLES = (
    *('summary', '2', '4a', '4b', '5', '9', '12', '13'),
    *('fig2', 'right', 'zero', 'encoding'),
)


@pytest.fixture(scope='module')
def page(repo):
    return (repo / 'docs/selfshot.md').read_text()


@pytest.fixture
def runs(repo, tmp_path):
    """Of all recorded seeds, with nothing but the records."""
    seeds = sorted(
        int(one.name.removeprefix('seed').removesuffix('.json.gz'))
        for one in (repo / RECORDS).iterdir()
    )
    return make_runs(
        *(repo, tmp_path, seeds),
        records=repo / RECORDS,
        world={'scene_prob': '0.9'},
    )


def test_tables_of_the_page_are_those_of_the_records(runs, page, tmp_path):
    name = 'selfshot-scenes'
    shown = page.split(f'<!-- {name} -->\n')[1].split(f'<!-- end of {name}')[0]
    made = run_selfshot_table(runs, tmp_path, choose_tables(TABLES))
    assert format_content(made) == shown


def test_checks_of_the_page_are_those_of_the_records(runs, page, tmp_path):
    for check in run_selfshot_checks(runs, tmp_path)['checks']:
        assert f'- {format_check(check)}\n' in page
