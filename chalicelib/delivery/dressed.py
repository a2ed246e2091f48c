"""A draft as HTML, as mail programs want it: tables, styles on each element, nothing from elsewhere.

There is no picture in it. Every colour stands beside that of its background, so a program that darkens
letters finds both. What strangers wrote is escaped.
"""

from html import escape
from typing import Final

from chalicelib.delivery.draft import Draft, Facts, Link, Paragraph, Part

# The colours of the tickets.
_NIGHT: Final = "#1b1f3b"
_GOLD: Final = "#f5b82e"
_GREY: Final = "#656a80"
_PALE: Final = "#f1f1f4"
_LINE: Final = "#dcdde4"
_RED: Final = "#9c1c22"
_BORDER: Final = ("#e4572e", _GOLD, "#17936b")
_FONT: Final = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_TABLE: Final = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'


def html(draft: Draft) -> str:
    """The letter as a page."""
    stripes = "".join(
        f'<td height="6" bgcolor="{colour}" style="height:6px;line-height:6px;font-size:1px;'
        f'background:{colour}">&nbsp;</td>'
        for colour in _BORDER * 4
    )
    parts = "\n".join(_part(part) for part in draft.parts)
    footer = "<br>".join(escape(words) for words in draft.footer)
    return f"""<!doctype html>
<html lang="{escape(draft.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light">
<meta name="supported-color-schemes" content="light">
<title>{escape(draft.subject)}</title>
</head>
<body style="margin:0;padding:0;background:{_PALE};{_FONT}">
{_TABLE} bgcolor="{_PALE}" style="background:{_PALE}"><tr><td align="center" style="padding:16px 8px">
{_TABLE} style="max-width:560px;border-collapse:separate">
<tr><td bgcolor="{_NIGHT}" style="background:{_NIGHT};border-radius:10px 10px 0 0;padding:22px 24px 22px">
<div style="{_FONT};font-size:12px;line-height:16px;font-weight:bold;letter-spacing:1px;color:{_GOLD}">\
TIKETI TAMASHA</div>
<h1 style="{_FONT};margin:10px 0 0;font-size:26px;line-height:32px;font-weight:bold;color:#ffffff">\
{escape(draft.heading)}</h1>{_topic(draft.topic)}
</td></tr>
<tr><td>{_TABLE}><tr>{stripes}</tr></table></td></tr>
<tr><td bgcolor="#ffffff" style="background:#ffffff;border-radius:0 0 10px 10px;padding:4px 24px 10px">
{parts}
</td></tr>
<tr><td style="{_FONT};padding:14px 24px;font-size:12px;line-height:18px;color:{_GREY}">{footer}</td></tr>
</table>
</td></tr></table>
</body>
</html>
"""


def _topic(topic: str) -> str:
    style = f"{_FONT};margin-top:6px;font-size:17px;line-height:24px;color:#ffffff;word-break:break-word"
    return f'<div style="{style}">{escape(topic)}</div>' if topic else ""


def _part(part: Part) -> str:
    if isinstance(part, Paragraph):
        return _warning(part.words) if part.warning else _paragraph(part.words)
    return _facts(part) if isinstance(part, Facts) else _link(part)


def _paragraph(words: str) -> str:
    return (
        f'<p style="{_FONT};margin:18px 0 16px;font-size:16px;line-height:24px;color:{_NIGHT}">'
        f"{escape(words).replace('KES ', 'KES&nbsp;')}</p>"
    )


def _warning(words: str) -> str:
    return (
        f'{_TABLE} style="margin:0 0 16px"><tr><td bgcolor="#fdf0ef" style="{_FONT};background:#fdf0ef;'
        f"border-left:4px solid {_RED};padding:10px 14px;font-size:15px;line-height:22px;font-weight:bold;"
        f'color:{_RED}">{escape(words)}</td></tr></table>'
    )


def _facts(facts: Facts) -> str:
    rows = "".join(
        f'<tr><td valign="top" width="24%" style="{_FONT};padding:5px 12px 5px 0;font-size:14px;'
        f'line-height:20px;color:{_GREY}">{escape(name)}</td>'
        f'<td valign="top" style="{_FONT};padding:5px 0;font-size:15px;line-height:20px;color:{_NIGHT};'
        f'word-break:break-word">{escape(value)}</td></tr>'
        for name, value in facts.rows
    )
    return (
        f'{_TABLE} style="margin:0 0 18px;border-top:1px solid {_LINE};border-bottom:1px solid {_LINE}">'
        f"{rows}</table>"
    )


def _link(link: Link) -> str:
    if not link.title:
        return f'<p style="margin:4px 0 20px">{_button(link)}</p>'
    return (
        f'{_TABLE} bgcolor="{_PALE}" style="background:{_PALE};border-radius:8px;margin:0 0 10px"><tr>'
        f'<td style="{_FONT};padding:12px 8px 12px 16px;font-size:15px;line-height:20px;color:{_NIGHT}">'
        f'<b>{escape(link.title)}</b><br><span style="color:{_GREY}">{escape(link.detail)}</span></td>'
        f'<td align="right" style="padding:12px 16px 12px 8px">{_button(link)}</td></tr></table>'
    )


def _button(link: Link) -> str:
    return (
        f'<a href="{escape(link.url)}" target="_blank" rel="noopener" style="{_FONT};display:inline-block;'
        f"background:{_NIGHT};color:#ffffff;font-size:15px;line-height:20px;font-weight:bold;"
        f'text-decoration:none;white-space:nowrap;padding:10px 18px;border-radius:6px">'
        f"{escape(link.button)}</a>"
    )
