from django.db import migrations

from accounts.roles import Role, grant

READ = ["kb.view_article"]
WRITE = [*READ, "kb.add_article", "kb.add_revision", "kb.view_revision"]
REVIEW = [*WRITE, "kb.change_article", "kb.approve_revision"]


def give_permissions(apps, schema_editor):
    grant(
        apps,
        {
            Role.EMPLOYEE: READ,
            Role.AGENT: READ,
            Role.LEAD: READ,
            Role.CONTRIBUTOR: WRITE,
            Role.PUBLISHER: REVIEW,
        },
    )


def create_everyone(apps, schema_editor):
    apps.get_model("kb", "Audience").objects.get_or_create(
        slug="everyone", defaults={"name": "Everyone", "everyone": True, "description": "Everybody who can sign in."}
    )


class Migration(migrations.Migration):
    dependencies = [("kb", "0001_initial"), ("accounts", "0002_roles"), ("contenttypes", "0002_remove_content_type_name")]
    operations = [
        migrations.RunPython(give_permissions, migrations.RunPython.noop),
        migrations.RunPython(create_everyone, migrations.RunPython.noop),
    ]
