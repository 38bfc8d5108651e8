"""Letters beside the first five: the gathered notice, the HPV recall, the retest."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('letters', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='wording',
            name='letters_wording_is_of_a_letter',
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['RESULT_NOTICE', 'GATHERED_NOTICE', 'REFERRAL', 'DETAIL_REMINDER', 'HPV_RECALL', 'RETEST', 'COUPON', 'REMINDER']), ('language__in', ['ja', 'ja-easy', 'en'])), name='letters_wording_is_of_a_letter'),
        ),
    ]
