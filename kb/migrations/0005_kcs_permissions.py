from django.db import migrations

from accounts.roles import Role, grant

READ = ["kb.view_article"]
FLAG = ["kb.add_flag"]
WRITE = [*READ, *FLAG, "kb.add_article", "kb.add_revision", "kb.view_revision"]
VALIDATE = [*WRITE, "kb.validate_revision"]


def give_permissions(apps, schema_editor):
    grant(
        apps,
        {
            Role.CANDIDATE: WRITE,
            Role.CONTRIBUTOR: VALIDATE,
            Role.COACH: VALIDATE,
            Role.PUBLISHER: VALIDATE,
            # Reuse is review: whoever works with articles flags what is not right.
            Role.AGENT: FLAG,
            Role.LEAD: FLAG,
        },
    )


def govern_policies(apps, schema_editor):
    apps.get_model("kb", "Article").objects.filter(kind="policy").update(governance="compliance")


class Migration(migrations.Migration):
    dependencies = [("kb", "0004_governance"), ("accounts", "0003_kcs_roles")]
    operations = [
        migrations.RunPython(give_permissions, migrations.RunPython.noop),
        migrations.RunPython(govern_policies, migrations.RunPython.noop),
    ]
