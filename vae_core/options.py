"""One declaration for each option of a dataclass: what it may be, its unit, and the words for it.

What checks a value, reads it from a command line, asks for it in a form or tells it on a card reads this declaration.
Torch-free.
"""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, asdict, dataclass, field, fields, replace
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class Option:
    """What is known of one field of a configuration, whatever its value.

    Attributes
    ----------
    default : Any
        Its value where nothing is said.
    label : str
        A few words, as above the field of a form.
    name : str
        The field's.
    help : str
        A sentence or two for who has never met it; may be empty.
    unit : str
        Of its value, in the plural; empty for a pure number.
    said : str
        How a card tells the value: a format string of the names of fields, whose `words` it receives. Empty: not told.
    always : bool
        Whether a card also tells the default.
    only : tuple of str
        A field and the value it must have for this one to matter; empty: always matters.
    """

    default: Any
    label: str
    _: KW_ONLY
    name: str = ""
    help: str = ""
    unit: str = ""
    said: str = ""
    always: bool = False
    only: tuple[str, str] | tuple[()] = ()
    reads: ClassVar[type] = str

    @property
    def expected(self) -> str:
        """What a value must be, as the end of a sentence: "a whole number from 1 to 256"."""
        raise NotImplementedError

    def accepts(self, value: Any) -> bool:
        """Whether a value is possible."""
        raise NotImplementedError

    def words(self, value: Any) -> str:
        """A value as people read it."""
        return str(value)

    def matters(self, config: Any) -> bool:
        """Whether the option has any effect beside the other values of a configuration."""
        return not self.only or bool(getattr(config, self.only[0]) == self.only[1])


@dataclass(frozen=True, kw_only=True)
class Number(Option):
    """A number from `low` to `high`, both included; `step` is what one click of a form adds."""

    low: float
    high: float
    step: float = 1
    reads: ClassVar[type] = float
    kind: ClassVar[str] = "number"

    @property
    def expected(self) -> str:
        """As of `Option`."""
        return f"a {self.kind} from {_plain(self.low)} to {_plain(self.high)}"

    def accepts(self, value: Any) -> bool:
        """As of `Option`; True and False are no numbers."""
        return type(value) in (int, float) and self.low <= value <= self.high

    def words(self, value: Any) -> str:
        """As of `Option`."""
        return f"{value:g}"


@dataclass(frozen=True, kw_only=True)
class Whole(Number):
    """A whole number from `low` to `high`, both included."""

    reads: ClassVar[type] = int
    kind: ClassVar[str] = "whole number"

    def accepts(self, value: Any) -> bool:
        """As of `Option`."""
        return type(value) is int and self.low <= value <= self.high

    def words(self, value: Any) -> str:
        """As of `Option`."""
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Choice(Option):
    """One of the names in `choices`, which holds the words for each."""

    choices: Mapping[str, str]

    @property
    def expected(self) -> str:
        """As of `Option`."""
        return f"one of {', '.join(self.choices)}"

    def accepts(self, value: Any) -> bool:
        """As of `Option`."""
        return isinstance(value, str) and value in self.choices

    def words(self, value: Any) -> str:
        """As of `Option`."""
        return self.choices[value]


@dataclass(frozen=True, kw_only=True)
class Sizes(Option):
    """A tuple of up to `longest` whole numbers from 1 to `high`; `parts` names what each is the size of."""

    high: int
    longest: int
    parts: str
    reads: ClassVar[type] = int

    @property
    def expected(self) -> str:
        """As of `Option`."""
        return f"a list of whole numbers from 1 to {self.high}, at most {self.longest} {self.parts}"

    def accepts(self, value: Any) -> bool:
        """As of `Option`."""
        valid = isinstance(value, tuple) and all(type(size) is int and 1 <= size <= self.high for size in value)
        return valid and len(value) <= self.longest

    def words(self, value: Any) -> str:
        """As of `Option`."""
        return " – ".join(map(str, value))


@dataclass(frozen=True, kw_only=True)
class Text(Option):
    """A string that all of a regular expression matches; `form` says in words what that asks for."""

    pattern: str
    form: str

    @property
    def expected(self) -> str:
        """As of `Option`."""
        return self.form

    def accepts(self, value: Any) -> bool:
        """As of `Option`."""
        return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None


@dataclass(frozen=True, kw_only=True)
class Flag(Option):
    """Yes or no."""

    reads: ClassVar[type] = bool

    @property
    def expected(self) -> str:
        """As of `Option`."""
        return "true or false"

    def accepts(self, value: Any) -> bool:
        """As of `Option`."""
        return isinstance(value, bool)

    def words(self, value: Any) -> str:
        """As of `Option`."""
        return "yes" if value else "no"


def _plain(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}".replace("e-0", "e-")


def declare(option: Option) -> Any:
    """The option as the default of a dataclass field: ``beta: float = declare(Number(1.0, "β", …))``."""
    return field(default=option.default, metadata={"option": option})


def options(configuration: Any) -> dict[str, Option]:
    """Every option of a dataclass whose fields are declared, by its name, in order."""
    return {field.name: replace(field.metadata["option"], name=field.name) for field in fields(configuration)}


def require(condition: bool, name: str, got: Any, expected: str) -> None:
    """Raise ValueError "name: got X, expected Y." unless the condition holds."""
    if not condition:
        shown = list(got) if isinstance(got, tuple) else got
        raise ValueError(f"{name}: got {_short(shown)}, expected {expected}.")


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print an integer of thousands of digits
        return "a very large number"
    except RecursionError:
        return "lists within lists"
    return text if len(text) <= 80 else f"{text[:77]}…"


@dataclass(frozen=True)
class Declared:
    """A dataclass of declared options: checked when it is made, JSON both ways, and told in words."""

    def __post_init__(self) -> None:
        for name, option in options(self).items():
            value = getattr(self, name)
            require(option.accepts(value), name, value, option.expected)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The configuration that `to_json` wrote.

        Raises
        ------
        ValueError
            If `values` is no mapping, holds an unknown key or a value out of range.
        """
        require(isinstance(values, Mapping), cls.__name__, type(values).__name__, "a JSON object")
        known = options(cls)
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(f"{cls.__name__}: unknown key {unknown[0]!r}; expected only {', '.join(known)}.")
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values; tuples become lists."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    def said(self) -> list[str]:
        """What a card tells of it, in order: one phrase for each option that matters and is not the default."""
        known = options(self)
        words = {name: option.words(getattr(self, name)) for name, option in known.items()}
        told = [
            option.said.format_map(words)
            for name, option in known.items()
            if option.matters(self) and (option.always or getattr(self, name) != option.default)
        ]
        return [phrase for phrase in told if phrase]
