"""The figures of `benchmarks.scale` as a table in Markdown and a plot in SVG."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Figures = Mapping[str, Any]
Line = Sequence[tuple[float, float]]
SERVERS = ("PostgreSQL", "Redis", "Chroma")
OWN = "saseo 1"
SEARCHERS = {
    "server": "Chroma's server",
    "analyzed": "Chroma's server after ANALYZE",
    "copy": "the process, in its copy",
}
"""Who searches vectors, as people read it."""
WAITS = ("p50", "p95", "p99")
FIRST_WAITS = ("first_p50", "first_p95", "first_p99")
"""Of questions in whose channel no other was under way."""
MEGABYTE = 1_000_000
NOTHING = "–"
WIDTH, HEIGHT, EDGE = 420, 340, 60
TOP, BOTTOM = 32, 220
LEGEND = 256
COLOURS = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2")
ENDS = {"chat.busy": "told that Saseo is busy", "given up": "still waiting at the end"}
STAGES = (
    "claim",
    "history",
    "embed",
    "search_vectors",
    "search_words",
    "retrieve",
    "evidence",
    "citations",
    "remember",
)


def write(figures: Sequence[Figures], folder: Path) -> None:
    """`scale.md` and `scale.svg`. Of what was measured several times, the latest counts."""
    latest = {(list(SEARCHERS).index(one["vectors"]), one["askers"], one["passages"]): one for one in figures}
    runs = [latest[key] for key in sorted(latest)]
    (folder / "scale.md").write_text("\n".join(table(runs)) + "\n", encoding="utf-8")
    (folder / "scale.svg").write_text(plot(runs), encoding="utf-8")


def table(runs: Sequence[Figures]) -> Iterator[str]:
    """For each way to search vectors one column a size, one row a figure."""
    yield "# Scale: the figures"
    yield ""
    yield "Written by `python -m benchmarks.scale`; what they mean stands in [docs/scale.md](../docs/scale.md)."
    yield ""
    yield "![Growth with the number of passages](scale.svg)"
    for searcher, title in SEARCHERS.items():
        of_it = [run for run in runs if run["vectors"] == searcher]
        if of_it:
            yield from ("", f"## Vectors are searched by {title}", "")
            yield from _sections(of_it)


def _sections(runs: Sequence[Figures]) -> Iterator[str]:
    for number, (heading, rows) in enumerate(SECTIONS):
        if number:
            yield ""
        yield f"| {heading} | " + " | ".join(map(_heading, runs)) + " |"
        yield "| --- |" + " ---: |" * len(runs)
        for name, figure in rows:
            yield f"| {name} | " + " | ".join(figure(run) for run in runs) + " |"


def _heading(run: Figures) -> str:
    many = "" if run["askers"] == 1 else f", {run['askers']} processes"
    return f"{run['passages']:,} passages{many}"


def _calm(run: Figures) -> Figures:
    """The phase with a rate that was held, as far as there is one."""
    phase: Figures = run["phases"][-1]
    return phase


def _asked(phase: Figures) -> int:
    return int(sum(phase["ends"].values()))


def _ended(phase: Figures) -> str:
    ends = sorted(phase["ends"].items(), key=lambda each: -each[1])
    return ", ".join(f"{count:,} {ENDS.get(end, end)}" for end, count in ends if count)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 10 else f"{seconds:,.0f} s"


def _of(names: Sequence[str], phase: int) -> Callable[[Figures], str]:
    def figure(run: Figures) -> str:
        told = [run["phases"][phase].get(name) for name in names]
        return NOTHING if None in told else " / ".join(map(_milliseconds, told))

    return figure


def _stage(name: str) -> Callable[[Figures], str]:
    def figure(run: Figures) -> str:
        seconds = _calm(run)["stages"].get(name)
        return NOTHING if seconds is None else _milliseconds(seconds)

    return figure


def _alone(name: str) -> Callable[[Figures], str]:
    return lambda run: f"{run['ready']['alone'][name] * 1000:,.1f} ms"


def _memory(name: str) -> Callable[[Figures], str]:
    return lambda run: f"{_calm(run)['memory'][name] / MEGABYTE:,.0f} MB"


def _disk(name: str) -> Callable[[Figures], str]:
    return lambda run: f"{run['disk'][name] / MEGABYTE:,.0f} MB"


def _processor(name: str) -> Callable[[Figures], str]:
    def figure(run: Figures) -> str:
        phase = _calm(run)
        seconds = sum(used for process, used in phase["processor"].items() if process.startswith(name))
        return f"{seconds / max(1, _asked(phase)) * 1000:,.1f} ms"

    return figure


def _fill(run: Figures) -> str:
    fill = run["fill"]
    return f"{fill['added'] / fill['fill_seconds']:,.0f} a second" if fill["added"] else NOTHING


def _ready(name: str) -> Callable[[Figures], str]:
    """Where a process followed while the library grew, or knew it before, nothing is left to do."""

    def figure(run: Figures) -> str:
        seconds = run["ready"].get(name, 0)
        return f"{seconds:,.0f} s" if seconds > 1 else NOTHING

    return figure


SECTIONS: Sequence[tuple[str, Sequence[tuple[str, Callable[[Figures], str]]]]] = (
    (
        "Asked for",
        (
            (
                "questions a second, seconds",
                lambda run: f"{run['phases'][0]['rate']:g}, {run['phases'][0]['seconds']:g}",
            ),
            ("channels, dimensions", lambda run: f"{run['channels']}, {run['dimension']}"),
            ("asked", lambda run: f"{_asked(run['phases'][0]):,}"),
            ("how they ended", lambda run: _ended(run["phases"][0])),
            ("answered a second", lambda run: f"{run['phases'][0]['throughput']:.1f}"),
            ("without the model, p50 / p95 / p99 of those answered", _of(WAITS, 0)),
            ("the same where nobody asked before in the channel", _of(FIRST_WAITS, 0)),
        ),
    ),
    (
        "At a rate that is held",
        (
            ("questions a second, seconds", lambda run: f"{_calm(run)['rate']:.1f}, {_calm(run)['seconds']:g}"),
            ("how they ended", lambda run: _ended(_calm(run))),
            ("without the model, p50 / p95 / p99", _of(WAITS, -1)),
            ("the same where nobody asked before in the channel", _of(FIRST_WAITS, -1)),
            *((f"stage `{name}`, p50", _stage(name)) for name in STAGES),
            *((f"processor a question, {name}", _processor(name)) for name in ("saseo", *SERVERS)),
            *((f"memory, {name}", _memory(name)) for name in (OWN, *SERVERS)),
            ("load of the machine", lambda run: f"{_calm(run)['load']:.1f}"),
        ),
    ),
    (
        "One at a time, nothing else",
        (
            ("vectors, in any language", _alone("vectors")),
            ("vectors, in one language", _alone("vectors_of_one")),
            ("words, in any language", _alone("words")),
            ("whether the texts of a document are known", _alone("known")),
        ),
    ),
    (
        "Kept",
        (
            *((f"disk, {name}", _disk(name)) for name in (*SERVERS, OWN)),
            ("taken in, passages to both stores", _fill),
            ("words followed at the start of a process", _ready("followed")),
            ("vectors copied at the start of a process", _ready("copied")),
        ),
    ),
)


def plot(runs: Sequence[Figures]) -> str:
    """Three plots beside each other; both axes of each are logarithmic."""
    ways: dict[str, list[Figures]] = {}
    for run in runs:
        many = "" if run["askers"] == 1 else f", {run['askers']} processes"
        ways.setdefault(f"{SEARCHERS[run['vectors']]}{many}", []).append(run)
    plots: Sequence[tuple[str, Mapping[str, Line]]] = (
        (
            "p95 without the model at a held rate, ms",
            {way: _line(found, lambda run: _calm(run)["p95"] * 1000) for way, found in ways.items()},
        ),
        (
            "Questions answered a second of a hundred",
            {way: _line(found, lambda run: run["phases"][0]["throughput"]) for way, found in ways.items()},
        ),
        (
            "Memory of a process, MB",
            {f"Saseo: {way}": _line(found, _megabytes(OWN)) for way, found in ways.items()}
            | {name: _line(max(ways.values(), key=len, default=[]), _megabytes(name)) for name in SERVERS},
        ),
    )
    parts = [_axes(title, lines, left=place * WIDTH) for place, (title, lines) in enumerate(plots)]
    whole = f'width="{WIDTH * len(plots)}" height="{HEIGHT}" font-family="sans-serif" font-size="11"'
    paper = '<rect width="100%" height="100%" fill="white"/>\n'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {whole}>\n{paper}{"".join(parts)}</svg>\n'


def _line(runs: Sequence[Figures], figure: Callable[[Figures], float]) -> Line:
    return [(float(run["passages"]), figure(run)) for run in runs]


def _megabytes(name: str) -> Callable[[Figures], float]:
    return lambda run: float(_calm(run)["memory"][name] / MEGABYTE)


def _axes(title: str, lines: Mapping[str, Line], *, left: float) -> str:
    points = [point for line in lines.values() for point in line if point[1] > 0]
    if not points:
        return ""
    across = _decades([x for x, _ in points])
    up = _decades([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            left + EDGE + _share(x, across) * (WIDTH - 1.5 * EDGE),
            TOP + (1 - _share(y, up)) * (BOTTOM - TOP),
        )

    drawn = [f'<text x="{left + EDGE}" y="16" font-weight="bold">{title}</text>\n']
    for power in range(across[0], across[1] + 1):
        x, y = place(10.0**power, 10.0 ** up[0])
        drawn.append(f'<text x="{x:.0f}" y="{y + 16:.0f}" text-anchor="middle">{10**power:,}</text>\n')
    for power in range(up[0], up[1] + 1):
        x, y = place(10.0 ** across[0], 10.0**power)
        end, _ = place(10.0 ** across[1], 10.0**power)
        drawn.append(f'<line x1="{x:.0f}" x2="{end:.0f}" y1="{y:.0f}" y2="{y:.0f}" stroke="#d1d5db"/>\n')
        drawn.append(f'<text x="{x - 4:.0f}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g}</text>\n')
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        spots = [place(*point) for point in line if point[1] > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>\n')
        drawn.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>\n' for x, y in spots)
        drawn.append(f'<text x="{left + EDGE}" y="{LEGEND + 14 * number}" fill="{colour}">{name}</text>\n')
    return "".join(drawn)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _share(value: float, decades: tuple[int, int]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])
