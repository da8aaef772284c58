from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("guests", "0002_bulk_operations"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="photo_version",
            field=models.CharField(blank=True, editable=False, max_length=16),
        ),
    ]
