"""The digest of a phrasing leaves punctuation out, so that what was pruned is not learnt again with an "!"."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from search.phrasings import digest


def digest_anew(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Of those that are alike now, what was pruned stays. Without its words a phrasing keeps the digest it has."""
    phrasings = apps.get_model("search", "Phrasing").objects
    seen = set()
    pruned_first = models.F("pruned_at").asc(nulls_last=True)
    for each in phrasings.exclude(text="").order_by(pruned_first, "pk").iterator():
        key = (each.article_id, digest(each.text), each.origin)
        if key in seen:
            each.delete()
            continue
        seen.add(key)
        if each.digest != key[1]:
            phrasings.filter(article=each.article_id, digest=key[1], origin=each.origin).delete()
            phrasings.filter(pk=each.pk).update(digest=key[1])


class Migration(migrations.Migration):
    dependencies = [("search", "0007_small_talk")]

    operations = [
        migrations.AlterField(
            model_name="phrasing",
            name="digest",
            field=models.CharField(
                help_text="Of the words without case, spacing and punctuation: alike is kept once.",
                max_length=64,
            ),
        ),
        migrations.RunPython(digest_anew, migrations.RunPython.noop),
    ]
