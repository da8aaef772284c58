"""Passwords of waiting rows get a column of their own, encrypted (BLK-18)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("guests", "0004_groups")]

    operations = [
        migrations.AddField(
            model_name="bulkrow",
            name="sealed",
            field=models.TextField(blank=True, default="", editable=False),
        ),
    ]
