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
    def __init__(self, name, goal, values, detail="", is_headline=False, rates=()):
        """`values` are one for each round, or a single one; none where it cannot be measured here.

        The README has the headlines; all others are in RESULTS.md alone. `rates` are those of this program in a figure
        that sets them in relation to another's: two binaries are compared by them.
        """
        self.name, self.goal, self.values, self.detail = name, goal, list(values), detail
        self.is_headline, self.rates = is_headline, list(rates)

    def extend(self, other):
        """Takes the rounds of another turn."""
        self.values += other.values
        self.rates += other.rates

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


def comparison(before, after):
    """The table of two binaries that were measured in turns. `before` and `after` are figures by name."""
    lines = ["| figure | goal | before | after | after ÷ before | by |", "| --- | --- | --- | --- | --- | --- |"]
    for name, figure in after.items():
        old = before.get(name, Figure(name, figure.goal, []))
        cells = [figure.goal.shown(median(side.values)) if side.values else "–" for side in (old, figure)]
        change, basis = "–", ""
        if old.rates and figure.rates:
            change, basis = median(figure.rates) / median(old.rates), "its own rates"
        elif old.values and figure.values:
            change, basis = median(figure.values) / median(old.values), "the figure"
        shown = change if change == "–" else f"**{change:.3f}**"
        lines.append(f"| {name} | {figure.goal} | {cells[0]} | {cells[1]} | {shown} | {basis} |")
    return "\n".join(lines)


def ratios(values, others):
    return [value / other for value, other in zip(values, others, strict=True)]


def median(values):
    return statistics.median(values)
