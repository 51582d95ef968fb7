"""A frozen questionnaire as plain data: what the pages show and what a packed ballot means.

Read from the database once per process and version; a frozen version never changes.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from common.bilingual import localised
from surveys.models import Question, Questionnaire, QuestionType, ScaleOption


@dataclass(frozen=True)
class Choice:
    """An option of a question; `code` is its one character on the ballot."""

    code: str
    text_zh: str
    text_en: str
    counts: bool
    satisfied: bool

    @property
    def text(self):
        return localised(self, "text")


@dataclass(frozen=True)
class Item:
    """A question with its choices; a text question has none."""

    number: int
    area_zh: str
    area_en: str
    text_zh: str
    text_en: str
    is_text: bool
    is_lead: bool
    scored: bool
    required: bool
    choices: tuple[Choice, ...]

    @property
    def text(self):
        return localised(self, "text")

    @property
    def area(self):
        return localised(self, "area")

    @property
    def field(self) -> str:
        """The name of its field in a form."""
        return f"q{self.number}"

    @property
    def codes(self) -> str:
        """The characters that may stand for an answer."""
        return "".join(choice.code for choice in self.choices)

    @property
    def counting(self) -> str:
        """The characters that answer it with an option that counts."""
        return "".join(choice.code for choice in self.choices if choice.counts)

    def choice(self, code: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.code == code), None)


@dataclass(frozen=True)
class Group:
    """A respondent group (评议群体)."""

    code: str
    name_zh: str
    name_en: str
    hint_zh: str

    @property
    def name(self):
        return localised(self, "name")


@dataclass(frozen=True)
class Layout:
    """A version of a questionnaire. `packed` are the questions that have a character on the ballot,
    in the order of the characters."""

    pk: int
    digest: str
    valid_share: Decimal
    items: tuple[Item, ...]
    groups: tuple[Group, ...]

    @cached_property
    def packed(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.is_text)

    @cached_property
    def texts(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.is_text)

    @cached_property
    def lead(self) -> Item | None:
        """The yes-no question whose "yes" is a lead; None without one."""
        return next((item for item in self.items if item.is_lead), None)

    def group(self, code: str) -> Group | None:
        return next((group for group in self.groups if group.code == code), None)


_layouts: dict[tuple[int, str], Layout] = {}


def layout_of(questionnaire: Questionnaire) -> Layout:
    """The layout of a questionnaire, kept by process once it is frozen."""
    key = (questionnaire.pk, questionnaire.digest)
    if key in _layouts:
        return _layouts[key]
    layout = _read(questionnaire)
    if questionnaire.digest:
        _layouts[key] = layout
    return layout


def _read(questionnaire: Questionnaire) -> Layout:
    choices: dict[int, list[Choice]] = {}
    for option in ScaleOption.objects.filter(scale__questionnaire=questionnaire):
        choices.setdefault(option.scale_id, []).append(
            Choice(
                code=str(option.number),
                text_zh=option.text_zh,
                text_en=option.text_en,
                counts=option.counts,
                satisfied=option.satisfied,
            )
        )
    return Layout(
        pk=questionnaire.pk,
        digest=questionnaire.digest,
        valid_share=questionnaire.valid_share,
        items=tuple(
            _item(question, choices.get(question.scale_id, []))
            for question in questionnaire.questions.all()
        ),
        groups=tuple(
            Group(code=row.code, name_zh=row.name_zh, name_en=row.name_en, hint_zh=row.hint_zh)
            for row in questionnaire.groups.all()
        ),
    )


def _item(question: Question, choices: list[Choice]) -> Item:
    is_text = question.type == QuestionType.TEXT
    return Item(
        number=question.number,
        area_zh=question.area_zh,
        area_en=question.area_en,
        text_zh=question.text_zh,
        text_en=question.text_en,
        is_text=is_text,
        is_lead=question.type == QuestionType.YES_NO,
        scored=question.weight > 0,
        required=question.required,
        choices=() if is_text else tuple(choices),
    )
