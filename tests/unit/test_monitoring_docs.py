"""What watches Saseo is whole: documentation, dashboard and alerts speak of the figures that there are."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.metrics import PrometheusRecorder
from core.measuring import Counter, Gauge, Histogram, Metric
from core.metrics import METRICS

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
NAME = re.compile(r"\b(?:saseo|process)_[a-z_]+\b")
VARIABLES = {"$__rate_interval": "5m", "$job": "saseo", "$instance": ".*"}


def documented() -> dict[str, tuple[str, ...]]:
    """The labels of each figure in the table of the page."""
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \|([^|]*)\|", page, flags=re.MULTILINE)
    return {name: tuple(re.findall(r"`([a-z_]+)`", labels)) for name, labels in rows}


def exposed() -> set[str]:
    """Every name that Prometheus may find, with the endings of times."""
    recorder = PrometheusRecorder()
    for metric in METRICS:
        labels = dict.fromkeys(metric.labels, "x")
        if isinstance(metric, Counter):
            recorder.add(metric, **labels)
        elif isinstance(metric, Gauge):
            recorder.set(metric, 1, **labels)
        elif isinstance(metric, Histogram):
            recorder.observe(metric, 1, **labels)
    lines = recorder.text().decode().splitlines()
    return {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}


def expressions() -> list[str]:
    """Everything that the dashboard asks Prometheus for."""
    board = json.loads((ROOT / "deploy" / "grafana" / "saseo.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]


def promtool(*arguments: str, given: bytes = b"") -> str:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("needs promtool, from Debian's package prometheus")
    done = subprocess.run([program, *arguments], input=given, cwd=PROMETHEUS, capture_output=True, check=False)
    told = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, told
    return told


def test_every_figure_is_documented_with_its_labels_and_every_documented_one_exists() -> None:
    ours = {name: labels for name, labels in documented().items() if name.startswith("saseo_")}
    assert ours == {metric.name: metric.labels for metric in METRICS}
    assert set(documented()) - set(ours) <= exposed()


def test_a_figure_is_named_as_prometheus_names_them() -> None:
    def ending(metric: Metric) -> bool:
        return metric.name.endswith({Counter: "_total", Histogram: "_seconds"}.get(type(metric), ""))

    assert [metric.name for metric in METRICS if not metric.name.startswith("saseo_") or not ending(metric)] == []
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize("label", ["user", "channel", "workspace", "text", "job", "instance", "le", "question", "url"])
def test_no_label_tells_of_people_or_is_prometheus_own(label: str) -> None:
    assert not [metric.name for metric in METRICS if label in metric.labels]


def names(value: Any) -> Iterator[str]:
    yield from NAME.findall(str(value))


def test_the_dashboard_asks_for_figures_that_there_are() -> None:
    asked = {name for expression in expressions() for name in names(expression)}
    assert asked - exposed() == set()
    unseen = {metric.name for metric in METRICS} - {re.sub("_bucket$", "", name) for name in asked}
    assert unseen == set(), "every figure is on the dashboard"


def test_the_panels_of_the_dashboard_do_not_cover_each_other() -> None:
    board = json.loads((ROOT / "deploy" / "grafana" / "saseo.json").read_text(encoding="utf-8"))
    places = [panel["gridPos"] for panel in board["panels"]]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_prometheus_understands_everything_that_the_dashboard_asks_for(tmp_path: Path) -> None:
    rules = []
    for number, expression in enumerate(expressions()):
        for name, value in VARIABLES.items():
            expression = expression.replace(name, value)
        rules.append({"record": f"panel:{number}", "expr": expression})
    path = tmp_path / "rules.yaml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", str(path))


def test_the_alerts_watch_figures_that_there_are() -> None:
    text = (PROMETHEUS / "alerts.yaml").read_text(encoding="utf-8")
    assert set(names(text)) - exposed() - {metric.name for metric in METRICS} == set()


def test_prometheus_takes_the_alerts_and_the_example() -> None:
    assert "SUCCESS" in promtool("check", "rules", "alerts.yaml")
    assert "SUCCESS" in promtool("check", "config", "prometheus.yaml")


def test_every_alert_comes_when_it_should_and_not_before() -> None:
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yaml")
    alerts = re.findall(r"- alert: (\w+)", (PROMETHEUS / "alerts.yaml").read_text(encoding="utf-8"))
    proven = (PROMETHEUS / "alerts_test.yaml").read_text(encoding="utf-8")
    assert [alert for alert in alerts if f"alertname: {alert}\n        exp_alerts" not in proven] == []


def test_prometheus_finds_nothing_wrong_with_the_figures() -> None:
    recorder = PrometheusRecorder()
    promtool("check", "metrics", given=recorder.text())
