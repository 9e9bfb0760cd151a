"""The manifests for Kubernetes: right by the types of its own client, and with the least rights."""

from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
LABEL = {"app.kubernetes.io/name": "saseo"}


def manifest(name: str) -> dict[str, Any]:
    value: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return value


KUSTOMIZATION = manifest("kustomization.yaml")
NAMES = [*KUSTOMIZATION["resources"], "secret.example.yaml"]
POD: dict[str, Any] = manifest("statefulset.yaml")["spec"]["template"]["spec"]
(BOT,) = POD["containers"]


def typed(value: dict[str, Any]) -> Any:
    """The manifest as the client of Kubernetes, which Chroma brings, understands it. Refuses names it does not know."""
    from kubernetes import client

    return getattr(client, f"V1{value['kind']}").model_validate(value)


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_keeps_to_the_types_of_kubernetes(name: str) -> None:
    value = manifest(name)
    assert typed(value).kind == value["kind"]
    assert "namespace" not in value["metadata"]


def test_a_name_that_kubernetes_does_not_know_is_found() -> None:
    value = manifest("statefulset.yaml")
    value["spec"]["template"]["spec"]["containers"][0]["livenessProb"] = {}
    with pytest.raises(ValueError, match="livenessProb"):
        typed(value)


def test_a_value_of_the_wrong_type_is_found() -> None:
    value = manifest("service.yaml")
    value["spec"]["ports"][0]["port"] = "many"
    with pytest.raises(ValueError, match="port"):
        typed(value)


def test_every_manifest_belongs_to_the_kustomization() -> None:
    files = {path.name for path in FOLDER.iterdir()} - {"kustomization.yaml", "secret.yaml"}
    assert files == set(NAMES)


def test_the_pod_has_the_least_rights() -> None:
    assert POD["automountServiceAccountToken"] is False
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["runAsUser"] == 10001
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert BOT["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "hostNetwork" not in POD
    assert "memory" in BOT["resources"]["limits"]


def test_one_process_uses_one_data_directory() -> None:
    spec = manifest("statefulset.yaml")["spec"]
    assert spec["replicas"] == 1
    (claim,) = spec["volumeClaimTemplates"]
    mounts = {mount["name"]: mount["mountPath"] for mount in BOT["volumeMounts"]}
    assert mounts == {claim["metadata"]["name"]: "/data", "tmp": "/tmp", "secrets": "/run/secrets"}
    assert {volume["name"] for volume in POD["volumes"]} | {"data"} == set(mounts)


def test_a_service_that_is_away_is_no_reason_to_kill_the_bot() -> None:
    paths = {name: BOT[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/", "liveness": "/", "readiness": "/health"}


def test_everything_means_the_same_pod_and_port() -> None:
    stateful, service, policy = (manifest(name) for name in ("statefulset.yaml", "service.yaml", "networkpolicy.yaml"))
    assert stateful["spec"]["selector"]["matchLabels"] == LABEL
    assert stateful["spec"]["template"]["metadata"]["labels"] == LABEL
    assert service["spec"]["selector"] == LABEL
    assert policy["spec"]["podSelector"]["matchLabels"] == LABEL
    assert stateful["spec"]["serviceName"] == service["metadata"]["name"]
    (port,) = BOT["ports"]
    assert port["name"] == service["spec"]["ports"][0]["targetPort"] == BOT["readinessProbe"]["httpGet"]["port"]
    assert port["containerPort"] == policy["spec"]["ingress"][0]["ports"][0]["port"] == 8000
    (settings,) = KUSTOMIZATION["configMapGenerator"]
    assert BOT["envFrom"] == [{"configMapRef": {"name": settings["name"]}}]
    (image,) = KUSTOMIZATION["images"]
    assert BOT["image"] == image["name"]
    (secret,) = (volume["secret"] for volume in POD["volumes"] if volume["name"] == "secrets")
    assert secret["secretName"] == manifest("secret.example.yaml")["metadata"]["name"]
