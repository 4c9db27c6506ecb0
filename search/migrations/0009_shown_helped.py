from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0008_digest_of_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="shown",
            name="helped",
            field=models.BooleanField(
                default=False, help_text="The person said that, of those offered, it was the one."
            ),
        ),
    ]
