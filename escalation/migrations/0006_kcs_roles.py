from django.db import migrations

from accounts.roles import Role, grant


def give_permissions(apps, schema_editor):
    grant(apps, {role: ["escalation.add_ticket"] for role in (Role.CANDIDATE, Role.COACH)})


class Migration(migrations.Migration):
    dependencies = [("escalation", "0005_delete_outgoingmail"), ("accounts", "0003_kcs_roles")]
    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop)]
