"""deploy/compose.yaml: right by the Compose specification, and closed wherever it can be."""

import json
import re
from pathlib import Path
from typing import Any, cast, get_args

import jsonschema_rs
import pytest
import yaml
from pydantic import SecretStr

from bot.roles import ROLES as PLAYED
from bot.settings import Settings
from deploy.deploy import SECRETS
from deploy.steps import BOT, ROLES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# From the Compose specification, Apache License 2.0: github.com/compose-spec/compose-spec/blob/main/schema.
SCHEMA = json.loads((ROOT / "tests" / "schemas" / "compose-spec.json").read_text(encoding="utf-8"))


def test_it_keeps_to_the_compose_specification() -> None:
    errors = [
        f"{error.instance_path}: {error.message}"
        for error in jsonschema_rs.Draft202012Validator(SCHEMA).iter_errors(COMPOSE)
    ]
    assert errors == []


def test_the_specification_finds_a_mistake() -> None:
    wrong = {**COMPOSE, "services": {"bot": {**SERVICES["bot"], "helthcheck": {}}}}
    assert not jsonschema_rs.Draft202012Validator(SCHEMA).is_valid(wrong)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_the_least_rights_and_bounds(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])
    assert {"memory", "pids"} <= set(service["deploy"]["resources"]["limits"])
    assert service["tmpfs"]
    assert "privileged" not in service
    assert not [volume for volume in service["volumes"] if "docker.sock" in volume]


def test_without_a_profile_there_is_the_bot_alone() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["bot"]


def test_only_the_api_is_reached_from_outside_and_by_this_machine_alone() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"bot", "web"}
    for name in ("bot", "web"):
        assert SERVICES[name]["ports"] == ["${SASEO_LISTEN:-127.0.0.1:8000}:8000"]
    assert {name for name, service in SERVICES.items() if service["networks"] != ["inside"]} == {BOT, *ROLES}
    assert COMPOSE["networks"]["inside"]["internal"] is True


@pytest.mark.parametrize("process", [BOT, *ROLES])
def test_what_is_started_besides_is_waited_for_until_it_is_healthy(process: str) -> None:
    assert set(SERVICES[process]["depends_on"]) == set(SERVICES) - {BOT, *ROLES}
    for name, wish in SERVICES[process]["depends_on"].items():
        assert wish == {"condition": "service_healthy", "required": False}
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_every_role_is_a_service_that_plays_it_alone_and_is_else_the_bot() -> None:
    played = {name: SERVICES[name]["command"] for name in ROLES}
    assert all(command[:2] == ["run", "--only"] for command in played.values())
    assert played.pop("web")[2] == "${SASEO_WEB:-http}"
    assert [command[2] for command in played.values()] == [*played] == [role for role in PLAYED if role != "http"]
    for name in ROLES:
        own = ("profiles", "command", "environment", "ports", "deploy")
        assert SERVICES[name]["profiles"] == ["many"]
        assert {key: value for key, value in SERVICES[name].items() if key not in own} == {
            key: value for key, value in SERVICES[BOT].items() if key not in own
        }
        assert SERVICES[name]["deploy"]["resources"] == SERVICES[BOT]["deploy"]["resources"]


def test_a_role_without_the_api_tells_its_health_where_the_image_asks_for_it() -> None:
    for name in ROLES:
        asked = SERVICES[name]["environment"]
        told = {} if name == "web" else {"METRICS_PORT": asked["API_PORT"]}
        assert asked == SERVICES[BOT]["environment"] | told
        assert "healthcheck" not in SERVICES[name], "that of the image"


def test_every_volume_and_secret_that_is_used_is_declared_and_used() -> None:
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert used == set(COMPOSE["volumes"])
    secrets = {name for service in SERVICES.values() for name in service.get("secrets", [])}
    assert secrets == set(COMPOSE["secrets"])
    assert COMPOSE["secrets"] == {name: {"file": f"secrets/{name}"} for name in COMPOSE["secrets"]}


def secret_settings() -> set[str]:
    """The settings that are a secret and nothing else; an address may hold one too, and stays in `.env`."""
    fields = Settings.model_fields.items()
    secret = {name for name, field in fields if SecretStr in (field.annotation, *get_args(field.annotation))}
    return {name for name in secret | annotated() if not name.endswith("_url")}


def annotated() -> set[str]:
    """Those whose type is spelt with what it checks."""
    return {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}


def test_every_secret_setting_has_its_file_everywhere() -> None:
    example = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "secret.example.yaml").read_text(encoding="utf-8"))
    wanted = sorted(secret_settings())
    assert wanted == sorted(SERVICES["bot"]["secrets"]), "deploy/compose.yaml"
    assert sorted(COMPOSE["secrets"]) == sorted(SECRETS), "deploy/deploy.py"
    assert wanted == sorted(example["stringData"]), "deploy/kubernetes/secret.example.yaml"


def test_what_the_container_needs_goes_before_what_a_laptop_needs() -> None:
    """`.env` may be a copy of the example, which is written for this machine itself."""
    example = dict(
        re.findall(r"^([A-Z_]+)=(.+)$", (ROOT / ".env.example").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    ours = cast("dict[str, str]", SERVICES["bot"]["environment"])
    for name in ("DATA_DIR", "API_HOST"):
        assert name in example
        assert ours[name] != example[name]
    assert ours["API_PORT"] == "8000"


def test_the_server_of_chroma_is_of_the_same_release_as_the_bot() -> None:
    assert SERVICES["chroma"]["image"] == SERVICES["bot"]["image"]
    assert SERVICES["chroma"]["entrypoint"] == ["chroma"]


def test_every_place_that_is_named_is_there() -> None:
    build = SERVICES["bot"]["build"]
    assert (ROOT / "deploy" / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    assert SERVICES["bot"]["env_file"] == [{"path": "../.env", "required": False}]


def test_the_image_installs_what_the_tests_ran_with() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9_.-]+)==([^ ;\\]+)", text, flags=re.MULTILINE))

    tested = pins("requirements-dev.lock")
    for lock in ("requirements.lock", "requirements-all.lock"):
        assert pins(lock)
        assert {name: version for name, version in pins(lock).items() if tested.get(name) != version} == {}, lock
