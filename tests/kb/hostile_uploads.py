"""Files as an attacker, or an unlucky colleague, would upload them as pictures."""

import gzip
import io
import random
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

from PIL import Image, PngImagePlugin

PAYLOAD = b"<script>alert(document.domain)</script><?php system($_GET[0]); ?>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'


@dataclass(frozen=True)
class Upload:
    """A file as it arrives, and a word of what its owner is told; "" when its pixels are taken."""

    case: str
    name: str
    content: bytes
    told: str = ""


def picture(
    written_as: str,
    size: tuple[int, int] = (32, 20),
    *,
    mode: str = "RGB",
    colour: Any = None,
    **options: Any,
) -> bytes:
    """A picture of one colour, as any program would save it."""
    file = io.BytesIO()
    Image.new(mode, size, colour if colour is not None else 90).save(file, written_as, **options)
    return file.getvalue()


def moving(written_as: str, frames: int = 3) -> bytes:
    """An animation of as many frames, each different from the one before."""
    pictures = [Image.new("RGB", (8, 8), (n * 97 % 256, n * 31 % 256, n // 8)) for n in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, written_as, save_all=True, append_images=pictures[1:])
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG, with the checksum that it needs."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, *chunks: bytes, pixels: bytes = b"", depth: int = 8, colours: int = 2
) -> bytes:
    """A PNG put together by hand, which can claim what its pixels do not hold."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + body + chunk(b"IEND", b"")


def webp_canvas(width: int, height: int) -> bytes:
    """A WebP of a few bytes that claims a canvas of any size."""
    canvas = b"\x02\0\0\0" + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    frame = b"\0" * 6 + b"\x0f\0\0\x0f\0\0\x64\0\0\0" + picture("WEBP", (16, 16))[12:]
    parts = [(b"VP8X", canvas), (b"ANIM", b"\0" * 6), (b"ANMF", frame)]
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(data)) + data for kind, data in parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def segment(marker: int, data: bytes) -> bytes:
    """A segment of a JPEG, such as a comment."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def archive(**files: bytes) -> bytes:
    """A zip file of these."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return file.getvalue()


def _texts(**texts: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    return info


def _exif(**tags: Any) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = PAYLOAD.decode()
    exif[0x0112] = tags.get("orientation", 1)
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 28.0, 38.0), 3: "W", 4: (0.0, 0.0, 5.0)})
    return exif


PNG, JPEG, GIF, WEBP = picture("PNG"), picture("JPEG"), picture("GIF", mode="P"), picture("WEBP")
ANIMATED = moving("GIF")
PROGRESSIVE = picture("JPEG", (600, 400), progressive=True)
LAST_SCAN = PROGRESSIVE[PROGRESSIVE.rfind(b"\xff\xda") : -2]
NOISE = random.Random(3).randbytes(3000)

PLAIN = [
    Upload("a PNG", "tray.png", PNG),
    Upload("a JPEG", "tray.jpg", JPEG),
    Upload("a GIF", "tray.gif", GIF),
    Upload("a WebP", "tray.webp", WEBP),
    Upload("a PNG with a palette", "a.png", picture("PNG", mode="P", colour=3)),
    Upload("a PNG in grey with an alpha channel", "a.png", picture("PNG", mode="LA")),
    Upload("a PNG of sixteen bits", "a.png", picture("PNG", mode="I;16", colour=40_000)),
    Upload("a PNG of one bit", "a.png", picture("PNG", mode="1", colour=1)),
    Upload("a JPEG for print", "a.jpg", picture("JPEG", mode="CMYK", colour=(9, 9, 9, 9))),
    Upload("a JPEG of two views", "a.jpg", picture("MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))])),
    Upload("a progressive JPEG", "a.jpg", PROGRESSIVE),
    Upload("a WebP without loss", "a.webp", picture("WEBP", lossless=True)),
    Upload("an animated GIF", "a.gif", ANIMATED),
    Upload("an animated GIF of a thousand frames", "a.gif", moving("GIF", 1000)),
    Upload("an animated PNG", "a.png", moving("PNG")),
    Upload("an animated WebP", "a.webp", moving("WEBP")),
    Upload("a picture of one pixel", "pixel.gif", picture("GIF", (1, 1), mode="P")),
]  # fmt: skip

CARRIERS = [
    Upload("scripts behind a PNG", "a.png", PNG + PAYLOAD),
    Upload("scripts behind a JPEG", "a.jpg", JPEG + PAYLOAD),
    Upload("scripts behind a GIF", "a.gif", GIF + PAYLOAD),
    Upload("scripts behind a WebP", "a.webp", WEBP + PAYLOAD),
    Upload("an archive behind a PNG", "a.png", PNG + archive(run=PAYLOAD)),
    Upload("an archive behind a JPEG", "a.jar", JPEG + archive(run=PAYLOAD)),
    Upload("a PDF behind a JPEG", "a.pdf", JPEG + b"%PDF-1.7\n" + PAYLOAD),
    Upload("scripts in the text of a PNG", "a.png", picture("PNG", pnginfo=_texts(Comment=PAYLOAD.decode()))),
    Upload("scripts in an unknown chunk of a PNG", "a.png",
           PNG[:33] + chunk(b"scRi", PAYLOAD) + PNG[33:]),
    Upload("scripts in a comment of a JPEG", "a.jpg", picture("JPEG", comment=PAYLOAD)),
    Upload("scripts in a comment of a GIF", "a.gif", picture("GIF", mode="P", comment=PAYLOAD)),
    Upload("scripts in an APP segment of a JPEG", "a.jpg", JPEG[:2] + segment(0xEC, PAYLOAD) + JPEG[2:]),
    Upload("a place and a script in the EXIF of a JPEG", "a.jpg", picture("JPEG", exif=_exif())),
    Upload("a place and a script in the EXIF of a PNG", "a.png", picture("PNG", exif=_exif())),
    Upload("a place and a script in the EXIF of a WebP", "a.webp", picture("WEBP", exif=_exif())),
    Upload("a script in the XMP of a WebP", "a.webp", picture("WEBP", xmp=PAYLOAD)),
    Upload("a script in the XMP of a JPEG", "a.jpg",
           JPEG[:2] + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PAYLOAD) + JPEG[2:]),
    Upload("a script in the colour profile of a JPEG", "a.jpg", picture("JPEG", icc_profile=PAYLOAD)),
    Upload("a script in the colour profile of a PNG", "a.png", picture("PNG", icc_profile=PAYLOAD)),
    Upload("a JPEG whose EXIF is noise", "a.jpg",
           JPEG[:2] + segment(0xE1, b"Exif\0\0" + NOISE) + JPEG[2:]),
    Upload("a picture that says it is a page", "a.html", PNG),
    Upload("a picture that says it is a script", "a.php", JPEG),
    Upload("a picture that says it is an SVG", "a.svg", PNG),
    Upload("a JPEG that says it is a PNG", "a.png", JPEG),
    Upload("a GIF that opens as a script", "a.js", b"GIF89a/*" + b"\0" * 3 + b"*/=1;alert(1)//;", "not a picture"),
]  # fmt: skip

NO_PICTURES = [
    Upload("nothing at all", "a.png", b"", "empty"),
    Upload("one byte", "a.png", b"\x89", "not a picture"),
    Upload("only blanks", "a.png", b" \n" * 50, "not a picture"),
    Upload("noise", "a.png", NOISE, "not a picture"),
    Upload("an SVG", "a.svg", SVG, "SVG can carry scripts"),
    Upload("an SVG that says it is a PNG", "a.png", SVG, "SVG can carry scripts"),
    Upload("an SVG after an XML declaration", "a.svg", b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x -->' + SVG, "SVG"),
    Upload("an SVG with entities", "a.svg", b'<!DOCTYPE svg [<!ENTITY a "x">]>' + SVG, "SVG"),
    Upload("an SVG in UTF-16", "a.svg", SVG.decode().encode("utf-16"), "SVG can carry scripts"),
    Upload("an SVG under a prefix", "a.svg", b'<s:svg xmlns:s="http://www.w3.org/2000/svg"/>', "SVG"),
    Upload("an SVG in capitals", "a.svg", b"<SVG ONLOAD=alert(1)>", "SVG can carry scripts"),
    Upload("a packed SVG", "a.svgz", gzip.compress(SVG), "archive"),
    Upload("a page", "a.html", b"<!doctype html><script>alert(1)</script>", "web page"),
    Upload("a page that says it is a PNG", "a.png", b"\n\n  <HTML><body onload=alert(1)>", "web page"),
    Upload("a page that frames another", "a.gif", b"<iframe src=//evil.example>", "web page"),
    Upload("a PDF", "a.pdf", b"%PDF-1.7\n1 0 obj << /JS (app.alert(1)) >>", "PDF"),
    Upload("a HEIC picture", "a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    Upload("a HEIC picture that says it is a JPEG", "a.jpg", b"\0\0\0\x18ftypmif1\0\0\0\0", "HEIC"),
    Upload("an AVIF picture", "a.avif", picture("AVIF"), "AVIF"),
    Upload("a film", "a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0", "film"),
    Upload("a TIFF", "a.tif", picture("TIFF"), "Browsers can't show"),
    Upload("a bitmap", "a.bmp", picture("BMP"), "Browsers can't show"),
    Upload("an icon", "a.ico", picture("ICO"), "Browsers can't show"),
    Upload("a Photoshop file", "a.psd", b"8BPS\0\1", "Browsers can't show"),
    Upload("PostScript that reads files", "a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file", "not a picture"),
    Upload("PostScript behind a Windows header", "a.png", b"\xc5\xd0\xd3\xc6" + b"\0" * 26 + b"%!PS", "not a picture"),
    Upload("an X bitmap", "a.xbm", b"#define x_width 1\n#define x_height 1\n", "not a picture"),
    Upload("a JPEG 2000", "a.jp2", picture("JPEG2000"), "not a picture"),
    Upload("a script of ImageMagick", "a.mvg", b"push graphic-context\nimage over 0,0 'https://x'", "not a picture"),
    Upload("a Windows program", "a.png", b"MZ\x90\0" + NOISE, "not a picture"),
    Upload("a Unix program", "a.png", b"\x7fELF" + NOISE, "not a picture"),
    Upload("a zip bomb", "a.zip", archive(zeros=bytes(5_000_000)), "archive"),
    Upload("a zip bomb that says it is a PNG", "a.png", archive(zeros=bytes(5_000_000)), "archive"),
    Upload("a zip that climbs out of its folder", "a.png", archive(**{"../../etc/cron.d/x": PAYLOAD}), "archive"),
]  # fmt: skip

BOMBS = [
    Upload("a PNG that claims 2,500 million pixels", "a.png", png(50_000, 50_000), "too many pixels"),
    Upload("a PNG that claims 81 million pixels", "a.png", png(9_000, 9_000), "9,000 × 9,000"),
    Upload("a PNG that claims the most a PNG can", "a.png", png(2**31 - 1, 2**31 - 1), "too many pixels"),
    Upload("a PNG that is too wide", "a.png", png(20_000, 10), "20,000 × 10"),
    Upload("a PNG that is too high", "a.png", png(10, 12_001), "10 × 12,001"),
    Upload("a PNG without a size", "a.png", png(0, 0), "not a picture"),
    Upload("a PNG of more pixels than it holds", "a.png", png(3_000, 3_000, pixels=b"\0" * 90), "damaged"),
    Upload("a PNG whose text unpacks to 30 MB", "a.png",
           png(1, 1, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(30_000_000))), pixels=bytes(4)), "damaged"),
    Upload("a PNG whose profile unpacks to 30 MB", "a.png",
           png(1, 1, chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(30_000_000))), pixels=bytes(4)), "damaged"),
    Upload("a PNG whose pixels unpack to 30 MB more", "a.png", png(1, 1, pixels=bytes(30_000_000))),
    Upload("a JPEG that claims 65,535 a side", "a.jpg",
           JPEG.replace(b"\x00\x14\x00\x20\x03", b"\xff\xff\xff\xff\x03", 1), "too many pixels"),
    Upload("a JPEG of a thousand passes", "a.jpg", PROGRESSIVE[:-2] + LAST_SCAN * 1000 + b"\xff\xd9", "damaged"),
    Upload("a GIF that claims 65,535 a side", "a.gif", GIF[:6] + b"\xff\xff\xff\xff" + GIF[10:], "too many pixels"),
    Upload("a GIF whose frame is larger than itself", "a.gif",
           GIF.replace(b",\0\0\0\0\x20\0\x14\0", b",\0\0\0\0\xff\xff\xff\xff", 1), "too many pixels"),
    Upload("a WebP that claims 16,383 a side", "a.webp", webp_canvas(16_383, 16_383), "too many pixels"),
    Upload("a WebP that claims 16 million by 200", "a.webp", webp_canvas(2**24, 200), "too many pixels"),
    Upload("more bytes than are taken", "a.png", PNG + bytes(10_000_000), "more than 10 MB"),
]  # fmt: skip

DAMAGED = [
    Upload("half a PNG", "a.png", picture("PNG", (300, 200))[:300], "damaged"),
    Upload("half a JPEG", "a.jpg", PROGRESSIVE[: len(PROGRESSIVE) // 2], "damaged"),
    Upload("half a GIF", "a.gif", GIF[: len(GIF) - 12], "damaged"),
    Upload("half a WebP", "a.webp", WEBP[: len(WEBP) // 2], "damaged"),
    Upload("only the first bytes of a PNG", "a.png", PNG[:8], "not a picture"),
    Upload("only the first bytes of a JPEG", "a.jpg", JPEG[:3], "not a picture"),
    Upload("a PNG with a wrong checksum", "a.png", PNG[:29] + b"\0\0\0\0" + PNG[33:], "not a picture"),
    Upload("a PNG whose pixels are noise", "a.png",
           PNG[:33] + chunk(b"IDAT", NOISE) + chunk(b"IEND", b""), "damaged"),
    Upload("a PNG without pixels", "a.png", PNG[:33] + chunk(b"IEND", b""), "damaged"),
    Upload("a PNG chunk of negative length", "a.png", PNG[:33] + b"\xff\xff\xff\xffIDAT" + NOISE, "damaged"),
    Upload("a JPEG without tables", "a.jpg", b"\xff\xd8\xff\xd9", "not a picture"),
]  # fmt: skip

UPLOADS = [*PLAIN, *CARRIERS, *NO_PICTURES, *BOMBS, *DAMAGED]

# What a file may be called, and what it is shown as when it holds a PNG.
NAMES = {
    "../../etc/passwd": "passwd.png",
    "..\\..\\Windows\\win.ini": "win.png",
    "C:\\Users\\Robin\\Desktop\\tray icon.png": "tray icon.png",
    "/": "picture.png",
    "": "picture.png",
    "...": "picture.png",
    ".htaccess": "htaccess.png",
    "~/.ssh/id_rsa": "id_rsa.png",
    "%2e%2e%2fpasswd": "%2e%2e%2fpasswd.png",
    "a\x00.html": "a.png",
    "a\r\nSet-Cookie: x=1.png": "a Set-Cookie- x=1.png",
    "tray\u202egnp.exe": "traygnp.png",
    "a\u2066\u200b\ufeffb.png": "ab.png",
    "\ud800.png": "picture.png",
    'x" onerror="alert(1).png': "x- onerror=-alert(1).png",
    "<img src=x onerror=alert(1)>.png": "-img src=x onerror=alert(1)-.png",
    "con": "picture con.png",
    "NUL.png": "picture NUL.png",
    "com1.tar.gz": "picture com1.tar.png",
    "aux .png": "picture aux.png",
    "file.png::$DATA": "file.png-$DATA.png",
    "Screenshot 2026-01-02 at 10.11.12.png": "Screenshot 2026-01-02 at 10.11.12.png",
    "version 1.2": "version 1.2.png",
    "Größe e\u0301.webp": "Größe é.png",
    "a.php.jpg": "a.php.png",
}
