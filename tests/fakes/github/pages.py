"""Read-only pages: repositories, a pull request with its comments and checks, one check run.

Comments are shown as GitHub shows them: Markdown, with raw HTML escaped but for `<details>` and `<summary>`, and
without HTML comments.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from tests.fakes.github.site import Site
from tests.fakes.github.state import CheckRun, Comment, Issue, Pull, Repository

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
body { color: #1f2328; background: #fff; } a { color: #0550ae; }
article, section { border: 1px solid #8c959f; border-radius: 6px; margin: 1rem 0; padding: .5rem 1rem; }
pre span:target { background: #fff8c5; } pre span a { text-decoration: none; }
header p, .by { color: #57606a; margin: .25rem 0; } pre { overflow-x: auto; padding: .75rem; background: #f6f8fa; }
code { font: .875em ui-monospace, monospace; } h1, h2, h3, p, li, code { overflow-wrap: anywhere; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
td { vertical-align: top; white-space: pre-line; }
td code { overflow-wrap: normal; white-space: nowrap; } li.task { list-style: none; margin-left: -1.25rem; }
th, td { border: 1px solid #8c959f; padding: .25rem .75rem; text-align: left; }
@media (prefers-color-scheme: dark) {
  body { color: #e6edf3; background: #0d1117; } a { color: #79b8ff; } pre { background: #161b22; }
  header p, .by { color: #adbac7; } pre span:target { background: #3b2e00; }
}
"""
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ALLOWED = re.compile(r"&lt;(/?(?:details|summary)|details open(?:=&quot;&quot;)?|br ?/?)&gt;")
_TASK = re.compile(r"<li>(\n?(?:<p>)?)\[([ xX])\] ")
_BOXES = {" ": "&#9744;", "x": "&#9745;"}
_WORDS = {"success": "passed", "failure": "failed", "action_required": "action required", "neutral": "neutral"}


def page(site: Site, path: str) -> str | None:
    """Write the page at a path; none when there is no such page."""
    match path.strip("/").split("/"):
        case [""]:
            return _index(site)
        case [owner, name, *rest]:
            found = site.world.find(owner, name)
            return _inside(site, found, rest) if found else None
    return None


def _inside(site: Site, base: Repository, rest: list[str]) -> str | None:
    match rest:
        case []:
            return _repository(site, base)
        case ["pull", number] if number.isdigit() and int(number) in base.pulls:
            return _pull(site, base, base.pulls[int(number)])
        case ["issues", number] if number.isdigit() and int(number) in base.issues:
            return _issue(site, base, base.issues[int(number)])
        case ["runs", number] if number.isdigit() and int(number) in base.checks:
            return _run(site, base, base.checks[int(number)])
        case ["blob", ref, *names]:
            return _blob(site, base, ref, "/".join(names))
    return None


def _whole(title: str, *parts: str) -> str:
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'<meta charset="utf-8">{view}<title>{_text(title)}</title>'
    return (
        f'<!DOCTYPE html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body><main>'
        f"<h1>{_text(title)}</h1>{''.join(parts)}</main></body></html>"
    )


def _text(value: object) -> str:
    return html.escape(str(value))


def _link(url: str, text: object) -> str:
    # only what a browser follows without running anything
    safe = url if re.match(r"https?://|/", url) else "#"
    return f'<a href="{_text(safe)}">{_text(text)}</a>'


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _index(site: Site) -> str:
    repositories = site.world.repositories.values()
    return _whole(
        "GitHub, as the test double plays it",
        _list(_link(site.urls.page(one), one.full_name) for one in repositories),
    )


def _repository(site: Site, base: Repository) -> str:
    pulls = (
        f"{_link(f'{site.urls.page(base)}/pull/{one.number}', f'#{one.number} {one.title}')} ({_state(one)})"
        for one in base.pulls.values()
    )
    issues = (
        f"{_link(f'{site.urls.page(base)}/issues/{one.number}', f'#{one.number} {one.title}')} ({one.state})"
        for one in base.issues.values()
    )
    files = sorted(base.objects.commits[base.branches[base.default_branch]].files) if base.branches else []
    listed = (f"<code>{_text(path)}</code>" for path in files)
    return _whole(
        base.full_name, "<h2>Pull requests</h2>", _list(pulls), "<h2>Issues</h2>", _list(issues), "<h2>Files</h2>",
        _list(listed),
    )  # fmt: skip


def _state(one: Pull) -> str:
    return "merged" if one.merged_at else "draft" if one.draft and one.state == "open" else one.state


