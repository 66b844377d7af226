"""A page of texts, tables and pictures."""

import base64

import numpy as np

from mmselfshot.visualization.films import write_picture
from mmselfshot.visualization.page import Page


def test_page_holds_its_parts_in_order(tmp_path):
    picture = tmp_path / 'a.png'
    write_picture(picture, np.zeros((4, 6, 3), np.uint8))
    page = Page('1 < 2')
    page.add_heading('first')
    page.add_table(['', 'AP & AR'], [['row', '0.500']])
    page.add_picture(picture, 'video "1"')
    page.add_link('film', 'films/1.mp4')
    page.write(tmp_path / 'page.html')
    text = (tmp_path / 'page.html').read_text()
    content = base64.b64encode(picture.read_bytes()).decode()
    places = [
        text.index(part)
        for part in (
            '<title>1 &lt; 2</title>',
            '<h2>first</h2>',
            '<th>AP &amp; AR</th>',
            '<td>row</td><td>0.500</td>',
            'alt="video &quot;1&quot;"',
            content,
            'href="films/1.mp4"',
        )
    ]
    assert places == sorted(places)
