"""Mail of before goes along, with who may see it in the administration.

In a migration of its own: PostgreSQL does not change a table in the transaction that has just written to it.
"""

from itertools import islice

from django.db import migrations

COPIED = ["to", "subject", "body", "created_at", "due_at", "claimed_at", "sent_at", "attempts", "error"]
BATCH = 500


def batches(rows):
    while batch := list(islice(rows, BATCH)):
        yield batch


def move_down(apps, schema_editor):
    earlier = apps.get_model("escalation", "OutgoingMail")
    mail = apps.get_model("accounts", "OutgoingMail")
    links = apps.get_model("escalation", "Ticket").mails.through
    for rows in batches(earlier.objects.select_related("ticket").order_by("pk").iterator()):
        moved = mail.objects.bulk_create(
            mail(recipient_id=row.ticket.requester_id, **copy_of(row)) for row in rows
        )
        links.objects.bulk_create(
            links(ticket_id=row.ticket_id, outgoingmail_id=new.pk) for row, new in zip(rows, moved, strict=True)
        )
    hand_over_permissions(apps, "escalation", "accounts")


def move_up(apps, schema_editor):
    """Mail that is about no ticket stays behind: the table of before has no place for it."""
    earlier = apps.get_model("escalation", "OutgoingMail")
    links = apps.get_model("escalation", "Ticket").mails.through
    mail = apps.get_model("accounts", "OutgoingMail")
    moved = links.objects.select_related("outgoingmail").order_by("outgoingmail_id")
    for rows in batches(moved.iterator()):
        earlier.objects.bulk_create(
            earlier(ticket_id=row.ticket_id, **copy_of(row.outgoingmail)) for row in rows
        )
    mail.objects.filter(tickets__isnull=False).delete()
    hand_over_permissions(apps, "accounts", "escalation")


def copy_of(row):
    return {name: getattr(row, name) for name in COPIED}


def hand_over_permissions(apps, source, target):
    """Whoever could read the table of before reads this one: its type of content changes its name."""
    types = apps.get_model("contenttypes", "ContentType").objects
    if not types.filter(app_label=target, model="outgoingmail").exists():
        types.filter(app_label=source, model="outgoingmail").update(app_label=target)


class Migration(migrations.Migration):
    dependencies = [
        ("escalation", "0003_ticket_mails"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(move_down, move_up)]
