"""Tables in pages."""

import pytest

from mmselfshot.utils import UserError
from mmselfshot.utils.page_tables import put_into_page


def test_table_replaces_what_stands_in_the_page(tmp_path):
    page = tmp_path / 'uvis.md'
    page.write_text('a\n<!-- ladder -->\nold\n<!-- end of ladder -->\nb\n')
    put_into_page(page, 'new\n', 'ladder')
    assert page.read_text() == (
        'a\n<!-- ladder -->\nnew\n<!-- end of ladder -->\nb\n'
    )
    with pytest.raises(UserError, match='has no lines <!-- other -->'):
        put_into_page(page, 'new\n', 'other')
