"""Three more kinds of letter: what must be written when records were linked to the wrong person."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('letters', '0003_code_request'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='wording',
            name='letters_wording_is_of_a_letter',
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['RESULT_NOTICE', 'GATHERED_NOTICE', 'REFERRAL', 'DETAIL_REMINDER', 'HPV_RECALL', 'RETEST', 'COUPON', 'REMINDER', 'CODE_REQUEST', 'INCIDENT_REPORT', 'WRONG_LINK_NOTICE', 'WRONG_DATA_NOTICE']), ('language__in', ['ja', 'ja-easy', 'en'])), name='letters_wording_is_of_a_letter'),
        ),
    ]
