"""Schedule: what is nested in one statement, which results take over memory that dies, and what
is let go.

A value is overwritten only where that is proven safe: its memory was made by this routine,
nothing later reads it, no view of it takes part, and the result has its shape and element type.
"""

from __future__ import annotations

from collections import Counter

from gradc.ir.graph import Node, Value
from gradc.ir.program import Program, Routine, Step
from gradc.passes.memory import choose_frees
from gradc.passes.target import Target

_NESTING = 4  # how deep operations are nested in one statement
_WIDTH = 9  # how many operations one statement holds


def schedule(program: Program, target: Target) -> Program:
    """Decides in place; at -O0 every node is a statement of its own and memory is left alone."""
    for routine in (program.forward, program.backward, program.predict):
        if routine is not None:
            _nest_constants(routine)
            if program.level > 0:
                _Schedule(routine, target).run()
    return program


def _nest_constants(routine: Routine) -> None:
    """Numbers and sizes are written where they are used, at every level."""
    results = set(routine.results)
    for step in routine.steps:
        if step.body is not None:
            _nest_constants(step.body)
        if step.node.op.traits.literal and step.node.result not in results:
            step.nested = True


class _Schedule:
    def __init__(self, routine: Routine, target: Target):
        self.routine, self.target = routine, target
        self.results = set(routine.results)
        self.parent: dict[Value, Value] = {}  # towards the value that first had this memory
        self.owned: set[Value] = set()
        self.nested: set[Value] = set()
        self.uses: dict[Value, list[int]] = {}
        for position, step in enumerate(routine.steps):
            for value in step.node.operands:
                self.uses.setdefault(value, []).append(position)
            loop = step.node.op.loop
            if (viewed := step.node.op.traits.view) is not None:
                self.parent[step.node.result] = step.node.operands[viewed]
            elif loop is not None:
                # The last value is the first one where there are no steps.
                results = step.node.results
                self.parent.update(zip(results[: loop.carried], step.node.operands, strict=False))
                self.owned.update(results[loop.carried :])
            elif not step.node.op.traits.static:  # those are constants of the module
                self.owned.update(step.node.results)
        self.owned |= routine.owned

    def run(self) -> None:
        self._nest()
        self._hand_over()
        self._reuse()
        choose_frees(self.routine, self.owned, self.block, self._last_reads())

    def block(self, value: Value) -> Value:
        """The value that first had the memory of this one."""
        while (parent := self.parent.get(value)) is not None:
            value = parent
        return value

    def _nest(self) -> None:
        """Unnamed values used once, in the same paragraph, are written within that statement."""
        depth: dict[Value, int] = {}
        width: dict[Value, int] = {}
        for step in self.routine.steps:
            node = step.node
            result = node.results[0]
            deep = 1 + max([depth.get(v, 0) for v in node.operands], default=0)
            wide = 1 + sum([width.get(v, 0) for v in node.operands])
            if step.nested:
                self.nested.add(result)
            else:
                step.nested = self._can_nest(step, deep, wide)
                if step.nested:
                    self.nested.add(result)
                    depth[result], width[result] = deep, wide

    def _can_nest(self, step: Step, depth: int, width: int) -> bool:
        node = step.node
        value = node.results[0]
        uses = self.uses.get(value, ())
        if not uses or value.named or value in self.results or len(node.results) > 1:
            return False
        users = [self.routine.steps[u].node for u in uses]
        if len(users) > 1:
            return self._is_short(node, users)
        user = users[0]
        if self.target.is_statements(node.op) or self.target.is_statements(user.op):
            return False
        if node.op.loop is not None or node.op.traits.impure:
            return False  # draws happen in their order
        if user.op.loop is not None:
            # `dJ_dU = np.zeros(…)` before the loop that adds to it.
            return not node.operands and value in user.operands[: user.op.loop.carried]
        repeats = self.target.repeats(user.op)
        if repeats and user.operands.index(value) in repeats:
            return False
        same = user.origin.span is node.origin.span
        if not same or depth > _NESTING or width > _WIDTH:
            return False
        if not value.type.shape:
            return True
        # A product of matrices is a line of its own where the next operation can overwrite it,
        # and so is an operation that can overwrite what it reads.
        overwrites = self.target.overwrites(user.op)
        if node.op.traits.heavy and overwrites and user.results[0].type == value.type:
            # …unless that overwrites another operand: `dJ_dW += x.T @ dJ_dz`.
            return any([v is not value and self._dies_in(v, user) for v in user.operands])
        return not any([self._dies_in(v, node) for v in node.operands])

    def _is_short(self, node: Node, users: list[Node]) -> bool:
        """Whether a view is as short as a name of its own: `h.T` of a matrix that has one."""
        return (
            node.op.name == "transpose"
            and len(node.result.type.shape) == 2
            and node.operands[0] not in self.nested
            and not any([self._takes_names(u) for u in users])
        )

    def _takes_names(self, user: Node) -> bool:
        """Whether what it reads must have a name."""
        target = self.target
        return bool(user.op.loop or target.is_statements(user.op) or target.repeats(user.op))

    def _dies_in(self, value: Value, node: Node) -> bool:
        """Whether a value of the same type with a line of its own is read here and nowhere else."""
        return (
            value in self.owned
            and value.type == node.result.type
            and bool(self.target.overwrites(node.op))
            and len(self.uses[value]) == 1
            and value not in self.results
            and value not in self.nested
        )

    def _hand_over(self) -> None:
        """Lets loops overwrite what they start from, where nothing else has that memory."""
        place = self._places()
        for position, step in enumerate(self.routine.steps):
            loop, body = step.node.op.loop, step.body
            if loop is None or body is None:
                continue
            shared = Counter(self.block(v) for v in step.node.operands)
            carried = list(
                zip(
                    body.arguments[: loop.carried],
                    step.node.operands[: loop.carried],
                    step.node.results[: loop.carried],
                    strict=True,
                )
            )
            dying = {
                v
                for _, v, r in carried
                if v in self.owned
                and shared[self.block(v)] == 1
                and not self._lives_on(v, r, position, place)
            }
            step.consumed = frozenset(dying)
            body.owned = frozenset(p for p, v, _ in carried if v in dying)
            inner = _Schedule(body, self.target)
            step.copied = self._borrowed(inner, body, loop.carried)
            # The memory of each step's value must be its own, or this step's.
            body.owned = frozenset(
                p
                for (p, _, _), following in zip(carried, body.results, strict=False)
                if p in body.owned and self._is_fresh(inner, p, following, body)
            )
            _Schedule(body, self.target).run()
            self.owned.update(r for _, v, r in carried if v in dying)

    def _lives_on(self, value: Value, result: Value, position: int, place: list[int]) -> bool:
        """Whether a value's memory is read after the loop, other than as the loop's result."""
        block = self.block(value)
        later = [
            v
            for where, step in zip(place, self.routine.steps, strict=True)
            if where > position
            for v in step.node.operands
        ]
        return any(
            self.block(v) is block and not self._descends(v, result)
            for v in (*later, *self.results)
        )

    def _descends(self, value: Value, result: Value) -> bool:
        """Whether a value has its memory by way of the loop's result."""
        while value is not result:
            parent = self.parent.get(value)
            if parent is None:
                return False
            value = parent
        return True

    @staticmethod
    def _borrowed(inner: _Schedule, body: Routine, carried: int) -> frozenset[int]:
        """What is carried on in the memory of another argument or of another carried value."""
        seen: set[Value] = set()
        borrowed = set()
        for i, following in enumerate(body.results[:carried]):
            block = inner.block(following)
            if block in seen or (block in body.arguments and block is not body.arguments[i]):
                borrowed.add(i)
            seen.add(block)
        return frozenset(borrowed)

    @staticmethod
    def _is_fresh(inner: _Schedule, parameter: Value, following: Value, body: Routine) -> bool:
        block = inner.block(following)
        shared = [r for r in body.results if inner.block(r) is block]
        return (
            (block is parameter or block in inner.owned)
            and (block not in body.arguments or block is parameter)
            and all(r is following for r in shared)
        )

    def _places(self) -> list[int]:
        """For each step the position of the statement that it is written in."""
        steps = self.routine.steps
        place = list(range(len(steps)))
        for position in range(len(steps) - 1, -1, -1):
            step = steps[position]
            if step.nested and (uses := self.uses.get(step.node.results[0])):
                place[position] = max([place[u] for u in uses])
        return place

    def _last_reads(self) -> dict[Value, int]:
        """Where each block is read for the last time; what is returned lives to the end."""
        place = self._places()
        last: dict[Value, int] = {}
        for position, step in enumerate(self.routine.steps):
            for value in step.node.operands:
                block = self.block(value)
                last[block] = max(last.get(block, -1), place[position])
        for result in self.results:
            last[self.block(result)] = len(self.routine.steps)
        return last

    def _reuse(self) -> None:
        last = self._last_reads()
        for position, step in enumerate(self.routine.steps):
            node = step.node
            overwritten = self.target.overwrites(node.op)
            if step.nested or not overwritten or not node.result.type.shape:
                continue
            for index, operand in enumerate(node.operands):
                if (
                    index in overwritten
                    and operand.type == node.result.type
                    and operand in self.owned
                    and operand not in self.nested
                    and last[self.block(operand)] == position
                    and self._only_reader(operand, node.operands)
                ):
                    step.out = operand
                    # The memory now lives as long as the result and the views of it do.
                    last[self.block(operand)] = last.get(node.result, position)
                    self.parent[node.result] = operand
                    break

    def _only_reader(self, operand: Value, operands: tuple[Value, ...]) -> bool:
        """No other operand is a view of the memory that is overwritten."""
        block = self.block(operand)
        return all(v is operand or self.block(v) is not block for v in operands)
