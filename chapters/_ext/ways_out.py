"""The ways out of the site: to the code, to where a page can be run, to search engines, and home.

Two addresses decide what there is, both empty in `_config.yml` until the book has a home:

* `repository`, or `LOSSNB_REPOSITORY`: `OWNER/NAME` on GitHub. Code is linked to there, and
  notebooks to Colab and Binder. Without it the site holds the code itself, under `_code/`.
* `html_baseurl`, or `LOSSNB_SITE_URL`: where the site lies. Only then can a page say what its own
  address is, a sitemap list the pages, and a preview have a picture.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from editions import FOLDER, is_chinese, said
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer, TextLexer
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.pycode import ModuleAnalyzer

ROOT = Path(__file__).parents[2]
CODE = "_code"
# What the site holds of the code where there is no repository to link to.
HELD = (
    "LICENSE",
    "CITATION.cff",
    "chapters/LICENSE",
    "lossnb/*.py",
    "lossnb/losses/*.py",
    "lossnb/exercises/*.py",
    "tests/losses/test_*.py",
)
# What the notebooks call the repository.
BY_DEFAULT = "https://github.com/lossnb/lossnb"
NOT_ABSOLUTE = re.compile(r'\b((?:href|src|action|data-content_root)=")(?![#/]|[a-z][\w+.-]*:)')
CARD = "_static/card.png"

Context = dict[str, Any]


def configure(app: Sphinx, config: Config) -> None:
    """The environment goes before `_config.yml`; what both give is checked here."""
    repository = os.environ.get("LOSSNB_REPOSITORY") or config.repository
    if repository and not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise ConfigError(f"the repository must be given as OWNER/NAME, got {repository!r}")
    site = os.environ.get("LOSSNB_SITE_URL") or config.html_baseurl
    if site and not (re.match("https?://", site) and urlsplit(site).netloc):
        raise ConfigError(f"the site's URL must begin with https:// and a host, got {site!r}")
    config.repository = repository
    folder = FOLDER if is_chinese(config) else ""
    config.html_baseurl = f"{site.rstrip('/')}/{folder}" if site else ""
    config.linkcode_resolve = lambda domain, info: source_of(config, info)
    if repository:
        config.html_theme_options |= {
            "repository_url": f"https://github.com/{repository}",
            "repository_branch": "main",
            "path_to_docs": "chapters",
            "use_repository_button": True,
            "launch_buttons": {
                "colab_url": "https://colab.research.google.com",
                "binderhub_url": "https://mybinder.org",
                "notebook_interface": "jupyterlab",
            },
        }


def held() -> set[str]:
    return {path.relative_to(ROOT).as_posix() for kind in HELD for path in ROOT.glob(kind)}


def url_of(config: Config, path: str, root: str = "", line: int = 0) -> str | None:
    """Where a file of the project can be read: ``root`` leads from the page to the site's root."""
    if config.repository:
        if not (ROOT / path).is_file():
            return None
        place = f"#L{line}" if line else ""
        return f"https://github.com/{config.repository}/blob/main/{path}{place}"
    place = f"#L-{line}" if line else ""
    return f"{root}{CODE}/{path}.html{place}" if path in held() else None


def source_of(config: Config, info: dict[str, str]) -> str | None:
    """Where the thing that the API documents is defined, read from the text: torch is a mock."""
    first = info["fullname"].partition(".")[0]
    module = getattr(getattr(sys.modules.get(info["module"]), first, None), "__module__", "")
    if not module.startswith("lossnb"):
        return None
    place = ModuleAnalyzer.for_module(module).find_tags().get(info["fullname"])
    path = module.replace(".", "/") + ".py"
    return url_of(config, path, line=place[1]) if place else None


