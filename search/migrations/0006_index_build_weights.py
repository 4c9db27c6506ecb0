from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0005_phrasings_in_use")]

    operations = [
        migrations.AddField(
            model_name="indexbuild",
            name="weights",
            field=models.CharField(
                default="", help_text="The SHA-256 of the model's weights.", max_length=64
            ),
            preserve_default=False,
        ),
    ]
