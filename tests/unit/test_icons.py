"""Icons of the themes, drawn into the pages when the book is built."""

import re

import pytest

from nwbook.delivery import ICON, draw_icon, drawing


@pytest.mark.parametrize(
    ("classes", "same"),
    [
        ("fas fa-rocket", ("fa-solid", "fa-rocket")),
        ("fab fa-github", ("fa-brands", "fa-github")),
        ("fa-brands fa-gitlab", ("fa-brands", "fa-gitlab")),
        ("fas fa-pencil-alt", ("fa-solid", "fa-pencil")),  # a former name
    ],
)
def test_an_icon_is_drawn_under_all_of_its_names(classes: str, same: tuple[str, str]) -> None:
    found = ICON.sub(draw_icon, f'<i class="{classes}"></i>')
    width, height, path = drawing(*same)
    assert f'viewBox="0 0 {width} {height}"' in found
    assert re.findall(r' d="([^"]*)"', found) == [path]
    assert len(path) > 50
