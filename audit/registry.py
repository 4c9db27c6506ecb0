"""Every surface of the site, with the sweep that goes over it, or with the reason why none needs to.

A surface is an address by its name, a mail by its template, or a command that writes articles somewhere. A test
goes through all that there are, and fails for one that stands in neither table.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from audit.ground import Ground
from audit.surfaces import addresses, admin, canaries, pages, questions, writing
from audit.visiting import Errand, Probe

Sweep = Callable[[Ground, Probe], Iterable[Errand]]

# By the address that it goes to; one sweep goes to many, and one address is gone to by several.
SWEPT: dict[str, tuple[Sweep, ...]] = {
    **dict.fromkeys(pages.PLAIN, (pages.plain_pages, canaries.unmoved)),
    **dict.fromkeys(
        (*addresses.NARROWED_TO_AN_ARTICLE, *addresses.NARROWED_BY_NAME),
        (pages.plain_pages, canaries.unmoved, addresses.narrowed_lists),
    ),
    "kb:category": (pages.shelves, canaries.unmoved),
    "kb:former_address": (pages.former_addresses,),
    "404.html": (pages.error_pages,),
    "kb:article": (addresses.articles_shown, addresses.hidden_addresses, canaries.unmoved),
    **dict.fromkeys(addresses.PAGES_OF_ARTICLES, (addresses.articles_shown, addresses.hidden_addresses)),
    **dict.fromkeys(addresses.PAGES_OF_REVISIONS, (addresses.articles_shown, addresses.hidden_addresses)),
    **dict.fromkeys(addresses.PAGES_OF_FLAGS, (addresses.hidden_addresses,)),
    **dict.fromkeys(addresses.PAGES_OF_PHRASINGS, (addresses.hidden_addresses,)),
    **dict.fromkeys(addresses.PAGES_OF_PINS, (addresses.hidden_addresses,)),
    **dict.fromkeys(addresses.PAGES_OF_COMMENTS, (addresses.hidden_addresses,)),
    **dict.fromkeys(addresses.PAGES_OF_THE_TRAIL, (addresses.hidden_addresses,)),
    **dict.fromkeys(addresses.PAGES_OF_WORKING_COPIES, (writing.writing, addresses.hidden_addresses)),
    "kb:attachment": (addresses.hidden_addresses,),
    "kb:bulk": (addresses.ways_in, canaries.choices),
    "search:open": (questions.asking,),
    "search:feedback": (questions.asking,),
    "search:conversation": (questions.asking, questions.own_past),
    "search:similar": (writing.writing,),
    "api-search:ask": (questions.asking,),
    "escalation:handoff": (pages.plain_pages, addresses.ways_in, questions.asking),
    "escalation:offers": (questions.asking,),
    "escalation:offered_article": (questions.asking,),
    "escalation:solved_by_offered": (questions.asking,),
    "escalation:ticket": (questions.tickets_for_the_desk, questions.own_past),
    "escalation:receipt": (questions.own_past,),
    "escalation:desk_ticket": (questions.tickets_for_the_desk,),
    "escalation:desk_resolve": (questions.tickets_for_the_desk,),
    "escalation:desk_suggested": (questions.tickets_for_the_desk,),
    "escalation:desk_refer": (questions.tickets_for_the_desk,),
    "escalation:desk_drop_reference": (questions.tickets_for_the_desk,),
    "escalation:desk_flag": (questions.tickets_for_the_desk,),
    "escalation:desk_write": (questions.tickets_for_the_desk,),
    "api-escalation:ticket-detail": (questions.tickets_for_the_desk, questions.own_past),
    "admin:*": (admin.administration,),
}

OWN = "Changes something of one's own and leads to a page that is swept."
ON_A_TICKET = "Takes words for a ticket and leads to its page, which is swept."
OF_THE_DESK = "For leads: queues, people and rules, and nothing that an article says."
EXEMPT: dict[str, str] = {
    "search:delete_conversation": OWN,
    "search:delete_history": OWN,
    "search:synonyms": "Words that mean the same, kept by editors for everybody and of no article.",
    "search:wording": "Words an answer of one's own, and asks a language model for it; the answer's page is swept.",
    "kb:stop_viewing_as": OWN,
    "accounts:demo_sign_in": "Signs in as somebody of the demo, and leads to a page that is swept.",
    "accounts:create_token": "Answers with the profile, which is swept.",
    "accounts:revoke_token": OWN,
    "api-accounts:token-detail": "Ends a token of one's own; its answer is empty.",
    "account_reset_password_from_key": "About a password alone, and only with the key from a mail.",
    "escalation:file": "A file that somebody sent with a ticket, for whoever may see the ticket; of no article.",
    "escalation:held_mails": "Mail that people sent, for leads; of no article.",
    "escalation:held_mail": "Mail that somebody sent, for leads; of no article.",
    "escalation:outside_report": "Takes what a system outside signs; its answer is empty.",
    "escalation:incident": "What the desk says of an incident, and tickets that are about it; of no article.",
    "escalation:say_incident": "Takes words for an incident and leads to its page.",
    "escalation:link_incident": "Takes tickets for an incident and leads to its page.",
    "escalation:resolve_incident": "Takes tickets of an incident and leads to its page.",
    "escalation:ticket_incident": ON_A_TICKET,
    "escalation:follow_incident": ON_A_TICKET,
    "escalation:hide_incident": OWN,
    "escalation:survey": "Two questions about a ticket, by a link that only its mail has; names its number alone.",
    "escalation:bulk": "The tickets that somebody ticked, by their subjects, done one by one; of no article.",
    "escalation:keep_view": "Keeps a choice of tickets and leads to the queue, which is swept.",
    "escalation:forget_view": "Forgets a choice of tickets and leads to the queue, which is swept.",
    "escalation:targets": "Times, hours and holidays, for leads; of no article.",
    "escalation:reply": ON_A_TICKET,
    "escalation:reopen": ON_A_TICKET,
    "escalation:close": ON_A_TICKET,
    "escalation:desk_reply": ON_A_TICKET,
    "escalation:desk_note": ON_A_TICKET,
    "escalation:desk_assign": ON_A_TICKET,
    "escalation:desk_status": ON_A_TICKET,
    "escalation:desk_merge": ON_A_TICKET,
    "escalation:desk_unmerge": ON_A_TICKET,
    "escalation:desk_watch": ON_A_TICKET,
    "escalation:desk_presence": "Names who else has a ticket open, and counts replies; of no article.",
    "escalation:canned_replies": "Words of the desk to be used again, for those who work on tickets; of no article.",
    "escalation:add_canned_reply": "Takes words of the desk to be used again; of no article.",
    "escalation:canned_reply": "Words of the desk to be used again, for those who work on tickets; of no article.",
    "api-escalation:ticket-notes": "Answers with the words that were sent.",
    "api-escalation:ticket-assign": "Answers with where a ticket stands.",
    "api-escalation:ticket-resolve": "Answers with where a ticket stands.",
    "escalation:desk_move": ON_A_TICKET,
    "escalation:rules": OF_THE_DESK,
    "escalation:add_queue": OF_THE_DESK,
    "escalation:queue_settings": OF_THE_DESK,
    "escalation:add_rule": OF_THE_DESK,
    "escalation:rule": "For leads: names shelves and audiences, and of tickets the subjects that they may see.",
    "escalation:change_rule": OF_THE_DESK,
    "api-escalation:ticket-move": "Answers with the ticket, which is swept.",
    "api-escalation:ticket-replies": "Answers with the words that were sent.",
}

# Written by audit.surfaces.mails, each by doing what it tells of.
MAILS = {
    "kb/mail/digest.txt",
    "kb/mail/flag_closed.txt",
    "escalation/mail/opened.txt",
    "escalation/mail/reply.txt",
    "escalation/mail/resolved.txt",
    "escalation/mail/closed.txt",
    "escalation/mail/due.txt",
    "escalation/mail/incident.txt",
    "escalation/mail/mentioned.txt",
    "escalation/mail/merged.txt",
    "escalation/mail/merged_solved.txt",
    "escalation/mail/unmerged.txt",
    "escalation/mail/watching.txt",
}

SHELL = "Run by whoever has a shell on the server, and so the whole database: "
COMMANDS: dict[str, str] = {
    "ask": f"{SHELL}prints what somebody would be answered, by the search that is swept.",
    "audit_leaks": f"{SHELL}prints what is hidden on purpose, when somebody saw it.",
    "calibrate": f"{SHELL}prints figures; the file it may write holds features, no words.",
    "check_links": f"{SHELL}prints counts.",
    "draw_risk_coverage": f"{SHELL}draws figures.",
    "evaluate_routing": f"{SHELL}prints figures.",
    "evaluate_search": f"{SHELL}prints figures.",
    "export_articles": f"{SHELL}writes all; as a person, what kb:export gives them, which is swept.",
    "export_phrasings": f"{SHELL}writes what editors wrote themselves, nothing that anybody asked.",
    "import_articles": f"{SHELL}prints names of the files that it was given.",
    "import_phrasings": f"{SHELL}prints counts.",
    "learn_phrasings": f"{SHELL}prints counts.",
    "load_demo": f"{SHELL}prints counts.",
    "receive_mail": f"{SHELL}prints what became of the mail that it was given.",
    "rebuild_index": f"{SHELL}prints counts.",
}


def sweeps() -> list[Sweep]:
    """Each once, in the order of the table."""
    return list(dict.fromkeys(sweep for several in SWEPT.values() for sweep in several))


def addresses_there_are() -> Iterator[str]:
    """The name of every address that the site answers at; of the administration one for all."""
    yield from dict.fromkeys(_names(get_resolver()))


def _names(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _names(entry, (*spaces, entry.namespace) if entry.namespace else spaces)
        elif isinstance(entry, URLPattern):
            name = ":".join((*spaces, entry.name or str(entry.pattern)))
            yield "admin:*" if spaces[:1] == ("admin",) else name


def mails_there_are() -> Iterator[str]:
    """Every template of a mail of this site; a part of one begins with an underscore."""
    root = Path(settings.BASE_DIR) / "templates"
    for file in sorted(root.glob("**/mail*/*")):
        if not file.name.startswith("_"):
            yield str(file.relative_to(root))


def commands_there_are() -> Iterator[str]:
    """The commands of this site's own apps."""
    own = {app.name for app in apps.get_app_configs() if Path(app.path).parent == Path(settings.BASE_DIR)}
    yield from sorted(name for name, app in get_commands().items() if app in own)
