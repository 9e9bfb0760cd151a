"""The rules of Block Kit that Slack enforces: which blocks exist, what they need, how long things may be. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.state import Json

MOST_BLOCKS: Mapping[str, int] = {"message": 50, "home": 100, "modal": 100}
MARKDOWN_TOTAL = 12_000
MOST_PROMPTS = 4


def check_blocks(blocks: Sequence[Any], *, surface: str = "message") -> None:
    """Raises ApiError as Slack does for the first thing that is wrong."""
    if len(blocks) > MOST_BLOCKS[surface]:
        raise wrong("", f"no more than {MOST_BLOCKS[surface]} items allowed [json-pointer:/blocks]")
    ids = [block.get("block_id") for block in blocks if isinstance(block, dict) and block.get("block_id")]
    if len(ids) != len(set(ids)):
        raise wrong("/blocks", "block_id must be unique")
    for number, block in enumerate(blocks):
        place = f"/blocks/{number}"
        if not isinstance(block, dict) or block.get("type") not in RULES:
            raise wrong(place, "unsupported type")
        if len(str(block.get("block_id") or "")) > 255:
            raise wrong(f"{place}/block_id", "must be less than 256 characters")
        RULES[block["type"]](block, place)
    if sum(len(block.get("text", "")) for block in blocks if block["type"] == "markdown") > MARKDOWN_TOTAL:
        raise ApiError("msg_blocks_too_long", f"markdown blocks hold at most {MARKDOWN_TOTAL} characters together")


def wrong(place: str, what: str) -> ApiError:
    return ApiError("invalid_blocks", f"{what} [json-pointer:{place}]" if place else what)


def check_text(value: Any, place: str, *, most: int, kinds: Sequence[str] = ("plain_text", "mrkdwn")) -> None:
    """A text object with 1 to `most` characters."""
    if not isinstance(value, dict) or value.get("type") not in kinds:
        raise wrong(place, f"must be a text object of type {' or '.join(kinds)}")
    text = value.get("text")
    if not isinstance(text, str) or not text:
        raise wrong(f"{place}/text", "must be more than 0 characters")
    if len(text) > most:
        raise wrong(f"{place}/text", f"must be less than {most + 1} characters")


def check_string(holder: Json, name: str, place: str, *, most: int, required: bool = False) -> None:
    value = holder.get(name)
    if value is None and not required:
        return
    if not isinstance(value, str) or (required and not value) or len(value) > most:
        raise wrong(f"{place}/{name}", f"must be a string of at most {most} characters")


def check_items(holder: Json, name: str, place: str, *, most: int) -> list[Any]:
    items = holder.get(name)
    if not isinstance(items, list) or not items:
        raise wrong(f"{place}/{name}", "must have at least one item")
    if len(items) > most:
        raise wrong(f"{place}/{name}", f"no more than {most} items allowed")
    return items


def section(block: Json, place: str) -> None:
    if not block.get("text") and not block.get("fields"):
        raise wrong(place, "a section needs text or fields")
    if block.get("text"):
        check_text(block["text"], f"{place}/text", most=3000)
    if block.get("fields"):
        for number, one in enumerate(check_items(block, "fields", place, most=10)):
            check_text(one, f"{place}/fields/{number}", most=2000)
    if block.get("accessory"):
        element(block["accessory"], f"{place}/accessory")


def header(block: Json, place: str) -> None:
    check_text(block.get("text"), f"{place}/text", most=150, kinds=("plain_text",))


def context(block: Json, place: str) -> None:
    for number, one in enumerate(check_items(block, "elements", place, most=10)):
        if isinstance(one, dict) and one.get("type") == "image":
            image(one, f"{place}/elements/{number}")
        else:
            check_text(one, f"{place}/elements/{number}", most=2000)


def actions(block: Json, place: str) -> None:
    elements = check_items(block, "elements", place, most=25)
    names = [one.get("action_id") for one in elements if isinstance(one, dict) and one.get("action_id")]
    if len(names) != len(set(names)):
        raise wrong(f"{place}/elements", "action_id must be unique within a block")
    for number, one in enumerate(elements):
        element(one, f"{place}/elements/{number}")


def context_actions(block: Json, place: str) -> None:
    for number, one in enumerate(check_items(block, "elements", place, most=5)):
        where = f"{place}/elements/{number}"
        if not isinstance(one, dict) or one.get("type") not in ("feedback_buttons", "icon_button"):
            raise wrong(where, "must be feedback_buttons or icon_button")
        check_string(one, "action_id", where, most=255)
        if one["type"] == "icon_button":
            check_text(one.get("text"), f"{where}/text", most=75, kinds=("plain_text",))
            check_string(one, "icon", where, most=75, required=True)
            continue
        for name in ("positive_button", "negative_button"):
            button = one.get(name)
            if not isinstance(button, dict):
                raise wrong(f"{where}/{name}", "missing required field")
            check_text(button.get("text"), f"{where}/{name}/text", most=75, kinds=("plain_text",))
            check_string(button, "value", f"{where}/{name}", most=2000, required=True)


def element(one: Any, place: str) -> None:
    """An interactive element or an accessory."""
    if not isinstance(one, dict) or one.get("type") not in ELEMENTS:
        raise wrong(place, "unsupported type")
    check_string(one, "action_id", place, most=255)
    if one["type"] == "button":
        check_text(one.get("text"), f"{place}/text", most=75, kinds=("plain_text",))
        check_string(one, "value", place, most=2000)
        check_string(one, "url", place, most=3000)
        if one.get("style") not in (None, "primary", "danger"):
            raise wrong(f"{place}/style", "must be primary or danger")
    if one["type"] == "image":
        image(one, place)
    if one["type"] in ("static_select", "multi_static_select", "overflow", "checkboxes", "radio_buttons"):
        choices(one, place)
    if one["type"] == "plain_text_input":
        most = one.get("max_length", 3000)
        if not isinstance(most, int) or not 1 <= most <= 3000:
            raise wrong(f"{place}/max_length", "must be 1 to 3000")
        check_string(one, "initial_value", place, most=most)


def choices(one: Json, place: str) -> None:
    """What there is to choose from."""
    options = one.get("options") or []
    if not one.get("option_groups") and not 0 < len(options) <= 100:
        raise wrong(f"{place}/options", "must have 1 to 100 items")
    if one.get("initial_option") is not None and one["initial_option"] not in options:
        raise wrong(f"{place}/initial_option", "must be one of the options")
    for number, option in enumerate(options):
        check_text(option.get("text"), f"{place}/options/{number}/text", most=75)
        check_string(option, "value", f"{place}/options/{number}", most=150, required=True)


def image(block: Json, place: str) -> None:
    if not block.get("image_url") and not block.get("slack_file"):
        raise wrong(place, "an image needs image_url or slack_file")
    check_string(block, "image_url", place, most=3000)
    check_string(block, "alt_text", place, most=2000, required=True)


def markdown(block: Json, place: str) -> None:
    check_string(block, "text", place, most=1_000_000, required=True)


def input_block(block: Json, place: str) -> None:
    check_text(block.get("label"), f"{place}/label", most=2000, kinds=("plain_text",))
    if block.get("hint"):
        check_text(block["hint"], f"{place}/hint", most=2000, kinds=("plain_text",))
    element(block.get("element"), f"{place}/element")


def rich(block: Json, place: str) -> None:
    if not isinstance(block.get("elements"), list):
        raise wrong(f"{place}/elements", "missing required field")


def table(block: Json, place: str) -> None:
    for number, row in enumerate(check_items(block, "rows", place, most=100)):
        if not isinstance(row, list) or not 0 < len(row) <= 20:
            raise wrong(f"{place}/rows/{number}", "a row has 1 to 20 cells")


def anything(_block: Json, _place: str) -> None:
    """Blocks without rules that matter here."""


RULES: Mapping[str, Callable[[Json, str], None]] = {
    "section": section,
    "header": header,
    "context": context,
    "actions": actions,
    "context_actions": context_actions,
    "image": image,
    "markdown": markdown,
    "input": input_block,
    "rich_text": rich,
    "table": table,
    "divider": anything,
    "file": anything,
    "video": anything,
    "call": anything,
    "plan": anything,
    "task_card": anything,
}
ELEMENTS = frozenset(
    "button image overflow checkboxes radio_buttons static_select multi_static_select users_select "
    "multi_users_select conversations_select multi_conversations_select channels_select multi_channels_select "
    "external_select multi_external_select datepicker timepicker datetimepicker plain_text_input "
    "rich_text_input url_text_input email_text_input number_input file_input workflow_button".split()
)
