import logging

from django.db import DatabaseError, migrations, models, transaction

logger = logging.getLogger(__name__)

# By what Django writes for icontains, so that PostgreSQL finds words inside a subject without reading every one.
WORDS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX IF NOT EXISTS ticket_words ON escalation_ticket USING gin (UPPER(subject) gin_trgm_ops);
"""


def index_words(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute(WORDS)
    except DatabaseError as problem:
        logger.warning("Words in the desk's list are looked up slowly, without pg_trgm: %s", problem)


class Migration(migrations.Migration):
    dependencies = [("escalation", "0010_incoming_mail")]
    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["-weight", "opened_at", "id"], name="ticket_by_weight"),
        ),
        migrations.RunPython(index_words, migrations.RunPython.noop),
    ]
