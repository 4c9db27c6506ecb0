from django.db import migrations

from accounts.roles import Role, grant

LEVELS = ["low", "normal", "high", "urgent"]


def weigh(apps, schema_editor):
    tickets = apps.get_model("escalation", "Ticket").objects
    for weight, level in enumerate(LEVELS):
        tickets.filter(priority=level).update(weight=weight, urgency=level)


def give_permissions(apps, schema_editor):
    grant(apps, {Role.LEAD: ["escalation.lead_ticket"]})


class Migration(migrations.Migration):
    dependencies = [("escalation", "0007_the_desk"), ("accounts", "0003_kcs_roles")]
    operations = [
        migrations.RunPython(weigh, migrations.RunPython.noop),
        migrations.RunPython(give_permissions, migrations.RunPython.noop),
    ]
