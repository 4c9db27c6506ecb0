from django.db import migrations

from accounts.roles import Role, grant

ASK = ["escalation.add_ticket"]
WORK = [*ASK, "escalation.work_ticket", "escalation.view_ticket", "escalation.change_ticket"]


def give_permissions(apps, schema_editor):
    grant(
        apps,
        {
            Role.EMPLOYEE: ASK,
            Role.CONTRIBUTOR: ASK,
            Role.PUBLISHER: ASK,
            Role.AGENT: WORK,
            Role.LEAD: WORK,
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("escalation", "0001_initial"),
        ("accounts", "0002_roles"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop)]
