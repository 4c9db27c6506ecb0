from django.db import migrations, models

from accounts.roles import Role


def create_roles(apps, schema_editor):
    groups = apps.get_model("auth", "Group")
    for role in (Role.CANDIDATE, Role.COACH):
        groups.objects.get_or_create(name=role.value)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_roles")]
    operations = [
        migrations.AlterField(
            model_name="user",
            name="demo_role",
            field=models.CharField(blank=True, choices=[(role.value, role.value) for role in Role], help_text="In a demo, the role that this person shows: anyone can sign in as them with one click.", max_length=20, null=True, unique=True),
        ),
        migrations.RunPython(create_roles, migrations.RunPython.noop),
    ]
