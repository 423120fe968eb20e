"""Every small change of a file, and whether its tests notice.

    python tests/mutation.py perturbsci/io/reading.py tests/io --sample 6

The tests are collected once. For each mutant a forked child swaps the code of the one
function that differs, or the one constant of the module, and runs the tests that reach the
changed lines, the fastest first, up to the first failure. Tests that start another
interpreter do not see it. Messages (``raise``, f-strings), docstrings, annotations, default
values and the bodies of classes are left as they are.
"""

import argparse
import ast
import copy
import gc
import importlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}  # fmt: skip
COMBINED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
UNTOUCHED = {"annotation", "returns", "decorator_list", "pattern"}


class Mutant(NamedTuple):
    """A changed file: what was changed, in which function, on which lines."""

    name: str
    owner: str  # qualified name of a function, or name of a constant
    lines: range  # of the changed statement, or of its head; empty for a constant
    code: CodeType  # of the changed function, or of the changed assignment


def changes(node):
    """Yield what may stand in place of a node."""
    match node:
        case ast.Compare(ops=operators):
            for i, operator in enumerate(operators):
                other = COMPARED[type(operator)]()
                yield changed(node, ops=[*operators[:i], other, *operators[i + 1 :]])
        case ast.BinOp() | ast.BoolOp() if type(node.op) in COMBINED:
            yield changed(node, op=COMBINED[type(node.op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield changed(node, value=not value)
        case ast.Constant(value=int(value) | float(value)):
            yield from (changed(node, value=value + by) for by in (1, -1))
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            for constant in (True, False) if isinstance(value, ast.Compare) else (None,):
                yield changed(node, value=ast.copy_location(ast.Constant(constant), value))
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            negated = ast.copy_location(ast.UnaryOp(ast.Not(), test), test)
            yield changed(node, test=negated)
    call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if call or isinstance(node, (ast.Raise, ast.AugAssign, ast.Break, ast.Continue)):
        yield ast.copy_location(ast.Pass(), node)


def changed(node, **fields):
    """Return a copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def owners(tree):
    """Yield the functions, methods and constants of a file by qualified name."""
    for node in tree.body:
        match node:
            case ast.FunctionDef():
                yield node.name, node
            case ast.ClassDef():
                methods = (each for each in node.body if isinstance(each, ast.FunctionDef))
                yield from ((f"{node.name}.{each.name}", each) for each in methods)
            case (
                ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name))
            ) if not name.startswith("__"):
                yield name, node


def sites(parent, lines):
    """Yield container, key, node and lines of the statement of what may change below."""
    for field, value in ast.iter_fields(parent):
        arguments = field == "args" and isinstance(parent, (ast.FunctionDef, ast.Lambda))
        if field in UNTOUCHED or arguments:
            continue
        several = isinstance(value, list)
        for key, node in enumerate(value) if several else ((field, value),):
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr):
                continue
            if isinstance(node, ast.keyword) and node.arg == "strict":
                continue  # zip of equal lengths
            span = lines
            if isinstance(node, (ast.stmt, ast.match_case)):
                head = getattr(node, "test", getattr(node, "iter", None)) or node
                first = getattr(node, "lineno", lines.start)
                span = range(first, getattr(head, "end_lineno", first) + 1)
            yield value if several else vars(parent), key, node, span
            if not isinstance(node, ast.Raise):
                yield from sites(node, span)


def mutants(text, path):
    """Return all mutants of a source text."""
    tree, found, counts = ast.parse(text), [], Counter()
    for owner, top in owners(tree):
        for container, key, node, lines in list(sites(top, range(0))):
            for new in changes(node):
                container[key] = new
                body = tree if isinstance(top, ast.FunctionDef) else ast.Module([top], [])
                code = compile(ast.fix_missing_locations(body), path, "exec")
                container[key] = node
                name = f"{owner}: {brief(node)} -> {brief(new)}"
                counts[name] += 1
                name += f" #{counts[name]}" if counts[name] > 1 else ""
                found.append(Mutant(name, owner, lines, code))
    return found


def brief(node):
    """Return the head of a statement, or an expression, as one line."""
    text = ast.unparse(node)
    return text.split("\n")[0] if isinstance(node, ast.stmt) else " ".join(text.split())


def nested_codes(code):
    """Yield a code object and all those inside."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested_codes(constant)


def insert(mutant, module, functions):
    """Make a module, and all who imported from it, use the changed code."""
    new = {(c.co_qualname, c.co_firstlineno): c for c in nested_codes(mutant.code)}
    changed_ones = [f for f in functions if f.__code__.co_qualname == mutant.owner]
    for function in changed_ones:
        function.__code__ = new[mutant.owner, function.__code__.co_firstlineno]
    if not changed_ones:
        old, space = getattr(module, mutant.owner), dict(vars(module))
        exec(mutant.code, space)
        for other in list(sys.modules.values()):
            if vars(other).get(mutant.owner) is old:
                setattr(other, mutant.owner, space[mutant.owner])


class Hunt:
    """A pytest plugin that runs the collected tests on mutants instead of once."""

    def __init__(self, path, sample, seed):
        """Prepare the mutants of a file, or a sample of them."""
        self.path = (ROOT / path).resolve()
        self.module = importlib.import_module(path[:-3].replace("/", "."))
        self.mutants = mutants(self.path.read_text(encoding="utf-8"), str(self.path))
        if sample:
            chosen = random.Random(f"{seed} {path}")
            self.mutants = chosen.sample(self.mutants, min(sample, len(self.mutants)))
        self.functions = [
            each
            for each in gc.get_objects()
            if isinstance(each, FunctionType)
            and each.__code__.co_filename == self.module.__file__
        ]
        self.outcomes = {}

    def pytest_runtest_logreport(self, report):
        """End a child at the first failure."""
        if report.failed:
            os._exit(1)

    def pytest_runtestloop(self, session):
        """Run every mutant on the tests that reach it."""
        reached, seconds = self.reached(session)
        gc.freeze()  # the children share the memory of what is there
        for mutant in self.mutants:
            lines = set(mutant.lines)
            near = [i for i, seen in enumerate(reached) if lines & seen or not lines]
            items = sorted(near, key=seconds.__getitem__)
            self.outcomes[mutant.name] = self.outcome(session, mutant, items, seconds)
        return True

    def outcome(self, session, mutant, items, seconds):
        """Return what a child that runs these tests on a mutant says."""
        if not items:
            return "not reached"
        child = os.fork()
        if not child:
            signal.alarm(int(30 + 5 * sum(seconds[i] for i in items)))
            insert(mutant, self.module, self.functions)
            run(session, items)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        return "survived" if status == 0 else "killed"

    def reached(self, session):
        """Return the lines of the file that each test reaches, and its seconds."""
        source, target = os.pipe()
        child = os.fork()
        if not child:
            lines, found = set(), []

            def trace(frame, event, _):
                if frame.f_code.co_filename != str(self.path):
                    return None
                lines.add(frame.f_lineno)
                return trace

            for i in range(len(session.items)):
                lines.clear()
                began = time.perf_counter()
                threading.settrace(trace)
                sys.settrace(trace)
                run(session, [i])
                sys.settrace(None)
                found.append((sorted(lines), time.perf_counter() - began))
            with os.fdopen(target, "w") as pipe:
                json.dump(found, pipe)
            os._exit(0)
        os.close(target)
        with os.fdopen(source) as pipe:
            text = pipe.read()
        assert os.waitpid(child, 0)[1] == 0, "the tests fail without a mutant"
        found = json.loads(text)
        return [set(lines) for lines, _ in found], [spent for _, spent in found]


def run(session, chosen):
    """Run collected tests, one after another."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        session.config.pluginmanager.unregister(reporter)
    items = [session.items[i] for i in chosen]
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)


def main():
    """Print what became of the mutants as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", help="file of the package, relative to the root")
    parser.add_argument("tests", nargs="+", help="files and folders of tests")
    parser.add_argument("--sample", type=int, default=0, help="how many mutants, 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.chdir(ROOT)
    hunt = Hunt(options.path, options.sample, options.seed)
    quiet = ["-q", "-p", "no:cacheprovider", "--no-header", "--no-summary"]
    with tempfile.TemporaryDirectory() as folder:
        quiet.append(f"--basetemp={folder}/tests")
        code = pytest.main([*quiet, *options.tests, options.path], plugins=[hunt])
    sys.stdout.write(json.dumps({"path": options.path, "outcomes": hunt.outcomes}) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