def link_paths(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """A file that the prose names is a click away; what the notebooks call the repository is it."""
    root = "../" * docname.count("/")
    for literal in list(doctree.findall(nodes.literal)):
        text = literal.astext()
        if BY_DEFAULT in text:
            if app.config.repository:
                here = text.replace(BY_DEFAULT, f"https://github.com/{app.config.repository}")
                literal.children = [nodes.Text(here)]
            elif (said := literal.parent) and (place := said.parent):
                place.remove(said)
        elif not isinstance(literal.parent, nodes.reference) and (
            url := url_of(app.config, text, root)
        ):
            link = nodes.reference("", "", literal.deepcopy(), refuri=url, internal=True)
            literal.replace_self(link)


def show_code(app: Sphinx) -> Iterator[tuple[str, Context, str]]:
    """A page for each file that the site holds itself, and none of an earlier build."""
    shutil.rmtree(app.outdir / CODE, ignore_errors=True)
    settings = {"linenos": "inline", "lineanchors": "L", "anchorlinenos": True}
    for path in [] if app.config.repository else sorted(held()):
        lexer = PythonLexer() if path.endswith(".py") else TextLexer()
        text = (ROOT / path).read_text(encoding="utf-8")
        body = f"<h1>{path}</h1>\n{highlight(text, lexer, HtmlFormatter(**settings))}"
        yield f"{CODE}/{path}", {"title": path, "body": body}, "page.html"


def show_nothing_here(app: Sphinx) -> Iterator[tuple[str, Context, str]]:
    title = said(app.config, "There is no such page")
    way = said(
        app.config,
        "It may have moved, or the address has a slip in it. Begin at the "
        '<a href="index.html">front page</a>, or <a href="search.html">search</a>.',
    )
    yield "404", {"title": title, "body": f"<h1>{title}</h1>\n<p>{way}</p>"}, "page.html"


def name_index(
    app: Sphinx, pagename: str, templatename: str, context: Context, doctree: nodes.document
) -> None:
    if pagename == "genindex":
        context["title"] = said(app.config, "Functions and classes, from A to Z")
        context["offered"] = said(
            app.config, "What lossnb offers. Each name leads to its description."
        )


def preview(config: Config, page: str, title: str, description: str) -> str:
    """What a link to the page looks like elsewhere."""
    told = {
        "og:type": "website" if page == "index" else "article",
        "og:site_name": config.html_title,
        "og:title": title,
        "og:description": description,
        "twitter:card": "summary",
    }
    if site := config.html_baseurl:
        told |= {
            "og:url": f"{site}{page}.html",
            "og:image": f"{site}{CARD}",
            "og:image:width": "1200",
            "og:image:height": "630",
            "og:image:alt": said(
                config,
                "The hinge loss and the ramp loss over the margin, the chapter's Figure 9.1",
            ),
            "twitter:card": "summary_large_image",
        }
    # Open Graph's names are properties; Twitter's, names.
    return "".join(
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}"'
        f' content="{escape(text)}" />\n'
        for name, text in told.items()
    )


def footer(config: Config, root: str) -> str:
    def link(path: str, text: str) -> str:
        return f'<a href="{url_of(config, path, root)}">{text}</a>'

    text = said(config, "Text and figures: {0}. Code: {1}. To cite: {2}.").format(
        link("chapters/LICENSE", "CC BY 4.0"),
        link("LICENSE", "MIT"),
        link("CITATION.cff", "CITATION.cff"),
    )
    return f"<p>{text}</p>"


def tell(
    app: Sphinx, pagename: str, templatename: str, context: Context, doctree: nodes.document
) -> None:
    """What the head and the foot of each page say."""
    context["theme_extra_footer"] = footer(app.config, context["content_root"])
    tags = context.get("metatags", "")
    if doctree:
        title = app.env.titles[pagename].astext()
        tags += preview(app.config, pagename, title, context["description"])
    elif pagename == "404":
        context["pageurl"] = None
        tags += '<meta name="robots" content="noindex" />\n'
    context["metatags"] = tags


def forget(app: Sphinx) -> None:
    """Nothing stays of a build that had other addresses."""
    for name in ("sitemap.xml", "robots.txt"):
        (app.outdir / name).unlink(missing_ok=True)


def sitemap(app: Sphinx) -> str:
    """Of both editions: robots look for it at the root alone."""
    pages = "".join(
        f"<url><loc>{escape(app.config.html_baseurl + folder + app.builder.get_target_uri(page))}"
        "</loc></url>\n"
        for folder in ("", FOLDER)
        for page in sorted(app.env.found_docs)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{pages}</urlset>\n'
    )


def write_beside(app: Sphinx, exception: Exception | None) -> None:
    """What concerns the site as a whole, once its pages are there."""
    if exception or app.builder.format != "html" or not app.config.html_baseurl:
        return
    site = app.config.html_baseurl
    if not is_chinese(app.config):
        (app.outdir / "sitemap.xml").write_text(sitemap(app), encoding="utf-8")
        (app.outdir / "robots.txt").write_text(
            f"User-agent: *\nAllow: /\nSitemap: {site}sitemap.xml\n", encoding="utf-8"
        )
    # It is shown in the place of any page, however deep.
    lost = app.outdir / "404.html"
    html = lost.read_text(encoding="utf-8")
    lost.write_text(NOT_ABSOLUTE.sub(rf"\g<1>{urlsplit(site).path}", html), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx.ext.linkcode")
    app.setup_extension("editions")
    app.add_config_value("repository", "", "env", [str])
    app.connect("config-inited", configure)
    app.connect("builder-inited", forget)
    app.connect("doctree-resolved", link_paths)
    app.connect("html-collect-pages", show_code)
    app.connect("html-collect-pages", show_nothing_here)
    app.connect("html-page-context", name_index)
    app.connect("html-page-context", tell, priority=600)
    app.connect("build-finished", write_beside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
