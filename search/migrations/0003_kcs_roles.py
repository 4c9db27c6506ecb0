from django.db import migrations

from accounts.roles import Role, grant


def give_permissions(apps, schema_editor):
    grant(apps, {role: ["search.add_question"] for role in (Role.CANDIDATE, Role.COACH)})


class Migration(migrations.Migration):
    dependencies = [("search", "0002_roles_and_state"), ("accounts", "0003_kcs_roles")]
    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop)]
