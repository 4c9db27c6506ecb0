from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0010_unit_vectors")]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="with_a_person",
            field=models.BooleanField(default=False, help_text="Whether somebody of the desk is answering it now: the machine keeps out of it."),
        ),
        migrations.AddField(
            model_name="question",
            name="sensitivity",
            field=models.CharField(blank=True, choices=[("distress", "distress"), ("harassment", "harassment"), ("health", "health"), ("lost_device", "lost_device"), ("phishing", "phishing")], max_length=20),
        ),
        migrations.AlterField(
            model_name="question",
            name="outcome",
            field=models.CharField(choices=[("answered", "Answered with quotes"), ("maybe", "Articles that may be it"), ("unsure", "Not sure"), ("unavailable", "Search was not available"), ("small_talk", "Nothing was asked"), ("sensitive", "A matter for people"), ("with_person", "A person was on it")], max_length=20),
        ),
    ]
