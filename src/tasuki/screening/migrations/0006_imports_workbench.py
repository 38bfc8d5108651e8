"""Senders with their mappings, and rows of imports somebody has to look at."""

from django.db import migrations, models


TRIGGERS = """
CREATE TRIGGER screening_mapping_version_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON screening_mapping_version
    FOR EACH STATEMENT EXECUTE FUNCTION screening_refuse_change();
CREATE TRIGGER screening_import_row_change_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON screening_import_row_change
    FOR EACH STATEMENT EXECUTE FUNCTION screening_refuse_change();
"""
# What stood before was stored whole.
STORED = "UPDATE screening_import_batch SET stored_rows = good_rows WHERE state IN ('COMMITTED', 'UNDONE')"


class Migration(migrations.Migration):

    dependencies = [
        ('screening', '0005_entry'),
    ]

    operations = [
        migrations.CreateModel(
            name='MappingDraft',
            fields=[
                ('draft_id', models.UUIDField(primary_key=True, serialize=False)),
                ('sender_id', models.UUIDField()),
                ('mapping_id', models.UUIDField(null=True)),
                ('content', models.JSONField()),
                ('sample_name', models.TextField()),
                ('started_at', models.DateTimeField()),
                ('started_by', models.TextField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '取込み定義の下書き',
                'verbose_name_plural': '取込み定義の下書き',
                'db_table': 'screening_mapping_draft',
            },
        ),
        migrations.AddField(
            model_name='importbatch',
            name='header',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='mapping',
            field=models.TextField(db_default=''),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='mapping_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='mapping_version',
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='origin',
            field=models.TextField(db_default='SCREEN'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='stored_rows',
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='importrow',
            name='is_held',
            field=models.BooleanField(db_default=False),
        ),
        migrations.CreateModel(
            name='ImportProblemRow',
            fields=[
                ('pk', models.CompositePrimaryKey('batch_id', 'line', blank=True, editable=False, primary_key=True, serialize=False)),
                ('batch_id', models.UUIDField()),
                ('line', models.IntegerField()),
                ('sent', models.JSONField()),
                ('cells', models.JSONField()),
                ('state', models.TextField()),
                ('has_errors', models.BooleanField()),
                ('matched_person', models.TextField(null=True)),
                ('accepted', models.JSONField(default=list)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.TextField(null=True)),
            ],
            options={
                'verbose_name': '要確認行',
                'verbose_name_plural': '要確認行',
                'db_table': 'screening_import_problem_row',
                'indexes': [models.Index(fields=['batch_id', 'state'], name='screening_import_row_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='screening_import_decision_is_paired')],
            },
        ),
        migrations.CreateModel(
            name='ImportRowChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('batch_id', models.UUIDField()),
                ('line', models.IntegerField()),
                ('act', models.TextField()),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.TextField()),
                ('reason', models.TextField()),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
            ],
            options={
                'verbose_name': '要確認行の履歴',
                'verbose_name_plural': '要確認行の履歴',
                'db_table': 'screening_import_row_change',
                'indexes': [models.Index(fields=['batch_id', 'line'], name='screening_import_row_change_of')],
            },
        ),
        migrations.CreateModel(
            name='MappingVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mapping_id', models.UUIDField()),
                ('version', models.IntegerField()),
                ('content', models.TextField()),
                ('reason', models.TextField()),
                ('saved_at', models.DateTimeField()),
                ('saved_by', models.TextField()),
            ],
            options={
                'verbose_name': '取込み定義の版',
                'verbose_name_plural': '取込み定義の版',
                'db_table': 'screening_mapping_version',
                'constraints': [models.UniqueConstraint(fields=('mapping_id', 'version'), name='screening_mapping_version_once'), models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='screening_mapping_versions_count_from_one')],
            },
        ),
        migrations.CreateModel(
            name='Sender',
            fields=[
                ('sender_id', models.UUIDField(primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('kind', models.TextField()),
                ('drop_folder', models.TextField(default='')),
                ('commits_unattended', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.TextField()),
            ],
            options={
                'verbose_name': '送付元',
                'verbose_name_plural': '送付元',
                'db_table': 'screening_sender',
                'constraints': [models.UniqueConstraint(fields=('name',), name='screening_sender_has_its_own_name'), models.UniqueConstraint(condition=models.Q(('drop_folder', ''), _negated=True), fields=('drop_folder',), name='screening_sender_has_its_own_folder'), models.CheckConstraint(condition=models.Q(('drop_folder', ''), ('drop_folder__regex', '^[a-z0-9][a-z0-9-]{0,39}$'), _connector='OR'), name='screening_sender_folder_is_a_plain_name')],
            },
        ),
        migrations.CreateModel(
            name='SenderMapping',
            fields=[
                ('mapping_id', models.UUIDField(primary_key=True, serialize=False)),
                ('sender_id', models.UUIDField()),
                ('programme', models.TextField()),
                ('name', models.TextField()),
                ('version', models.IntegerField()),
                ('retired_at', models.DateTimeField(null=True)),
                ('retired_by', models.TextField(null=True)),
            ],
            options={
                'verbose_name': '取込み定義',
                'verbose_name_plural': '取込み定義',
                'db_table': 'screening_mapping',
                'constraints': [models.UniqueConstraint(fields=('sender_id', 'name'), name='screening_mapping_named_once'), models.CheckConstraint(condition=models.Q(models.Q(('retired_at__isnull', True), ('retired_by__isnull', True)), models.Q(('retired_at__isnull', False), ('retired_by__isnull', False)), _connector='OR'), name='screening_mapping_retirement_is_paired')],
            },
        ),
        # No way back: dropping what guards a history is not something a migration does.
        migrations.RunSQL(TRIGGERS),
        migrations.RunSQL(STORED, migrations.RunSQL.noop),
    ]
