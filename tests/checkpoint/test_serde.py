"""What goes through a file comes back equal and of the same type, or is refused by name."""

import re
import typing
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from contextlib import suppress
from dataclasses import InitVar, dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum, auto
from fractions import Fraction
from functools import cached_property
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import langchain_core.messages as langchain
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilnb import messages
from hilnb.checkpoint.serde import Serde, types_in
from hilnb.errors import SerializationError
from hilnb.messages.frozen import FrozenDict, FrozenList
from hilnb.types import Command, Interrupt, Overwrite, Send

T = TypeVar("T")


class Colour(Enum):
    RED = 1
    CRIMSON = 1  # noqa: PIE796 - an alias
    BLUE = (1, 2)


class Level(IntEnum):
    LOW = 1


class Word(StrEnum):
    YES = "yes"


class May(Flag):
    READ = auto()
    WRITE = auto()


class Point(NamedTuple):
    x: int
    y: Any = None


Pair = namedtuple("Pair", "left right")


@dataclass
class Note:
    text: str
    tags: list[str] = field(default_factory=list)
    colour: Colour = Colour.RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    name: str
    at: Point = Point(0)  # noqa: RUF009 - a tuple


@dataclass
class Order:
    price: int
    times: InitVar[int] = 1
    total: int = field(init=False)
    seen: list[str] = field(init=False, compare=False, default_factory=list)

    def __post_init__(self, times):
        self.price += 1  # a second run would show
        self.total = self.price * times
        self.hidden = ("not", "a field")

    @cached_property
    def client(self):
        return object()


@dataclass
class Box(Generic[T]):
    held: T


class Slotted:
    __slots__ = ("__private", "__weakref__")

    def set(self, value):
        self.__private = value
        return self

    def get(self):
        return self.__private


@dataclass
class Mixed(Slotted):
    name: str


class Inner(pydantic.BaseModel):
    n: int = 0


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")

    name: str
    inner: Inner | None = None
    many: dict[str, Inner] = pydantic.Field(default_factory=dict, alias="manyOfThem")
    _secret: int = pydantic.PrivateAttr(0)

    @pydantic.field_validator("name")
    @classmethod
    def shout(cls, name):
        return name + "!"  # a second run would show


class Own(messages.HumanMessage):
    """A message class of one's own."""


class Answer(TypedDict):
    ok: bool


def model_with_a_secret():
    model = Model(name="ann", inner=Inner(n=3), surprise=(1, 2), manyOfThem={"a": Inner()})
    model._secret = 5
    return model


def used_order():
    order = Order(5, times=3)
    order.client  # now in __dict__
    return order


@pytest.fixture
def serde():
    return Serde([Colour, Level, Word, May, Point, Pair, Note, Place, Order, Box, Mixed, Model, Own])


