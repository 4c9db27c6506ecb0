"""Mails as they come over the wire."""

from email.message import EmailMessage

DESK = "support@tierzero.example"


def letter(
    text: str = "It hums.", *, sender: str = "ana@tierzero.example", subject: str = "Printer", **headers: str
) -> bytes:
    """A plain mail; `headers` are named with underscores, and one with an empty value is left out."""
    message = EmailMessage()
    told = {
        "from": sender,
        "to": DESK,
        "subject": subject,
        "message_id": f"<{abs(hash((text, subject)))}@pc>",
        **headers,
    }
    for name, value in told.items():
        if value:
            message[name.replace("_", "-").title()] = value
    message.set_content(text)
    return message.as_bytes()


def with_files(*files: tuple[str, str, bytes], text: str = "See the picture.", **headers: str) -> bytes:
    """A mail with files: name, media type and content of each."""
    message = EmailMessage()
    told = {
        "from": "ana@tierzero.example",
        "to": DESK,
        "subject": "Printer",
        "message_id": "<files@pc>",
        **headers,
    }
    for name, value in told.items():
        message[name.title()] = value
    message.set_content(text)
    for name, media_type, content in files:
        main, _, sub = media_type.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()