def _pull(site: Site, base: Repository, one: Pull) -> str:
    about = (
        f"{_login(one.author)} wants to merge {one.head_owner.login}:{one.head_ref} into {one.base_ref}; {_state(one)}"
    )
    comments = [comment for comment in base.comments.values() if comment.number == one.number]
    checks = [run for run in base.checks.values() if run.head_sha == one.head_sha]
    files = (
        f"<details><summary><code>{_text(file.path)}</code> ({file.status}, +{file.additions} −{file.deletions})"
        f"</summary><pre>{_text(file.patch or '')}</pre></details>"
        for file in site.files(base, one)
    )
    return _whole(
        f"{one.title} #{one.number}",
        f"<header><p>{_link(site.urls.page(base), base.full_name)}</p><p>{_text(about)}</p></header>",
        "".join(_comment(comment) for comment in comments),
        "<h2>Checks</h2>",
        _list(_check_line(site, base, run) for run in checks),
        "<h2>Files changed</h2>",
        *files,
    )


def _issue(site: Site, base: Repository, one: Issue) -> str:
    comments = [comment for comment in base.comments.values() if comment.number == one.number]
    return _whole(
        f"{one.title} #{one.number}",
        f"<header><p>{_link(site.urls.page(base), base.full_name)}</p>",
        f"<p>{_text(f'{_login(one.author)} opened this issue; {one.state}')}</p></header>",
        f"<article>{markdown(one.body)}</article>",
        "".join(_comment(comment) for comment in comments),
    )


def _login(author: object) -> str:
    return getattr(author, "login", "ghost")


def _comment(one: Comment) -> str:
    edited = " (edited)" if one.updated_at != one.created_at else ""
    by = f'<p class="by">{_text(_login(one.author))} commented at {one.created_at:%Y-%m-%d %H:%M} UTC{edited}</p>'
    return f'<article id="issuecomment-{one.id}">{by}{markdown(one.body)}</article>'


def _check_line(site: Site, base: Repository, run: CheckRun) -> str:
    title = run.output.get("title") or ""
    return f"{_link(f'{site.urls.page(base)}/runs/{run.id}', run.name)}: {_text(_conclusion(run))}. {_text(title)}"


def _conclusion(run: CheckRun) -> str:
    return _WORDS.get(run.conclusion, run.conclusion) if run.conclusion else run.status


def _run(site: Site, base: Repository, run: CheckRun) -> str:
    output = run.output
    rows = "".join(
        f"<tr><td><code>{_text(one['path'])}:{one['start_line']}</code></td><td>{_text(one['annotation_level'])}</td>"
        f"<td>{_text(one.get('title') or '')}</td><td>{_text(one['message'])}</td></tr>"
        for one in run.annotations
    )
    table = f"<table><tr><th>Line</th><th>Level</th><th>Title</th><th>Message</th></tr>{rows}</table>" if rows else ""
    details = f"<p>{_link(run.details_url, f'View more details on {run.name}')}</p>" if run.details_url else ""
    return _whole(
        f"{run.name}: {_conclusion(run)}",
        f"<header><p>{_link(site.urls.page(base), base.full_name)}, commit {_text(run.head_sha[:12])}</p></header>",
        f"<h2>{_text(output.get('title') or '')}</h2>",
        details,
        f"<section>{markdown(output.get('summary') or '')}</section>",
        f"<section>{markdown(output['text'] or '')}</section>" if output.get("text") else "",
        table,
    )


def _blob(site: Site, base: Repository, ref: str, path: str) -> str | None:
    commit = base.resolve(ref)
    sha = commit.files.get(path) if commit else None
    if sha is None:
        return None
    lines = base.objects.blobs[sha].decode(errors="replace").splitlines()
    numbered = "\n".join(
        f'<span id="L{number}"><a href="#L{number}">{number:>5}</a>  {_text(line)}</span>'
        for number, line in enumerate(lines, start=1)
    )
    where = f"<header><p>{_link(site.urls.page(base), base.full_name)} at {_text(ref[:12])}</p></header>"
    return _whole(path, where, f"<pre>{numbered}</pre>")


def markdown(text: str) -> str:
    """Render Markdown to HTML that is safe to show: raw HTML is escaped, links lead to web addresses only."""
    # raw HTML is parsed as such, so that what stands between the tags is still Markdown, and escaped when rendered
    engine = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    engine.add_render_rule("html_block", _raw)
    engine.add_render_rule("html_inline", _raw)
    rendered: str = engine.render(_COMMENT.sub("", text))
    return _TASK.sub(lambda match: f'<li class="task">{match[1]}{_BOXES[match[2].lower()]} ', rendered)


def _raw(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    del renderer, options, env
    return _escaped(tokens[index].content)


def _escaped(raw: str) -> str:
    return _ALLOWED.sub(lambda match: html.unescape(f"<{match[1]}>"), html.escape(raw))
