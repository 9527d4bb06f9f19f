"""Page objects: what a reader can do on a page of the site, and what can be read from it.

window      a browser window on the site, which lets nothing out to another host
placements  which explorer stands on which page, found in the built site
explorer    an explorer in an open page: its controls, its picture, its address
picture     the pixels of a canvas
scripts     what the page is asked, in JavaScript that every engine runs
expected    what an explorer must show, computed by `nwcore`
lab         JupyterLab with explorers and the kernel behind them
"""
