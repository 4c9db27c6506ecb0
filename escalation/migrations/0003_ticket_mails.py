import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_outgoingmail"),
        ("escalation", "0002_roles"),
    ]
    operations = [
        # The mails of a ticket are about to be those of accounts: both can't have the name at once.
        migrations.AlterField(
            model_name="outgoingmail",
            name="ticket",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="earlier_mails", to="escalation.ticket"),
        ),
        migrations.AddField(
            model_name="ticket",
            name="mails",
            field=models.ManyToManyField(editable=False, related_name="tickets", to="accounts.outgoingmail"),
        ),
    ]
