"""Thirty conversations as they come to a desk, each with what its ticket has to tell."""

from dataclasses import dataclass

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
    "Safari/537.36 Edg/126.0.0.0"
)
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
    "Safari/605.1.15"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
    "Mobile/15E148 Safari/604.1"
)
ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile "
    "Safari/537.36"
)
DEVICES = {
    FIREFOX: "Firefox on Windows 10 or 11",
    EDGE: "Edge on Windows 10 or 11",
    SAFARI: "Safari on a Mac",
    IPHONE: "Safari on an iPhone",
    ANDROID: "Chrome on an Android phone",
    "curl/8.5": "Not said: ",
}


@dataclass(frozen=True)
class Script:
    """What somebody asked and how it went, what they wrote on the form, and what must be read out of that."""

    asked: tuple[str, ...]
    told: tuple[str, ...]
    outcome: str = "unsure"
    added: str = ""
    answers: tuple[str, ...] = ()
    restricted: bool = False
    opened: bool = False
    rejected: bool = False
    note: str = ""
    device: str = FIREFOX
    reason: str = "We were not sure of an answer"


SCRIPTS: tuple[Script, ...] = (
    Script(("The VPN drops every five minutes when I am at home",), ("Cannot work: “can't work”", "by 5pm", "English"),
           added="I can't work and need it by 5pm", answers=("since monday",)),
    Script(("The printer prints blank pages",), ("More than one person is affected: “The whole team”", "a team hit"),
           added="The whole team waits for it", answers=("LDS-3-07", "offline"), device=EDGE),
    Script(("I can't sign in to the expense tool", "It says it is locked"), ("Blocked", "Not said: "),
           outcome="answered", rejected=True, opened=True, reason="What was found did not help", answers=("E-201",)),
    Script(("How do I get access to the shared folder of Sales?",), ("There is a deadline: “before Friday”",),
           added="I need it before Friday", answers=("\\\\sales\\offers",), device=SAFARI),
    Script(("Outlook crashes whenever I open an attachment",), ("Not the first time: “third time”", "Safari on a Mac"),
           added="It is the third time this week", device=SAFARI, outcome="maybe"),
    Script(("Excel is very slow with the large file",), ("Says that it can wait: “no rush”", "low urgency"),
           added="There is no rush at all with this", answers=("no message",), device=EDGE),
    Script(("Where do I see my payslip?",), ("Safari on an iPhone",), outcome="answered", restricted=True, opened=True,
           device=IPHONE, reason="Asked for a person"),
    Script(("How do I book a payment run for suppliers?",), ("Says that it is urgent: “urgent”",), restricted=True,
           outcome="answered", rejected=True, added="This is urgent for us", reason="What was found did not help"),
    Script(("Wie verbinde ich mich mit dem VPN von zu Hause aus?",), ("Written in German",), answers=("zu Hause",),
           added="Ich kann mich nicht mehr anmelden und es geht seit gestern nicht"),
    Script(("Je ne peux pas ouvrir le fichier de mon équipe",), ("Written in French",), device=ANDROID,
           added="Ce problème dure depuis lundi et je suis dans le bureau avec les autres"),
    Script(("¿Cómo puedo cambiar mi contraseña en el portal?",), ("Written in Spanish",),
           added="No puedo entrar y es para una reunión con los clientes"),
    Script(("THE SCANNER IS BROKEN AGAIN",), ("Tone", "Written in capitals: “THE SCANNER IS BROKEN AGAIN”"),
           answers=("third floor",)),
    Script(("The headset makes no sound!!! This is ridiculous",), ("Sounds frustrated: “!!!”",), outcome="maybe"),
    Script(("Wi-Fi is down on floor 3",), ("everyone on our floor", "Something is down"),
           added="This is the case for everyone on our floor", reason="Something is down", answers=("this morning",)),
    Script(("The phones are down",), ("the whole company", "many teams hit"), reason="Something is down",
           added="It seems that the whole company is hit"),
    Script(("Is there an outage of the mail system?",), ("Something is down",), reason="Something is down"),
    Script(("My badge does not open the door",), ("Chrome on an Android phone",), device=ANDROID, outcome="maybe"),
    Script(("I forgot the PIN of my phone",), ("Not said: ",), outcome="answered", opened=True,
           reason="Asked for a person", device="curl/8.5"),
    Script(("Teams can't start when somebody calls",), ("There is a deadline: “by tomorrow”",),
           added="I need it by tomorrow", answers=("nothing yet",), rejected=True, outcome="answered",
           reason="What was found did not help"),
    Script(("How do I share a file with a customer?",), ("one person hit",), outcome="answered",
           note="Out of date", rejected=True, reason="What was found did not help"),
    Script(("The laptop fan is loud", "It gets hot as well", "And now it is slow"),
           ("Asked several times: 3 questions",), answers=("since the update",)),
    Script(("I need a second monitor",), ("Asked first", "before the"), answers=("before the end of May",)),
    Script(("Which form do I use to hire a contractor?",), ("Asks for a person: “talk to somebody”",), restricted=True,
           outcome="maybe", added="I would rather talk to somebody"),
    Script(("Budget codes for this year do not work",), ("5 people",), restricted=True, outcome="answered", opened=True,
           rejected=True, added="Here 5 people have it", reason="What was found did not help", device=EDGE),
    Script(("My mailbox is full",), ("Edge on Windows 10 or 11",), device=EDGE, outcome="answered", opened=True,
           reason="Asked for a person"),
    Script(("Dove trovo il modulo per le ferie?",), ("Written in Italian",),
           added="Non lo trovo nel portale, ma è urgente"),
    Script(("Ik kan niet inloggen op mijn laptop",), ("Written in Dutch",),
           added="Het is niet de eerste keer dat ik dit heb"),
    Script(("Search was gone when I asked",), ("Search was not available",), outcome="unavailable",
           reason="Search was not available"),
    Script(("I left my laptop on the train",), ("A lost or stolen device", "Not looked up: it is a matter for people"),
           outcome="sensitive", reason="A matter for people", device=IPHONE),
    Script(("I clicked on a link in a fake mail and typed my password",), ("Somebody fell for a fraud", "Urgent"),
           outcome="sensitive", reason="A matter for people"),
)  # fmt: skip
