from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0006_index_build_weights")]

    operations = [
        migrations.AlterField(
            model_name="question",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("answered", "Answered with quotes"),
                    ("maybe", "Articles that may be it"),
                    ("unsure", "Not sure"),
                    ("unavailable", "Search was not available"),
                    ("small_talk", "Nothing was asked"),
                ],
                max_length=20,
            ),
        ),
    ]
