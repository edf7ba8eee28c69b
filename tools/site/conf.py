"""Settings of Sphinx for the site; ``tools/site/build.py`` lays it beside the sources."""

from lossctl.version import __version__

project = "lossctl"
release = __version__
extensions = ["myst_parser"]
html_theme = "furo"
html_title = f"lossctl {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
html_show_copyright = False
highlight_language = "text"
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure", "myst.header"]
