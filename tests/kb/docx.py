"""Word documents, made as Word packs them, from the XML of their body."""

import io
import zipfile

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PICTURE = (
    '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
    '<wp:docPr id="1" name="p" descr="{alt}"/>'
    '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
    '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>'
    '<a:blip r:{how}="{rel}"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
)


def paragraph(text: str, style: str = "") -> str:
    dressed = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{dressed}<w:r><w:t>{text}</w:t></w:r></w:p>"


def picture(alt: str, rel: str = "rId1", how: str = "embed") -> str:
    return PICTURE.format(alt=alt, rel=rel, how=how)


def docx(
    body: str = "", *, title: str = "", parts: dict[str, bytes] | None = None, declared: str = ""
) -> bytes:
    """A document; parts replace or add to those that it needs."""
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="png" ContentType="image/png"/></Types>',
        "_rels/.rels": _relationships(("officeDocument", "word/document.xml", "")),
        "word/document.xml": f'{declared}<w:document xmlns:w="{WORD}" xmlns:r="{OFFICE}">'
        f"<w:body>{body}</w:body></w:document>",
        "word/styles.xml": f'<w:styles xmlns:w="{WORD}">'
        f"{_style('Title', 'Title')}{_style('H2', 'heading 2')}</w:styles>",
        "word/_rels/document.xml.rels": _relationships(
            ("image", "media/image1.png", ""), ("image", "file:///etc/passwd", 'TargetMode="External"')
        ),
        "docProps/core.xml": f'<c:coreProperties xmlns:c="{PACKAGE}/metadata/core-properties"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></c:coreProperties>',
        "word/media/image1.png": b"\x89PNG picture",
    } | (parts or {})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _relationships(*targets: tuple[str, str, str]) -> str:
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}" {more}/>'
        for number, (kind, target, more) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'


def _style(key: str, name: str) -> str:
    return f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>'
