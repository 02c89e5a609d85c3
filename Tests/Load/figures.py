"""A measured figure beside its goal, and the table of them."""

import statistics


class Goal:
    def __init__(self, sign, limit, unit=""):
        self.sign, self.limit, self.unit = sign, limit, unit

    def is_met(self, value):
        return value <= self.limit if self.sign == "≤" else value >= self.limit

    def __str__(self):
        return f"{self.sign} {self.shown(self.limit)}"

    def shown(self, value):
        return f"{value:.3g} {self.unit}".strip() if value < 1000 else f"{value:.0f} {self.unit}".strip()


def at_least(limit, unit=""):
    return Goal("≥", limit, unit)


def at_most(limit, unit=""):
    return Goal("≤", limit, unit)


class Figure:
    def __init__(self, name, goal, values, detail=""):
        """`values` are one for each round, or a single one; none where it cannot be measured here."""
        self.name, self.goal, self.values, self.detail = name, goal, list(values), detail

    @property
    def row(self):
        if not self.values:
            return f"| {self.name} | {self.goal} | – | {self.detail} |"
        value = statistics.median(self.values)
        shown = f"**{self.goal.shown(value)}**" + ("" if self.goal.is_met(value) else " ✗")
        if len(self.values) > 1:
            shown += f" ({min(self.values):.3g} to {max(self.values):.3g})"
        return f"| {self.name} | {self.goal} | {shown} | {self.detail} |"


def table(figures):
    return "\n".join(["| figure | goal | measured | of what |", "| --- | --- | --- | --- |"]
                     + [figure.row for figure in figures])


def ratios(values, others):
    return [value / other for value, other in zip(values, others, strict=True)]


def median(values):
    return statistics.median(values)
