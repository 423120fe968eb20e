"""Random bodies from a small grammar of the language, none of which can go astray.

Whole numbers stay small, loops are short, and a real number becomes a whole one only
within bounds, so that every target has the same thing to compute.
"""

from math import exp, floor, sqrt

from perturbsci.backend.launch import kernel_from_text

SIGNATURE = "x[n], y[m], k[n]:i, s -> out[n], _work[n, 3], count[n]:i"
REALS = ("a", "b", "x[i]", "s", "0.5", "2.0", "-3.25", "0.1", "1e-3")
WHOLES = ("p", "q", "i", "k[i]", "3", "-7", "1", "11")


def slope(u, v):
    """A function with two ways out."""
    if u < v:
        return u - v
    return u * v


def turned(u, v):
    """A function with two values."""
    return v, -u


class Writer:
    """Text of one body; ``choose`` takes one of a sequence, and may be anybody's."""

    def __init__(self, choose):
        self.choose = choose
        self.counters = ()

    def real(self, depth=2):
        """Return a real expression."""
        if not depth or self.choose((True, False, False)):
            return self.choose(REALS)
        one, two = (lambda: self.real(depth - 1)), (lambda: self.whole(depth - 1))
        form = self.choose(REAL_FORMS)
        return form(one, two, lambda: self.truth(depth - 1))

    def whole(self, depth=2):
        """Return a whole expression, small whatever it is made of."""
        if not depth or self.choose((True, False, False)):
            return self.choose((*WHOLES, *self.counters))
        form = self.choose(WHOLE_FORMS)
        return form(lambda: self.whole(depth - 1), lambda: self.real(depth - 1))

    def truth(self, depth=2):
        """Return a condition."""
        order = self.choose(("<", "<=", ">", ">=", "==", "!="))
        side = self.choose((self.real, self.whole))
        word = f"({side(depth)} {order} {side(depth)})"
        if depth and self.choose((True, False, False)):
            return f"({word} {self.choose(('and', 'or'))} {self.truth(depth - 1)})"
        return self.choose((word, word, f"(not {word})"))

    def block(self, pad, depth, *, in_loop=False):
        """Return the lines of one to three statements."""
        lines = []
        for _ in range(self.choose((1, 2, 3))):
            lines += self.statement(pad, depth, in_loop=in_loop)
        return lines

    def statement(self, pad, depth, *, in_loop):
        """Return the lines of a statement."""
        kinds = ["real", "real", "whole", "store", "pair"]
        kinds += ["if", "for", "while"] if depth else []
        kinds += ["leave"] if in_loop else []
        kind = self.choose(kinds)
        if kind == "real":
            how = self.choose(("=", "=", "+=", "-=", "*="))
            return [f"{pad}{self.choose('ab')} {how} {self.real()}"]
        if kind == "whole":
            return [f"{pad}{self.choose('pq')} = ({self.whole()}) % 1009 - 500"]
        if kind == "store":
            place = self.choose(("out[i]", "_work[i, 1]", f"_work[i, {self.whole(1)} % 3]"))
            return [f"{pad}{place} = {self.real()}"]
        if kind == "pair":
            return [f"{pad}a, b = turned({self.real(1)}, {self.real(1)})"]
        if kind == "leave":
            return [f"{pad}if {self.truth()}:", f"{pad}    {self.choose(LEAVE)}"]
        if kind == "if":
            return self._if(pad, depth - 1, in_loop)
        return self._for(pad, depth - 1) if kind == "for" else self._while(pad, depth - 1)

    def _if(self, pad, depth, in_loop):
        inner = pad + "    "
        lines = [f"{pad}if {self.truth()}:", *self.block(inner, depth, in_loop=in_loop)]
        if self.choose((True, False)):
            lines += [f"{pad}else:", *self.block(inner, depth, in_loop=in_loop)]
        return lines

    def _for(self, pad, depth):
        name = f"c{len(self.counters)}"
        bounds = self.choose(("4", "1, y.shape[0]", "k[i] % 4", "5, -1, -2", "p % 3, 5, 3"))
        head = f"{pad}for {name} in range({bounds}):"
        self.counters += (name,)
        lines = self.block(pad + "    ", depth, in_loop=self.choose((True, False)))
        self.counters = self.counters[:-1]
        return [head, *lines]

    def _while(self, pad, depth):
        turns = f"t{pad.count(' ') // 4}"
        inner = pad + "    "
        lines = [f"{pad}{turns} = 0", f"{pad}while {turns} < 4 and {self.truth(1)}:"]
        return [*lines, f"{inner}{turns} += 1", *self.block(inner, depth, in_loop=True)]


LEAVE = ("break", "continue")
REAL_FORMS = (
    lambda r, w, t: f"({r()} + {r()})",
    lambda r, w, t: f"({r()} - {r()})",
    lambda r, w, t: f"({r()} * {r()})",
    lambda r, w, t: f"({r()} / {r()})",
    lambda r, w, t: f"(-{r()})",
    lambda r, w, t: f"min({r()}, {r()})",
    lambda r, w, t: f"max({r()}, {r()})",
    lambda r, w, t: f"sqrt(abs({r()}))",
    lambda r, w, t: f"exp({r()})",
    lambda r, w, t: f"({r()}) ** 3",
    lambda r, w, t: f"float({w()})",
    lambda r, w, t: f"({r()} if {t()} else {r()})",
    lambda r, w, t: f"y[{w()} % y.shape[0]]",
    lambda r, w, t: f"slope({r()}, {r()})",
    lambda r, w, t: "_work[i, 2]",
)
WHOLE_FORMS = (
    lambda w, r: f"({w()} + {w()})",
    lambda w, r: f"({w()} - {w()})",
    lambda w, r: f"(({w()} % 31) * ({w()} % 17))",
    lambda w, r: f"({w()} // (abs({w()}) % 5 + 1))",
    lambda w, r: f"({w()} // -3)",
    lambda w, r: f"({w()} % 7)",
    lambda w, r: f"min({w()}, {w()})",
    lambda w, r: f"((abs({w()}) % 64) << 2)",
    lambda w, r: f"({w()} >> 1)",
    lambda w, r: f"({w()} ^ {w()})",
    lambda w, r: f"inside({r()})",
)


def inside(u):
    """A whole number from a real one, NaN included."""
    return floor(min(max(u, -9.0), 9.0)) if u == u else 0


def random_text(choose):
    """Return the text of a body whose choices are made by ``choose``."""
    lines = ["def body(i, x, y, k, s, out, _work, count):"]
    lines += [f"    _work[i, {j}] = 0.25 * {j}" for j in range(3)]
    lines += ["    out[i] = x[i]", "    a = x[i]", "    b = s", "    p = k[i]", "    q = 2"]
    writer = Writer(choose)
    for _ in range(2):
        lines += writer.block("    ", 2)
    lines += ["    out[i] = out[i] + (a - b) + _work[i, 0]", "    count[i] = p - q"]
    return "\n".join(lines) + "\n"


def random_kernel(text, name="body", schedule="flat"):
    """Return the kernel of such a text."""
    visible = {f.__name__: f for f in (exp, sqrt, floor, slope, turned, inside)}
    text = text.replace("def body", f"def {name}")
    return kernel_from_text(
        name, text, SIGNATURE, over="n", schedule=schedule, visible=visible
    )
