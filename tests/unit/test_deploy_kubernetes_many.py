"""The manifests for a cluster with pods for each role: as the one pod that plays them all, but for what it plays."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.steps import ROLES
from tests.unit.test_deploy_kubernetes import manifest, typed

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes-many"
COMPONENT = "app.kubernetes.io/component"
KUSTOMIZATION = manifest("../kubernetes-many/kustomization.yaml")
ALIVE = {"exec": {"command": ["python", "deploy/health.py", "--alive"]}}


def merged(value: Any, patch: Any) -> Any:
    """As Kubernetes merges: maps key by key, containers by their names, and any other list as a whole."""
    if isinstance(value, dict) and isinstance(patch, dict):
        return {key: merged(value.get(key), patch.get(key)) for key in {**value, **patch}}
    if isinstance(value, list) and isinstance(patch, list):
        ((one, other),) = zip(value, patch, strict=True)
        assert one["name"] == other["name"]
        return [merged(one, other)]
    return value if patch is None else patch


def role(name: str) -> dict[str, Any]:
    """The manifest of a role as it goes to the cluster, but for what is called otherwise there."""
    patch = manifest("../kubernetes-many/pod.yaml")
    own = manifest(f"../kubernetes-many/{name}.yaml")
    assert patch.pop("metadata") == {"name": "any"}
    patched: dict[str, Any] = merged(own, patch)
    return patched


def test_every_role_and_nothing_else_is_in_the_cluster() -> None:
    assert KUSTOMIZATION["resources"] == ["../kubernetes", *(f"{name}.yaml" for name in ROLES)]
    files = {path.name for path in FOLDER.iterdir()}
    assert files == {"kustomization.yaml", "pod.yaml", *(f"{name}.yaml" for name in ROLES)}
    common, service, whole = KUSTOMIZATION["patches"]
    assert common == {"path": "pod.yaml", "target": {"kind": "StatefulSet", "labelSelector": COMPONENT}}
    assert yaml.safe_load(service["patch"])["spec"]["selector"] == {COMPONENT: "web"}
    gone = yaml.safe_load(whole["patch"])
    assert gone.pop("$patch") == "delete"
    base = manifest("statefulset.yaml")
    assert gone == {key: base[key] for key in ("apiVersion", "kind")} | {"metadata": {"name": "saseo"}}
    assert KUSTOMIZATION["images"] == manifest("kustomization.yaml")["images"]


@pytest.mark.parametrize("name", ROLES)
def test_the_manifest_of_a_role_keeps_to_the_types_of_kubernetes(name: str) -> None:
    value = role(name)
    assert typed(value).kind == "StatefulSet"
    labels = {"app.kubernetes.io/name": "saseo", COMPONENT: name}
    assert value["metadata"] == {"name": f"saseo-{name}", "labels": labels}
    assert value["spec"]["selector"]["matchLabels"] == value["spec"]["template"]["metadata"]["labels"] == labels


@pytest.mark.parametrize("name", ROLES)
def test_the_pod_of_a_role_is_that_of_all_roles_but_for_what_it_plays(name: str) -> None:
    spec, whole = role(name)["spec"], manifest("statefulset.yaml")["spec"]
    assert spec["volumeClaimTemplates"] == whole["volumeClaimTemplates"]
    pod, expected = spec["template"]["spec"], whole["template"]["spec"]
    (bot,), (other,) = pod["containers"], expected["containers"]
    assert bot.pop("args") == ["run", "--only", "http" if name == "web" else name]
    told = {one["name"]: one["value"] for one in bot.pop("env", [])}
    assert told == ({} if name == "web" else {"METRICS_HOST": "0.0.0.0", "METRICS_PORT": "8000"})
    for probe in ("startupProbe", "livenessProbe"):
        assert ALIVE.items() <= bot[probe].items()
        del bot[probe], other[probe]
    assert pod == expected
