import django.db.models.deletion
from django.db import migrations, models

# As planned visits have them.
WITH_THEM = """
ALTER TABLE child_health_planfailure
    ADD CONSTRAINT child_health_failure_child_fk FOREIGN KEY (child_id)
        REFERENCES child_health_child (id) ON DELETE CASCADE,
    ADD CONSTRAINT child_health_failure_pregnancy_fk FOREIGN KEY (pregnancy_id)
        REFERENCES child_health_pregnancy (id) ON DELETE CASCADE;
"""
WITHOUT = """
ALTER TABLE child_health_planfailure
    DROP CONSTRAINT child_health_failure_child_fk,
    DROP CONSTRAINT child_health_failure_pregnancy_fk;
"""


class Migration(migrations.Migration):
    """Who could not be planned."""

    dependencies = [('child_health', '0022_after_birth')]

    operations = [
        migrations.CreateModel(
            name='PlanFailure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('problem', models.CharField(help_text='The kind of fault.', max_length=100)),
                ('failed_at', models.DateTimeField()),
                ('child', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='child_health.child')),
                ('pregnancy', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='child_health.pregnancy')),
            ],
        ),
        migrations.RunSQL(WITH_THEM, WITHOUT),
    ]
