"""One more kind of letter: to a municipality that holds no linkage code of a person."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('letters', '0002_more_letters'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='wording',
            name='letters_wording_is_of_a_letter',
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['RESULT_NOTICE', 'GATHERED_NOTICE', 'REFERRAL', 'DETAIL_REMINDER', 'HPV_RECALL', 'RETEST', 'COUPON', 'REMINDER', 'CODE_REQUEST']), ('language__in', ['ja', 'ja-easy', 'en'])), name='letters_wording_is_of_a_letter'),
        ),
    ]
