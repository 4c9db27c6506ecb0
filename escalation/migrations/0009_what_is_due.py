from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("escalation", "0008_weights_and_leads")]
    operations = [
        migrations.AddField(
            model_name="ticket",
            name="due_at",
            field=models.DateTimeField(
                blank=True,
                help_text="What is promised next, of the two above; nothing while its clock stands still.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="ticket", index=models.Index(fields=["due_at", "id"], name="ticket_due")
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["-opened_at", "-id"], name="ticket_newest"),
        ),
    ]
