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
    *('summary', '1', '2', '3', '10', '4a', '4b', '5', '9', '12', '13'),
    *('fig2', 'right', 'zero', 'encoding'),
)


@pytest.fixture(scope='module')
def page(repo):
    return (repo / 'docs/selfshot.md').read_text()


def recorded_runs(repo, folder, records=RECORDS):
    """Of all recorded seeds, with nothing but the records."""
    seeds = sorted(
        int(one.name.removeprefix('seed').removesuffix('.json.gz'))
        for one in (repo / records).iterdir()
    )
    return make_runs(
        *(repo, folder, seeds),
        records=repo / records,
        world={'scene_prob': '0.9'},
    )


def test_tables_of_the_page_are_those_of_the_records(repo, page, tmp_path):
    name = 'selfshot'
    shown = page.split(f'<!-- {name} -->\n')[1].split(f'<!-- end of {name}')[0]
    runs = recorded_runs(repo, tmp_path)
    made = run_selfshot_table(runs, tmp_path, choose_tables(TABLES))
    assert format_content(made) == shown


@pytest.mark.parametrize('records', [RECORDS, f'{RECORDS}_check'])
def test_checks_of_the_page_are_those_of_the_records(
    repo, page, tmp_path, records
):
    runs = recorded_runs(repo, tmp_path, records)
    for check in run_selfshot_checks(runs, tmp_path)['checks']:
        assert f'- {format_check(check)}\n' in page
