"""Which code a result depends on, as one digest.

Starting from a few names of a module, it follows every global name that a definition reads,
through all imports within the package, and takes in the top-level statements that bind them. What
is not reached does not count; nor do comments, layout, docstrings, the hints of functions and the
words of errors, so that a long run need not be repeated because a sentence was improved. Names
made at run time, by `getattr` with a computed string and the like, cannot be seen.
"""

from __future__ import annotations

import ast
import hashlib
import json
import symtable
from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from textwrap import indent
from typing import Any

# The folder that holds the package.
ROOT = Path(__file__).parents[2]


def code_hash(module: str, names: Iterable[str], root: Path = ROOT) -> str:
    """The SHA-256 of all that `names` of `module` reach in the package.

    >>> code_hash("lossnb.schedules", ["warm_up"]) == code_hash("lossnb.schedules", ["annealing"])
    False
    """
    reached = sorted(statements(module, names, root))
    return hashlib.sha256("\n".join(reached).encode()).hexdigest()


def statements(module: str, names: Iterable[str], root: Path = ROOT) -> set[str]:
    """Module and skeleton of each top-level statement that `names` of `module` reach."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [(module, name) for name in names]
    while waiting:
        target = waiting.pop()
        if target in seen:
            continue
        seen.add(target)
        where, name = target
        source = _source(where, root)
        if name in source.imports:
            waiting += _locate(source.imports[name], root)
        for statement in [*source.bindings.get(name, ()), *source.effects]:
            found.add(f"{where} {statement.skeleton}")
            for path in statement.imported | {source.imported(p) for p in statement.reads}:
                waiting += _locate(path, root)
            waiting += [(where, path.partition(".")[0]) for path in statement.reads]
    return found


class _Source:
    """A module taken apart: what it imports, and the statements that bind each of its names."""

    def __init__(self, module: str, path: Path) -> None:
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        self.imports: dict[str, str] = {}
        self.bindings: defaultdict[str, list[_Statement]] = defaultdict(list)
        self.effects: list[_Statement] = []  # what runs on import without binding a name
        for node in ast.parse(path.read_bytes()).body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.imports |= _imports(node, package)
            if _is_import(node) or _is_text(node):
                continue
            statement, names = _Statement(node, package), set(_bound(node))
            for name in names:
                self.bindings[name].append(statement)
            if not names:
                self.effects.append(statement)

    def imported(self, path: str) -> str:
        """The full name behind a path that begins with an import; of any other, nothing."""
        head, _, rest = path.partition(".")
        return f"{self.imports[head]}.{rest}".rstrip(".") if head in self.imports else ""


class _Statement:
    """A top-level statement: its skeleton, and what it reads of its module and of others."""

    def __init__(self, node: ast.stmt, package: str) -> None:
        self.skeleton = json.dumps(_skeleton(node))
        bare = _Unannotated().visit(deepcopy(node))
        # What a function imports is its own.
        own, globals_ = _imports(node, package), _global_reads(bare) | set(_bound(node))
        self.reads: set[str] = set()
        self.imported: set[str] = set()
        for path in _Paths(bare).found:
            head, _, rest = path.partition(".")
            if head in globals_:
                self.reads.add(path)
            elif head in own:
                self.imported.add(f"{own[head]}.{rest}".rstrip("."))


def _imports(tree: ast.stmt, package: str) -> dict[str, str]:
    """The names that are imported anywhere in a statement, and their full names."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                found[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            found |= {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names}
    return found


def _global_reads(statement: ast.stmt) -> set[str]:
    """The names that a statement reads from its module, in whatever function within it.

    Taken as the body of a function, since Python 3.12 moves the variable of a comprehension in a
    module into the module's table.
    """
    source = "def body():\n" + indent(ast.unparse(statement), " ")
    tables = [symtable.symtable(source, "<statement>", "exec")]
    for table in tables:
        tables += table.get_children()
    symbols = (symbol for table in tables for symbol in table.get_symbols())
    return {s.get_name() for s in symbols if s.is_referenced() and s.is_global()}


class _Unannotated(ast.NodeTransformer):
    """Leaves out the hints, which do nothing when a function is called."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


@cache
def _source(module: str, root: Path) -> _Source:
    path = _file(module, root)
    assert path is not None, module
    return _Source(module, path)


def _file(module: str, root: Path) -> Path | None:
    path = root.joinpath(*module.split("."))
    candidates = (path / "__init__.py", path.with_name(path.name + ".py"))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _locate(path: str, root: Path) -> list[tuple[str, str]]:
    """The (module, name) that a dotted path means; for a module itself, all its names."""
    parts = path.split(".") if path else []
    for length in range(len(parts), 0, -1):
        module = ".".join(parts[:length])
        if _file(module, root):
            source = _source(module, root)
            rest = parts[length:]
            return [(module, n) for n in rest[:1] or [*source.bindings, *source.imports]]
    return []  # not of this package


class _Paths(ast.NodeVisitor):
    """The names and dotted paths, such as `lossnb.cross_entropy`, in a statement."""

    def __init__(self, statement: ast.stmt) -> None:
        self.found: set[str] = set()
        self.visit(statement)

    def visit_Name(self, node: ast.Name) -> None:
        self.found.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        parts, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            self.found.add(".".join([inner.id, *reversed(parts)]))
        else:
            self.visit(inner)


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a statement leaves behind in its module; a comprehension's are its own."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif not isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        for inner in ast.iter_child_nodes(node):
            yield from _bound(inner)


def _is_import(node: ast.AST) -> bool:
    """Also a `with` around imports alone, which only words their failure."""
    if isinstance(node, ast.With):
        return all(map(_is_import, node.body))
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _skeleton(node: Any) -> Any:
    """The syntax tree without texts that do nothing, the same in every version of Python."""
    if isinstance(node, list):
        return [_skeleton(item) for item in node if not _is_text(item)]
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return ["Raise", _skeleton(node.exc.func)]  # whatever the words
    if isinstance(node, ast.AST):
        hint = "annotation" if isinstance(node, ast.arg) else "returns"
        # Newer versions know more fields, empty in older code.
        fields = {
            name: _skeleton(value)
            for name, value in ast.iter_fields(node)
            if value not in (None, []) and name != hint
        }
        return [type(node).__name__, fields]
    return repr(node)
