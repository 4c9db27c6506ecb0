from django.db import migrations

from kb.models.articles import random_name


def name_articles(apps, schema_editor):
    article_model = apps.get_model("kb", "Article")
    for article in article_model.objects.filter(external_id__isnull=True).only("pk"):
        article_model.objects.filter(pk=article.pk).update(external_id=random_name())


class Migration(migrations.Migration):
    dependencies = [("kb", "0002_roles_and_everyone")]
    operations = [migrations.RunPython(name_articles, migrations.RunPython.noop)]
