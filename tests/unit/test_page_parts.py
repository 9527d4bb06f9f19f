"""What pages get when the book is built: pictures as parts of them, and buttons to the source."""

from typing import cast
from xml.etree import ElementTree

import pytest
import yaml
from sphinx.application import Sphinx
from sphinx.config import Config

from nwbook.page import offer_source
from nwbook.paths import ROOT
from nwbook.svg import inline_svg

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" aria-labelledby="name">
<title id="name">Weights of
  one query</title><desc>Bars.</desc><g id="bars"/><use href="#bars"/></svg>"""


@pytest.mark.parametrize(
    ("label", "name"), [("", "Weights of one query"), ("Five bars", "Five bars")]
)
def test_a_picture_has_one_name_and_ids_of_its_own(label: str, name: str) -> None:
    root = ElementTree.fromstring(inline_svg(DRAWING, "nw3-", label))
    assert root.attrib["aria-label"] == name
    assert "aria-labelledby" not in root.attrib
    assert [child.tag.rpartition("}")[2] for child in root] == ["g", "use"]
    assert [child.get("id") or child.get("href") for child in root] == ["nw3-bars", "#nw3-bars"]


@pytest.mark.parametrize("address", ["", "https://github.com/name/book"])
def test_buttons_lead_to_the_source_where_it_has_an_address(address: str) -> None:
    launch = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["launch_buttons"]
    assert launch["binderhub_url"]
    config = Config()
    config.html_theme_options = {"repository_url": address, "launch_buttons": launch}
    offer_source(cast(Sphinx, None), config)
    buttons = ["use_repository_button", "use_edit_page_button", "use_issues_button"]
    assert [config.html_theme_options[button] for button in buttons] == [bool(address)] * 3
    assert ("launch_buttons" in config.html_theme_options) == bool(address)
