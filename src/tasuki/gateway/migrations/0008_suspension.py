from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gateway', '0007_corrections'),
    ]

    operations = [
        migrations.AddField(
            model_name='institution',
            name='suspended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='institution',
            name='suspended_why',
            field=models.TextField(null=True),
        ),
        migrations.AddConstraint(
            model_name='institution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('suspended_at__isnull', True), ('suspended_why__isnull', True)), models.Q(('suspended_at__isnull', False), ('suspended_why__isnull', False)), _connector='OR'), name='gateway_institution_suspended_for_a_reason'),
        ),
    ]
