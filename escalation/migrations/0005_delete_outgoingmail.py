from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("escalation", "0004_mail_moves_to_accounts")]
    operations = [migrations.DeleteModel(name="OutgoingMail")]
