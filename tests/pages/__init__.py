"""Page objects: what a reader can do on a page of the site, and what can be read from it.

window      a browser window on the site, which lets nothing out to another host
webdriver   the same hands in a browser that Playwright does not drive
drivers     Firefox and WebKit, and how each is started and driven
engines     a window of any engine on the site, and the mark that runs a test in all of them
placements  which explorer stands on which page, found in the built site
explorer    an explorer in an open page: its controls, its picture, its address
picture     the pixels of a canvas
scripts     what the page is asked, in JavaScript that every engine runs
expected    what an explorer must show, computed by `nwcore`
lab         JupyterLab with explorers and the kernel behind them
"""
