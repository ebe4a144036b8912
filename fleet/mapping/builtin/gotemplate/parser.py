"""A template's words → its nodes, by the grammar of Go's text/template/parse."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.functions import FUNCTIONS, REFUSED
from fleet.mapping.builtin.gotemplate.lexer import Action, Word, pieces
from fleet.mapping.builtin.gotemplate.limits import MAX_DEPTH, MAX_TEMPLATE
from fleet.mapping.builtin.gotemplate.literals import character, number, text
from fleet.mapping.builtin.gotemplate.nodes import (
    Block,
    Branch,
    Call,
    Command,
    Dot,
    Fields,
    Function,
    Leave,
    Literal,
    Node,
    Operand,
    Pipeline,
    Template,
    Text,
    Variable,
    Write,
)

_CONSTANTS = {"true": Literal(True), "false": Literal(False), "nil": Literal(None)}
_BRANCHES = frozenset({"if", "with", "range"})
_OF = (Dot, Variable, Pipeline)


@lru_cache(maxsize=512)  # the same fields are filled for every set of parameters
def parse(template: str) -> Template:
    """Read a template; raises TemplateFailed."""
    if len(template) > MAX_TEMPLATE:
        raise TemplateFailed(reason=f"it has more than {MAX_TEMPLATE} characters")
    return _Parser(template).template()


class _Parser:
    """Reads one template; used once."""

    def __init__(self, template: str) -> None:
        self._pieces: Iterator[str | Action] = pieces(template)
        self._variables: list[str] = [""]
        self._defined: dict[str, Block] = {}
        self._ranges = 0
        self._depth = 0

    def template(self) -> Template:
        """Everything."""
        block, closing = self._block()
        if closing is not None:
            raise _unexpected(closing.words[0])
        return Template(block, self._defined)

    def _block(self) -> tuple[Block, Action | None]:
        """Nodes up to an `else`, an `end` or the end of the text; gives what ended it."""
        nodes: list[Node] = []
        for piece in self._pieces:
            if isinstance(piece, str):
                nodes.append(Text(piece))
                continue
            first = piece.words[0]
            if first.kind == "keyword" and first.text in ("end", "else"):
                return Block(tuple(nodes)), piece
            node = self._action(piece)
            if node is not None:
                nodes.append(node)
        return Block(tuple(nodes)), None

    def _action(self, action: Action) -> Node | None:
        words = _Words(action.words)
        first = words.peek()
        if first.kind != "keyword":
            return Write(self._pipeline(words, "end", "command"))
        words.take()
        if first.text in _BRANCHES:
            return self._branch(first, words)
        if first.text in ("break", "continue"):
            words.expect("end")
            if not self._ranges:
                raise _failed(first, f"{first.text} stands outside of a range")
            return Leave(first.text)
        if first.text == "template":
            return self._call(words, first)
        return self._definition(words, first)

    def _branch(self, keyword: Word, words: _Words) -> Branch:
        known = len(self._variables)
        self._deeper(keyword)
        pipeline = self._pipeline(words, "end", keyword.text)
        looping = keyword.text == "range"
        self._ranges += looping
        then, closing = self._block()
        self._ranges -= looping
        otherwise = Block(())
        if closing is not None and closing.words[0].text == "else":
            otherwise, closing = self._otherwise(keyword, closing)
        self._close(closing, keyword)
        self._depth -= 1
        del self._variables[known:]
        return Branch(keyword.text, pipeline, then, otherwise)

    def _otherwise(self, keyword: Word, closing: Action) -> tuple[Block, Action | None]:
        words = _Words(closing.words)
        words.take()
        following = words.peek()
        if following.kind == "keyword" and following.text == keyword.text and keyword.text != "range":
            # `else if` is an `if` in the `else`, and the one `end` closes both.
            words.take()
            inner = self._branch(following, words)
            return Block((inner,)), Action((Word("keyword", "end", following.line, False), Word("end", "", 0, False)), 0)
        words.expect("end")
        return self._block()

    def _close(self, closing: Action | None, opened: Word) -> None:
        if closing is None:
            raise _failed(opened, f"{opened.text} is not closed with end")
        words = _Words(closing.words)
        word = words.take()
        if word.text != "end":
            raise _unexpected(word)
        words.expect("end")

    def _call(self, words: _Words, first: Word) -> Call:
        name = self._name(words)
        pipeline = None if words.peek().kind == "end" else self._pipeline(words, "end", "template")
        return Call(name, pipeline, first.line)

    def _definition(self, words: _Words, keyword: Word) -> Node | None:
        """`define`, which may stand only at the top; `block`, which is a `define` and a call of it."""
        if keyword.text == "define" and (self._depth or self._ranges):
            raise _unexpected(keyword)
        name = self._name(words)
        pipeline = self._pipeline(words, "end", "block") if keyword.text == "block" else None
        if pipeline is None:
            words.expect("end")
        outside, self._variables = self._variables, [""]
        ranges, self._ranges = self._ranges, 0
        self._deeper(keyword)
        block, closing = self._block()
        self._close(closing, keyword)
        self._depth -= 1
        self._variables, self._ranges = outside, ranges
        if block.nodes or name not in self._defined:
            self._defined[name] = block
        return Call(name, pipeline, keyword.line) if pipeline else None

    def _name(self, words: _Words) -> str:
        word = words.take()
        if word.kind not in ("text", "raw"):
            raise _unexpected(word)
        return text(word)

    def _pipeline(self, words: _Words, end: str, context: str) -> Pipeline:
        line = words.peek().line
        variables, assigns = self._declared(words, context)
        commands: list[Command] = []
        self._deeper(words.peek())
        while words.peek().kind != end:
            if words.peek().kind in ("end", "close"):
                raise _unexpected(words.peek())
            commands.append(self._command(words))
        last = words.take()
        self._depth -= 1
        if not commands:
            raise _failed(last, f"a value is missing for {context}")
        for command in commands[1:]:
            if isinstance(command.operands[0], Literal | Dot):
                raise _failed(last, "what follows a pipe must be a function")
        return Pipeline(tuple(commands), variables, assigns, line)

    def _declared(self, words: _Words, context: str) -> tuple[tuple[str, ...], bool]:
        names: list[str] = []
        assigns = False
        while words.peek().kind == "variable" and words.peek(1).kind in ("declare", "assign", "comma"):
            name, sign = words.take(), words.take()
            names.append(name.text[1:])
            if sign.kind == "comma":
                if context != "range" or len(names) > 1:
                    raise _failed(name, "too many declarations")
                if words.peek().kind != "variable":
                    raise _failed(name, "a range can only set variables")
                continue
            assigns = sign.kind == "assign"
            break
        if assigns and (unknown := [name for name in names if name not in self._variables]):
            raise _failed(words.peek(), f"there is no variable ${unknown[0]}")
        if not assigns:
            self._variables.extend(names)
        return tuple(names), assigns

    def _command(self, words: _Words) -> Command:
        operands: list[Operand] = []
        while True:
            operand = self._operand(words)
            if operand is not None:
                operands.append(operand)
            word = words.peek()
            if word.kind == "pipe":
                words.take()
                break
            if word.kind in ("end", "close"):
                break
            if operand is None or not word.spaced:
                raise _unexpected(word)
        if not operands:
            raise _failed(words.peek(), "a command is empty")
        return Command(tuple(operands))

    def _operand(self, words: _Words) -> Operand | None:
        operand = self._term(words)
        if operand is None:
            return None
        names: list[str] = []
        while words.peek().kind == "field" and not words.peek().spaced:
            names.append(words.take().text[1:])
        if not names:
            return operand
        if isinstance(operand, Fields):
            return Fields(operand.of, (*operand.names, *names))
        if isinstance(operand, Dot) or not isinstance(operand, _OF):
            raise _failed(words.peek(), "unexpected . after a value")
        return Fields(operand, tuple(names))

    def _term(self, words: _Words) -> Operand | None:
        word = words.peek()
        if word.kind == "open":
            words.take()
            return self._pipeline(words, "close", "brackets")
        made = self._simple(word)
        if made is not None:
            words.take()
        return made

    def _simple(self, word: Word) -> Operand | None:
        match word.kind:
            case "dot":
                return Dot()
            case "field":
                return Fields(Dot(), (word.text[1:],))
            case "variable":
                if word.text[1:] not in self._variables:
                    raise _failed(word, f"there is no variable {word.text}")
                return Variable(word.text[1:])
            case "name":
                return _CONSTANTS.get(word.text) or _function(word)
            case "number":
                return Literal(number(word))
            case "char":
                return Literal(character(word))
            case "text" | "raw":
                return Literal(text(word))
        return None

    def _deeper(self, word: Word) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _failed(word, f"more than {MAX_DEPTH} blocks or brackets stand in one another")


class _Words:
    """The words of one action, one after another; the last stays."""

    def __init__(self, words: tuple[Word, ...]) -> None:
        self._words = words
        self._at = 0

    def peek(self, further: int = 0) -> Word:
        """The next word, or one further on."""
        return self._words[min(self._at + further, len(self._words) - 1)]

    def take(self) -> Word:
        """The next word, and go on."""
        word = self.peek()
        self._at += 1
        return word

    def expect(self, kind: str) -> None:
        """Go on over a word that must be there."""
        if self.peek().kind != kind:
            raise _unexpected(self.peek())
        self.take()


def _function(word: Word) -> Function:
    if word.text in FUNCTIONS:
        return Function(word.text)
    if word.text in REFUSED:
        raise _failed(word, f"the function {word.text} is refused: {REFUSED[word.text]}")
    raise _failed(word, f"there is no function {word.text}")


def _unexpected(word: Word) -> TemplateFailed:
    return _failed(word, f"unexpected {word.text}")


def _failed(word: Word, message: str) -> TemplateFailed:
    return TemplateFailed(reason=f"line {word.line}: {message}")
