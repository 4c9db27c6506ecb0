import uuid

from django.db import migrations

from accounts.roles import Role, grant


def give_permissions(apps, schema_editor):
    grant(apps, {role: ["search.add_question"] for role in Role})


def name_the_database(apps, schema_editor):
    apps.get_model("search", "IndexState").objects.get_or_create(pk=1, defaults={"database": uuid.uuid4()})


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0001_initial"),
        ("accounts", "0002_roles"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(give_permissions, migrations.RunPython.noop),
        migrations.RunPython(name_the_database, migrations.RunPython.noop),
    ]
