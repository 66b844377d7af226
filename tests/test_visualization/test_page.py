"""A page of texts, tables and pictures."""

import base64
import io

import numpy as np
from PIL import Image

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


def test_pixels_become_a_picture_of_the_page(tmp_path):
    image = np.full((8, 12, 3), 200, dtype=np.uint8)
    page = Page('p')
    page.add_image(image, 'a <clip>')
    page.write(tmp_path / 'page.html')
    text = (tmp_path / 'page.html').read_text()
    assert '<figcaption>a &lt;clip&gt;</figcaption>' in text
    _, content = text.split('data:image/jpeg;base64,')
    data = base64.b64decode(content.split('"')[0])
    with Image.open(io.BytesIO(data)) as found:
        assert found.size == (12, 8)
        assert np.abs(np.asarray(found).astype(int) - 200).max() <= 2
