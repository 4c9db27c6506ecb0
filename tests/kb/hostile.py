"""Markdown as an attacker would write it, and what a browser would make of the HTML."""

import re
from html.parser import HTMLParser

from hypothesis import strategies as st

FORBIDDEN_TAGS = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "form",
    "svg",
    "math",
    "base",
    "meta",
    "link",
    "video",
}
HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<IMG SRC=javascript:alert('XSS')>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=data:text/html,<script>alert(1)</script>></object>",
    "<embed src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<a href=javascript:alert(1)>x</a>",
    "<a onmouseover=alert(1)>x</a>",
    "<style>@import'http://evil.example/x.css';</style>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=javascript:alert(1)//>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<div style=background:url(javascript:alert(1))>x</div>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo '<script>alert(1)</script>' ?>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea></textarea><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](javascript&#58;alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1))",
    "[x](&#106;&#97;&#118;&#97;script:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](&#1;javascript:alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](javascript:alert(1)//https://ok.example)",
    "[x](javascript://%0aalert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](VBScript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://ok.example/1)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](\\\\evil.example)",
    "[x](/logout)",
    "[x](article:javascript:alert(1))",
    "[x](https:javascript:alert(1))",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[x]\n\n[x]: data:text/html,1",
    '[x](https://ok.example "onmouseover=alert(1)")',
    '[x](https://ok.example"onmouseover="alert(1))',
    "[x](https://ok.example/'onclick='alert(1))",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.gif)",
    "![x](//evil.example/pixel.gif)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](/media/../logout)",
    "![x](/media/%2e%2e/logout)",
    "![x](/media/%252e%252e/logout)",
    "![x](/media\\..\\logout)",
    '![x" onerror="alert(1)](/media/a.png)',
    '![x](/media/a.png"onerror="alert(1))',
    "[![x](javascript:1)](javascript:2)",
    "[<script>alert(1)</script>](https://ok.example)",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "```html onload=alert(1)\n<svg onload=alert(1)>\n```",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "> [!NOTE]<script>alert(1)</script>\n> <svg onload=alert(1)>",
    '> [!"onclick=alert(1)]\n> x',
    "# <img src=x onerror=alert(1)>",
    '# "><script>alert(1)</script>',
    "- [ ] <input onfocus=alert(1) autofocus>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\<script>alert(1)\\</script>",
    "<a\thref\t=\t'\x0bjavascript:alert(1)'>x</a>",
    "<img src=x o\x00nerror=alert(1)>",
    "\ud800<script>alert(1)</script>",
    "<xss id=x tabindex=1 onfocus=alert(1)></xss>",
]

MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(
            ["\n", "\n\n", "\r\n", "\r", "\t", " ", "# ", "## ", "# a\n", "a\n===\n", "1. ", "- ", "> ", "> [!NOTE]\n",
             "```\n", "|a|b|\n|-|-|\n", "<!--", "-->", "<br>", "**", "_", "`", "[", "](", ")", "![", "javascript:",
             "article:x",
             "<script>", "onerror=", "&#", "\\", "    ", "***\n", "~~", "[ ] ", "Wi-Fi", "\x00", "\u2028", "É"]
        ),
        st.text(max_size=8),
        st.sampled_from(HOSTILE),
    ),
    max_size=40,
).map("".join)  # fmt: skip


class Page(HTMLParser):
    """What a browser would see: tags, attributes, ids, link targets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def assert_harmless(html: str) -> None:
    page = Page(html)
    assert not FORBIDDEN_TAGS & set(page.tags)
    assert "<script" not in html.lower()
    for tag, name, value in page.attributes:
        assert not name.startswith("on")
        assert name not in {"style", "srcset", "formaction", "title", "name"}
        assert name != "id" or tag in {"h2", "h3", "h4", "h5", "h6"}
        if name == "href":
            assert re.match(r"https?://|mailto:|tel:|#|/(media|attachments)/", value, re.IGNORECASE), value
        if name == "src":
            assert re.match(r"/(media|attachments)/(?!.*\.\.)", value), value
