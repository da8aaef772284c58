"""The Fluent System Icons of the sprite, as `{% icon %}` accepts them."""

from __future__ import annotations


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


REGULAR = _names(
    """
    add alert app_generic apps arrow_clockwise arrow_download arrow_left arrow_reset arrow_right
    arrow_sort arrow_sort_down arrow_sort_up arrow_sync arrow_upload book_open box_checkmark
    building calendar_checkmark checkmark checkmark_circle chevron_down chevron_right chevron_up
    clipboard_text_ltr clock column_triple_edit copy data_trending delete dismiss dismiss_circle
    document_arrow_down document_table document_text edit error_circle filter_add globe
    globe_person globe_shield headset home image_add info key key_multiple link lock_closed mail
    mail_arrow_forward mail_checkmark mail_prohibited more_horizontal navigation open
    panel_left_contract people people_list people_settings people_team person person_add
    person_arrow_right person_available person_delete person_feedback person_mail
    person_prohibited person_support pin plug_disconnected prohibited pulse question
    receipt_money save search settings shield_checkmark shield_person sign_out
    task_list_square_ltr timer vehicle_truck_profile warning wrench_screwdriver
    """
)
"""Drawn at 20 px in menus and commands."""

SMALL = _names(
    """
    add arrow_clockwise arrow_left arrow_sort arrow_sort_down arrow_sort_up checkmark
    checkmark_circle chevron_down chevron_right chevron_up copy dismiss dismiss_circle edit
    error_circle filter_add info key link lock_closed mail open person question search warning
    """
)
"""Drawn at 16 px beside text: chevrons, sorting, fields."""

LARGE = _names(
    """
    apps building checkmark_circle clipboard_text_ltr error_circle globe globe_person home key
    key_multiple lock_closed mail mail_checkmark people people_list people_settings people_team
    person person_arrow_right person_delete person_mail plug_disconnected prohibited search
    settings shield_error shield_person warning
    """
)
"""Drawn filled at 32 px (24 where the set has no 32) for blade titles and empty states."""

DIRECTIONAL = frozenset(
    {"arrow_left", "arrow_right", "chevron_right", "panel_left_contract", "sign_out"}
)
"""Icons that point along the text and turn round with it."""


def symbol_id(name: str, size: int = 20) -> str:
    """The id of an icon in the sprite; sizes are 16, 20 and 32 pixels.

    Raises: LookupError when the sprite has no such icon.
    """
    if size == 20 and name in REGULAR:
        return name
    if size == 16 and name in SMALL:
        return f"{name}-16"
    if size == 32 and name in LARGE:
        return f"{name}-32"
    raise LookupError(f"the sprite has no icon {name} of {size} px; see portal/console/icons.py")
