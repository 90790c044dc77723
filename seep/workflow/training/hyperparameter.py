"""What a hyperparameter of a fine-tuning run is: the form, the command line, the check and the guide read it."""

from dataclasses import dataclass, field
from typing import Any

from seep.core.text import number


@dataclass(frozen=True)
class Hyperparameter:
    """The texts and the range of a hyperparameter; one without a highest value is on or off.

    Attributes:
        label: of its widget.
        help: one or two sentences.
        low: lowest value.
        high: highest value.
        above_low: the lowest value itself is not allowed.
        multiple: values are multiples of this number; 0 for any.
        options: values of a slider; without options, numbers are typed.
        unit: shown after the value.
        scale: factor from the stored to the shown value.
        none: what no value means; empty where there has to be one.
        column: header in tables; empty for the label in lower case.
        switch: option of the command line without `--`; empty for the name of the field.
    """

    label: str
    help: str
    low: float = 0
    high: float | None = None
    above_low: bool = False
    multiple: int = 0
    options: tuple[float, ...] = ()
    unit: str = ""
    scale: float = 1
    none: str = ""
    column: str = ""
    switch: str = ""

    @property
    def short(self) -> str:
        """The label where there is little room."""
        return self.column or self.label.lower()

    @property
    def span(self) -> str:
        """The allowed values: "1 to 500"; "on or off" without a highest value."""
        if self.high is None:
            return "on or off"
        low, high = self.text(self.low), self.text(self.high)
        if self.above_low:
            return f"a value above {low}, at most {high}"
        return f"a multiple of {self.multiple} from {low} to {high}" if self.multiple else f"{low} to {high}"

    def allows(self, value: Any) -> bool:
        """Return whether a value is in the range; NaN never is."""
        if value is None:
            return bool(self.none)
        if self.high is None:
            return isinstance(value, bool)
        if not isinstance(value, int | float) or not self.low <= value <= self.high:
            return False
        return not (self.above_low and value == self.low) and not (self.multiple and value % self.multiple)

    def text(self, value: Any) -> str:
        """Return a value with its unit: 50 %, 128 px, on, no limit."""
        if isinstance(value, bool):
            return "on" if value else "off"
        if value is None:
            return self.none or "–"
        if not isinstance(value, int | float):
            return repr(value)
        shown = number(value * self.scale) if isinstance(value, int) else f"{value * self.scale:g}"
        return f"{shown} {self.unit}".strip()


def hyperparameter(default: Any, label: str, text: str, **declared: Any) -> Any:
    """Declare a hyperparameter as a field of a data class; `declared` are attributes of `Hyperparameter`."""
    return field(default=default, metadata={"hyperparameter": Hyperparameter(label, text, **declared)})
