"""Exchange records found by person, for whoever must know what was exchanged about somebody."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gateway', '0002_ordinals'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='inquiry',
            index=models.Index(fields=['institution', 'unified_person_number'], name='gateway_inquiry_person'),
        ),
        migrations.AddIndex(
            model_name='provision',
            index=models.Index(fields=['institution', 'unified_person_number'], name='gateway_provision_person'),
        ),
    ]