def same(a, b):
    """Whether two values are equal, of the same types, all the way down, in the same order."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    if isinstance(a, (list, tuple, deque)):
        return len(a) == len(b) and all(map(same, a, b)) and getattr(a, "maxlen", 0) == getattr(b, "maxlen", 0)
    if isinstance(a, (set, frozenset)):
        return a == b and sorted(map(typed, a)) == sorted(map(typed, b))
    if isinstance(a, (float, complex, Decimal)):
        return repr(a) == repr(b)
    if isinstance(a, (datetime, time)):
        return a.isoformat() == b.isoformat() and a.fold == b.fold and same(a.tzinfo, b.tzinfo)
    if isinstance(a, messages.BaseMessage):
        return a == b and same(vars(a), vars(b))
    return bool(a == b)


def typed(value):
    return f"{type(value)}{value!r}"


def round_trip(serde, value):
    text = serde.dumps(value, "it")
    text.encode()
    return serde.loads(text)


call = {"name": "f", "args": {"a": [1, {"b": 2}]}, "id": "c1"}
usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}

VALUES = [
    *(None, True, False, 0, -1, 2**62, 2**63, -(2**63), 10**5000, -(10**5000), 1.5, -0.0, 5e-324, 1e308),
    *(float("nan"), float("inf"), float("-inf"), 1 + 2j, complex(-0.0, -0.0), complex("nan"), complex("inf-nanj")),
    *(
        "",
        "text",
        "é 漢 😀",
        "\ud800",
        "\ud83d\ude00",
        "a\x00b\u2028",
        "!tuple",
        '"!',
        b"",
        b"\x00\xff",
        bytearray(b"ab"),
    ),
    *([], {}, (), set(), frozenset(), [[]], [()], ((),), (1,), {1, "a", (2, None)}, frozenset({frozenset({1})})),
    *({"!tuple": [1]}, {"!": 1}, {"!x": 1, "y": 2}, {"!dict": [[1, 2]]}, {"!nope": {"!tuple": 1}}, {"": 0}),
    *({1: "a", "1": "b"}, {None: 0, True: 1, (1, 2): [3], Colour.RED: 4, 2.5: 5}, {"b": 1, "a": 2}, {"\ud800": 1}),
    *(
        OrderedDict(b=1, a=2),
        Counter("abca"),
        defaultdict(list, {"a": [1]}),
        defaultdict(None, a=1),
        deque([1, (2,)], 5),
    ),
    *(OrderedDict({"!x": 1}), Counter({1: 2}), defaultdict(dict, {(1,): {}}), deque(), deque([deque()])),
    *(datetime(2024, 2, 29, 1, 2, 3, 4), datetime(2024, 1, 1, tzinfo=UTC), datetime.max, datetime.min),
    datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    datetime(2024, 1, 1, tzinfo=timezone(timedelta(seconds=-1, microseconds=3), "odd")),
    datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
    datetime(2024, 10, 27, 2, 30, fold=1),
    *(time(1, 2, 3), time(1, 2, tzinfo=UTC), time(1, fold=1), date(1, 1, 1), timedelta(-1, 5, 7), timedelta.max),
    *(UTC, timezone(timedelta(hours=1)), ZoneInfo("Asia/Tokyo")),
    *(Decimal("1.10"), Decimal("-0"), Decimal("NaN12"), Decimal("sNaN"), Decimal("-Infinity"), Decimal("1E+999")),
    *(Fraction(1, 3), Fraction(10**5000, 7), UUID(int=5), range(3), range(0, 10**30, 7), slice(1, None, "x")),
    *(Path("a/b"), Path("/"), PurePosixPath("//a"), PureWindowsPath("c:/x"), Path("a\udcff"), PurePosixPath()),
    *(re.compile("a(b)", re.I | re.M), re.compile(b"x"), re.compile("(?i)x")),
    *(Colour.RED, Colour.CRIMSON, Colour.BLUE, Level.LOW, Word.YES, May.READ, May.READ | May.WRITE, May(0)),
    *(Point(1), Point((1,), {2: 3}), Pair(1, [2]), Note("a"), Note("b", ["x"], Colour.BLUE), Place(name="here")),
    *(
        used_order(),
        Box[int](1),
        Mixed("m"),
        model_with_a_secret(),
        Model.model_construct(name=5),
        Inner(),
        Own("mine", tone="low"),
    ),
    *(FrozenList([1]), FrozenDict({"a": FrozenList()}), messages.AIMessage("x").text),
    messages.HumanMessage("hi", id="1", name="ann", mood={"good": (1, 2)}),
    messages.HumanMessage(messages.AIMessage("the same").text),
    messages.SystemMessage([{"type": "text", "text": "a"}, "b"], additional_kwargs={"!tuple": [1]}),
    messages.AIMessage("", tool_calls=[call], usage_metadata=usage, response_metadata={"at": (1, [2])}),
    messages.AIMessage("", invalid_tool_calls=[{"name": "f", "args": "{", "id": None, "error": "e"}]),
    messages.AIMessage(
        "", additional_kwargs={"tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]}
    ),
    messages.ToolMessage("4", tool_call_id="c1", artifact={1, 2}, status="error"),
    messages.ToolMessage("4", tool_call_id="c1", artifact=Note("a")),
    messages.RemoveMessage("1"),
    messages.HumanMessageChunk("h"),
    messages.SystemMessageChunk("s"),
    messages.AIMessageChunk("", tool_call_chunks=[{"name": "f", "args": '{"a', "id": "1", "index": 0}]),
    messages.AIMessageChunk("x", tool_calls=[call], chunk_position="last"),
    messages.ToolMessageChunk("t", tool_call_id="1"),
    messages.BaseMessageChunk("b"),
    messages.BaseMessage("b"),
    *(Interrupt("?"), Interrupt({"a": (1,)}, "f" * 32, {"type": "object"}), Overwrite([(1,)]), Overwrite({"!x": 1})),
    *(Send("node", {"a": (1,)}), Command(), Command(update={"a": 1}, goto=["x", Send("y", None)], resume={"i": (1,)})),
    Command(graph=Command.PARENT, update=[("a", 1)], goto="x"),
    [("messages", [messages.HumanMessage("a")]), ("n", 1)],
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_equal_and_of_the_same_type(serde, value):
    assert same(round_trip(serde, value), value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_so_does_all_that_holds_it(serde, value):
    held = [{"a": value, "é\ud800": (value,)}, {(1,): value}, deque([value])]

    assert same(round_trip(serde, held), held)


leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.binary() | st.decimals(allow_nan=False)
    | st.text(st.characters(exclude_categories=())) | st.datetimes(timezones=st.none() | st.timezones())
    | st.dates() | st.timedeltas() | st.uuids() | st.fractions() | st.complex_numbers(allow_nan=False)
)  # fmt: skip
hashable = st.integers() | st.text() | st.booleans() | st.none() | st.tuples(st.integers(), st.text())
nested = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(hashable | st.sampled_from(["!tuple", "!dict", "!", "!int"]), inner)
        | st.dictionaries(st.sampled_from(["!tuple", "!dict", "!model:Note"]), inner, max_size=1)
        | st.lists(inner).map(deque)
        | st.frozensets(hashable)
        | st.builds(Send, st.text(), inner)
        | st.builds(lambda x: messages.HumanMessage("x", extra=x), inner)
    ),
    max_leaves=20,
)


@given(nested)
def test_any_nesting_comes_back(value):
    assert same(round_trip(Serde(), value), value)


@given(st.recursive(st.text(max_size=3) | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_a_text_that_was_changed_makes_a_known_value_or_one_clear_error(parts):
    serde = Serde([Note, Point, Model, Colour])
    for tag in serde._tags:
        text = serde.dumps([parts], "it").replace("[", f'[{{"{tag}":', 1)[:-1] + "}]"
        with suppress(SerializationError):
            serde.loads(text)


def test_plain_values_are_plain_json(serde):
    assert serde.dumps({"a": [1, None, "é"]}, "it") == '{"a":[1,null,"é"]}'
    assert serde.dumps(messages.HumanMessage("hi"), "it") == '{"!HumanMessage":{"content":"hi"}}'
    assert (
        serde.dumps(Note("hi"), "it") == '{"!dataclass:Note":{"text":"hi","tags":[],"colour":{"!enum:Colour":"RED"}}}'
    )


def test_nothing_of_a_class_runs_again(serde):
    order, model = used_order(), model_with_a_secret()

    again, model_again = round_trip(serde, order), round_trip(serde, model)

    assert vars(again) == {"price": 6, "total": 18, "seen": [], "hidden": ("not", "a field")}
    assert model_again.name == "ann!"
    assert (model_again._secret, model_again.surprise) == (5, (1, 2))
    assert model_again.model_fields_set == model.model_fields_set == {"name", "inner", "many", "surprise"}


def test_private_slots_come_back(serde):
    mixed = Mixed("m").set((1, 2))

    assert round_trip(serde, mixed).get() == (1, 2)


def test_langchains_messages_are_registered_like_any_model():
    message = langchain.AIMessage("hi", id="1", tool_calls=[call])
    serde = Serde([langchain.AIMessage])

    assert same(round_trip(serde, [message, messages.AIMessage("ours")]), [message, messages.AIMessage("ours")])


def test_a_field_the_class_did_not_have_then_gets_its_default(serde):
    note = serde.loads('{"!dataclass:Note":{"text":"a"}}')
    model = serde.loads('{"!model:Model":[{"name":"a"},["name"],{},{}]}')

    assert note == Note("a")
    assert (model.inner, model.many) == (None, {})


def test_what_was_one_object_in_two_places_becomes_two():
    shared = [1]

    a, b = round_trip(Serde(), (shared, shared))

    assert a == b
    assert a is not b


def test_an_answer_type_comes_back_where_it_is_registered():
    question = Interrupt("?", "1", {"type": "object"}, answer_type=Answer, ns=("a:1", "b:2"), resumable=False)
    knows, knows_not = Serde([Answer]), Serde()

    text = knows.dumps(question, "it")

    assert knows.loads(text) == knows_not.loads(text) == question
    assert (knows.loads(text).answer_type, knows.loads(text).ns) == (Answer, ("a:1", "b:2"))
    assert knows.loads(text).resumable is False
    assert knows_not.loads(text).answer_type is None
    assert knows_not.loads(knows_not.dumps(question, "it")).answer_type is None
    assert round_trip(knows, Interrupt("?", answer_type=Literal["a", "b"])).answer_type is None


class Number(float):
    pass


class Client:
    pass


class Letters(list):
    pass


@dataclass
class Stranger:
    n: int


class Lister(list):
    n: int


without_key = ZoneInfo.from_file(BytesIO(b"TZif" + bytes(16 + 16) + b"\0\0\0\1\0\0\0\4" + bytes(6) + b"UTC\0"))
cycle: list = [1]
cycle.append({"a": cycle})
ring = deque()
ring.append((ring,))
deep: list = []
for _ in range(5000):
    deep = [deep]
deep_tuple: tuple = ()
for _ in range(150):
    deep_tuple = (deep_tuple,)
loop = Note("a")
loop.tags.append(loop)

REFUSED = [
    (Client(), "the key 'k' holds a Client (tests.checkpoint.test_serde), which cannot be kept in a file: keep it out"),
    ({"rows": [1, Client()]}, "the key 'k'['rows'][1] holds a Client"),
    ((0, {"a": {1: [Client()]}}), "the key 'k'[1]['a'][1][0] holds a Client"),
    ({Client(): 1}, "the key 'k'.keys() holds a Client"),
    ({"a", Client}, "the key 'k'{…} holds a type"),
    (deque([1, Client()]), "the key 'k'[1] holds a Client"),
    (OrderedDict(a=Client()), "the key 'k'['a'] holds a Client"),
    (Note("a", [Client()]), "the key 'k'.tags[0] holds a Client"),
    (Point(1, Client()), "the key 'k'[1] holds a Client"),
    (Model.model_construct(name=Client()), "the key 'k'.name holds a Client"),
    (messages.ToolMessage("a", tool_call_id="1", artifact=[Client()]), "the key 'k'.artifact[0] holds a Client"),
    (Send("n", Client()), "the key 'k'.arg holds a Client"),
    (Interrupt(Client()), "the key 'k'.value holds a Client"),
    (Number(1), "the key 'k' holds a Number, which would come back as a mere float: put float(…) of it there."),
    ([Letters()], "the key 'k'[0] holds a Letters, which would come back as a mere list: put list(…)"),
    ({Word.YES: 1, "a": Number(1)}, "the key 'k'['a'] holds a Number"),
    (Stranger(1), "the key 'k' holds a Stranger, a class that is not registered: SqliteSaver(path, types=[Stranger])"),
    (langchain.AIMessage("x"), "the key 'k' holds an AIMessage, a class that is not registered"),
    (lambda: 1, "the key 'k' holds a function (builtins), which cannot be kept"),
    (..., "the key 'k' holds an ellipsis"),
    (ValueError("x"), "the key 'k' holds a ValueError"),
    ((x for x in ()), "the key 'k' holds a generator"),
    (memoryview(b""), "the key 'k' holds a memoryview"),
    (defaultdict(lambda: 1), "the key 'k' holds a defaultdict whose factory is <function"),
    (datetime(2024, 1, 1, tzinfo=without_key), "the key 'k' holds a ZoneInfo that was read from a file and has no key"),
    (cycle, "the key 'k'[1]['a'] is the key 'k' itself; a value that contains itself cannot be kept in a file"),
    (ring, "the key 'k'[0][0] is the key 'k' itself"),
    (loop, "the key 'k'.tags[0] is the key 'k' itself"),
    (deep, "… is nested more than 100 deep, which cannot be kept in a file"),
    (deep_tuple, "… is nested more than 100 deep"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=[message[:60] for _, message in REFUSED])
def test_what_cannot_come_back_is_refused_by_its_place(serde, value, message):
    with pytest.raises(SerializationError) as refused:
        serde.dumps(value, "the key 'k'")

    assert message in str(refused.value)
    assert len(str(refused.value)) < 400


def test_only_classes_that_can_be_kept_are_registered():
    for kind in (Client, int, list[int], "Note", Lister):
        with pytest.raises(SerializationError, match="only a dataclass, a pydantic model, an Enum"):
            Serde([kind])


def redefined(module=__name__, qualname="Note"):
    made = dataclass(type("Note", (), {"__annotations__": {"text": str}, "__module__": module}))
    made.__qualname__ = qualname
    return made


def test_two_classes_of_one_name_are_an_error():
    with pytest.raises(SerializationError, match=r"two classes are called Note: .*test_serde\.Note and other\.Note"):
        Serde([Note, redefined("other")])


def test_a_cell_that_is_run_again_defines_its_class_anew(serde):
    today = redefined()

    serde.register(today)

    assert type(round_trip(serde, today("a"))) is today
    with pytest.raises(SerializationError, match="a Note whose class has been defined again since"):
        serde.dumps(Note("a"), "it")


def test_registering_a_class_registers_what_its_fields_name():
    assert round_trip(Serde([Model]), Inner(n=2)) == Inner(n=2)


HOSTILE = [
    ('{"!os.system": "true"}', "'!os.system' is no tag that hilnb writes"),
    ('{"!": 1}', "'!' is no tag"),
    ('{"!builtins.eval": ["1"]}', "is no tag"),
    ('{"!dataclass:os.system": {"a": 1}}', "the dataclass os.system, which is not registered"),
    ('{"!dataclass:Notes": {}}', "which is not registered (did you mean 'Note'?)"),
    ('{"!model:Stranger": []}', "SqliteSaver(path, types=[Stranger])"),
    ('{"!model:Note": []}', "is the model Note, but the registered Note is of another kind"),
    ('{"!enum:Colour": "mro"}', "'!enum:Colour' cannot be made of 'mro' here (KeyError"),
    ('{"!enum:Colour": 1}', "cannot be made of 1 here"),
    ('{"!enum:Colour": "__class__"}', "cannot be made of"),
    ('{"!namedtuple:Point": [1, 2, 3]}', "Point has 2 fields"),
    ('{"!dataclass:Place": {"name": "a", "__class__": 1}}', "'!dataclass:Place' cannot be made of"),
    ('{"!model:Model": [{}, [], 1, {}]}', "dicts were expected"),
    ('{"!model:Model": [1, [], null, null]}', "cannot be made of"),
    ('{"!tuple": "abc"}', "'!tuple' does not go with 'abc': the text was changed."),
    ('{"!dict": ["ab"]}', None),
    ('{"!dict": [[[1], 2]]}', "unhashable"),
    ('{"!bytes": "%%"}', "cannot be made of '%%'"),
    ('{"!int": "x"}', "cannot be made of 'x'"),
    ('{"!Fraction": [1, 0]}', "ZeroDivisionError"),
    ('{"!Fraction": ["1e999999999", null]}', "'str' object cannot be interpreted as an integer"),
    ('{"!Decimal": "x"}', "cannot be made of 'x'"),
    ('{"!ZoneInfo": "../../etc/passwd"}', "cannot be made of"),
    ('{"!WindowsPath": "c:/"}', "cannot be made of 'c:/' here"),
    ('{"!defaultdict": ["system", {}]}', "KeyError"),
    ('{"!HumanMessage": {"content": 5}}', "it has to be text"),
    ('{"!Send": {"node": "a"}}', "missing 1 required positional argument"),
    ('{"!Command": {"x": 1}}', "unexpected keyword argument"),
    ('{"!datetime": ["2024-01-01T00:00:00", 0, "UTC"]}', "cannot be made of"),
    ("{", "'{' is not what hilnb writes"),
    ("NaN", "NaN is not JSON"),
    ("", "is not what hilnb writes"),
    ("[" * 100_000, "is nested too deeply to be read"),
    ('{"!tuple": [' * 100_000, "is nested too deeply to be read"),
]


@pytest.mark.parametrize(("text", "message"), [(t, m) for t, m in HOSTILE if m], ids=lambda text: text[:40])
def test_a_text_that_was_changed_is_refused(serde, text, message):
    with pytest.raises(SerializationError) as refused:
        serde.loads(text)

    assert message in str(refused.value)


def test_attributes_from_a_text_never_reach_the_class(serde):
    note = serde.loads('{"!dataclass:Note": {"text": "a", "__class__": "Client", "__eq__": 1}}')

    assert type(note) is Note
    assert note.__class__ is Note
    assert note == Note("a")


Name = NewType("Name", Stranger)
Some = TypeVar("Some", bound=Point)


@dataclass
class Tree:
    colour: Colour
    children: "list[Tree]"
    note: Note | None = None


class State(TypedDict, total=False):
    tree: Tree
    model: Annotated[list[Model], Client]
    place: typing.NotRequired[dict[Place, tuple[Level, ...]]]
    word: Literal[Word.YES, "no"]
    call: Callable[[Name, Some], May]
    messages: Annotated[list[messages.AnyMessage], "add"]
    interrupt: Interrupt


def test_a_schema_names_its_classes_however_deep():
    found = {Tree, Colour, Note, Model, Inner, Place, Point, Level, Word, Stranger, May}

    assert types_in(State) == found
    Serde(found)


def test_what_a_name_in_quotes_means_may_be_unknown():
    @dataclass
    class Local:
        colour: "Unknown"  # noqa: F821
        point: Point

    assert types_in(Local) == {Local, Point}
    assert types_in(Any) == types_in(None) == types_in(int | str) == types_in("quoted") == set()
