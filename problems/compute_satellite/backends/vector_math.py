"""Functions of vectors of double precision, in the language of LLVM.

LLVM knows arithmetic and roots of vectors, but no other functions. Those here reduce their
argument and evaluate a series, without branches; relative error below 1e-15 but where said.
Functions that the model asks for rarely call the C library, number by number.

References
----------
W. J. Cody, W. Waite, *Software Manual for the Elementary Functions*, Prentice-Hall 1980 (argument
reduction with pi and the logarithm of 2 in parts); M. Abramowitz, I. A. Stegun, *Handbook of
Mathematical Functions*, eqs. 4.2.1, 4.3.65, 4.3.66 and 4.1.27 (series).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence

#: Numbers in a vector: a cache line, and a register where there are such.
WIDTH = 8
REAL, WHOLE, TRUTH = (f"<{WIDTH} x {kind}>" for kind in ("double", "i32", "i1"))
_BITS = f"<{WIDTH} x i64>"
_SUFFIX = f"v{WIDTH}f64"

_LN2 = (6.93147180369123816490e-01, 1.90821492927058770002e-10)
_HALF_PI = (1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21)
_NORMAL_EXP = (-707.5, 709.9)  # arguments of an exponential that is neither 0 nor infinite
_SMALLEST_NORMAL = 2.0**-1022
_ONE_BITS = 1023 << 52
_LAST_BIT_ONE, _LAST_BIT_ONE_BITS = 2.0**52, 1075 << 52  # whole numbers from here on
_MANTISSA_BITS = (1 << 52) - 1


def real(value: float) -> str:
    """Return a vector of one number.

    Examples
    --------
    >>> real(1.0)
    'splat (double 0x3FF0000000000000)'
    """
    (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    return f"splat (double 0x{bits:016X})"


def whole(value: int, bits: int = 32) -> str:
    """Return a vector of one whole number."""
    return f"splat (i{bits} {value})"


class Lines:
    """Instructions of a function, one by one; each method returns the name of its result."""

    def __init__(self) -> None:
        self.text: list[str] = []

    def put(self, instruction: str) -> str:
        """Write an instruction."""
        name = f"%v{len(self.text)}"
        self.text.append(f"  {name} = {instruction}")
        return name

    def arithmetic(self, operation: str, a: str, b: str) -> str:
        """Write ``fadd``, ``fsub``, ``fmul`` or ``fdiv``; a product may join the sum after it."""
        return self.put(f"{operation} contract {REAL} {a}, {b}")

    def add(self, a: str, b: str) -> str:
        """Write a sum."""
        return self.arithmetic("fadd", a, b)

    def subtract(self, a: str, b: str) -> str:
        """Write a difference."""
        return self.arithmetic("fsub", a, b)

    def multiply(self, a: str, b: str) -> str:
        """Write a product."""
        return self.arithmetic("fmul", a, b)

    def divide(self, a: str, b: str) -> str:
        """Write a quotient."""
        return self.arithmetic("fdiv", a, b)

    def fused(self, a: str, b: str, c: str) -> str:
        """Write ``a b + c``."""
        return self.put(f"call {REAL} @llvm.fmuladd.{_SUFFIX}({REAL} {a}, {REAL} {b}, {REAL} {c})")

    def series(self, x: str, coefficients: Sequence[float]) -> str:
        """Write a polynomial, its highest coefficient first, in few steps one after the other.

        Neighbours are joined in pairs, and so are the pairs (G. Estrin, 1960).
        """
        terms = [real(coefficient) for coefficient in reversed(coefficients)]
        while len(terms) > 1:
            pairs = zip(terms[::2], [*terms[1::2], ""], strict=False)
            terms = [self.fused(high, x, low) if high else low for low, high in pairs]
            x = self.multiply(x, x)
        return terms[0]

    def compare(self, how: str, a: str, b: str) -> str:
        """Write a comparison."""
        return self.put(f"fcmp {how} {REAL} {a}, {b}")

    def select(self, condition: str, a: str, b: str, kind: str = REAL) -> str:
        """Write a choice."""
        return self.put(f"select {TRUTH} {condition}, {kind} {a}, {kind} {b}")

    def negative(self, a: str) -> str:
        """Write the opposite."""
        return self.put(f"fneg {REAL} {a}")

    def intrinsic(self, name: str, *arguments: str) -> str:
        """Write a function that LLVM knows."""
        told = ", ".join(f"{REAL} {a}" for a in arguments)
        return self.put(f"call {REAL} @llvm.{name}.{_SUFFIX}({told})")

    def call(self, name: str, *arguments: str) -> str:
        """Write a function of this module."""
        told = ", ".join(f"{REAL} {a}" for a in arguments)
        return self.put(f"call fastcc {REAL} @vector.{name}({told})")

    def whole(self, a: str) -> str:
        """Write a number without its fraction; 0 for what is no number."""
        name = f"llvm.fptosi.sat.v{WIDTH}i32.{_SUFFIX}"
        return self.put(f"call {WHOLE} @{name}({REAL} {a})")

    def held(self, x: str, low: float, high: float) -> str:
        """Write a number held between two; what is no number stays so."""
        x = self.select(self.compare("ogt", x, real(high)), real(high), x)
        return self.select(self.compare("olt", x, real(low)), real(low), x)

    def bits(self, x: str) -> str:
        """Write the bits of numbers."""
        return self.put(f"bitcast {REAL} {x} to {_BITS}")

    def number(self, bits: str) -> str:
        """Write the numbers that have some bits."""
        return self.put(f"bitcast {_BITS} {bits} to {REAL}")

    def power_of_two(self, exponent: str) -> str:
        """Write two to the power of whole numbers from -1022 to 1023, given as reals."""
        # The last bits of the sum are the exponent as it is stored.
        bits = self.bits(self.add(exponent, real(_LAST_BIT_ONE + 1023.0)))
        return self.number(self.put(f"shl {_BITS} {bits}, {whole(52, 64)}"))

    def scaled(self, x: str, exponent: str) -> str:
        """Write ``x`` times two to a power from -1021 to 1024, the last of which overflows."""
        x = self.multiply(x, self.power_of_two(self.subtract(exponent, real(1.0))))
        return self.multiply(x, real(2.0))

    def reduced(self, x: str, k: str, parts: Sequence[float]) -> str:
        """Write ``x`` less ``k`` times a number given in parts."""
        for part in parts:
            x = self.fused(k, real(-part), x)
        return x


def _exp(to: Lines, x: str) -> str:
    held = to.held(x, *_NORMAL_EXP)
    k = to.intrinsic("rint", to.multiply(held, real(1.0 / math.log(2.0))))
    r = to.reduced(held, k, _LN2)
    y = to.scaled(to.series(r, [1.0 / math.factorial(n) for n in range(13, -1, -1)]), k)
    return to.select(to.compare("olt", x, real(_NORMAL_EXP[0])), real(0.0), y)


def _expm1(to: Lines, x: str) -> str:
    x = to.held(x, -60.0, _NORMAL_EXP[1])
    k = to.intrinsic("rint", to.multiply(x, real(1.0 / math.log(2.0))))
    r = to.reduced(x, k, _LN2)
    series = to.series(r, [1.0 / math.factorial(n) for n in range(14, 0, -1)])
    # exp(x) - 1 = 2^k (exp(r) - 1 + 1 - 2^-k)
    back = to.power_of_two(to.negative(to.held(k, -1022.0, 1022.0)))
    rest = to.subtract(real(1.0), back)
    return to.scaled(to.add(to.multiply(r, series), rest), k)


def _log(to: Lines, x: str) -> str:
    tiny = to.compare("olt", x, real(_SMALLEST_NORMAL))
    normal = to.select(tiny, to.multiply(x, real(2.0**54)), x)
    bits = to.bits(normal)
    e = to.put(f"lshr {_BITS} {bits}, {whole(52, 64)}")
    e = to.number(to.put(f"or {_BITS} {e}, {whole(_LAST_BIT_ONE_BITS, 64)}"))
    bias = _LAST_BIT_ONE + 1023.0
    e = to.subtract(e, to.select(tiny, real(bias + 54.0), real(bias)))
    m = to.put(f"and {_BITS} {bits}, {whole(_MANTISSA_BITS, 64)}")
    m = to.number(to.put(f"or {_BITS} {m}, {whole(_ONE_BITS, 64)}"))
    large = to.compare("ogt", m, real(math.sqrt(2.0)))
    m = to.select(large, to.multiply(m, real(0.5)), m)
    e = to.select(large, to.add(e, real(1.0)), e)
    # log(1 + f) = 2 artanh(s) = f - s (f - 2 (s^2 / 3 + s^4 / 5 + ...)),  s = f / (2 + f)
    f = to.subtract(m, real(1.0))
    s = to.divide(f, to.add(f, real(2.0)))
    z = to.multiply(s, s)
    series = to.multiply(z, to.series(z, [2.0 / (2 * n + 1) for n in range(10, 0, -1)]))
    r = to.subtract(f, to.multiply(s, to.subtract(f, series)))
    for part in reversed(_LN2):
        r = to.fused(e, real(part), r)
    r = to.select(to.compare("oeq", x, real(math.inf)), real(math.inf), r)
    r = to.select(to.compare("oeq", x, real(0.0)), real(-math.inf), r)
    return to.select(to.compare("oge", x, real(0.0)), r, real(math.nan))


def _log1p(to: Lines, x: str) -> str:
    # What rounding 1 + x loses is the same for both (W. Kahan).
    u = to.add(real(1.0), x)
    d = to.subtract(u, real(1.0))
    r = to.multiply(to.call("log", u), to.divide(x, d))
    r = to.select(to.compare("oeq", d, real(0.0)), x, r)
    return to.select(to.compare("oeq", u, real(math.inf)), u, r)


def _power(to: Lines, x: str, y: str) -> str:
    # Relative error 1e-16 times the exponent of e.
    r = to.call("exp", to.multiply(y, to.call("log", x)))
    none, one = to.compare("oeq", y, real(0.0)), to.compare("oeq", x, real(1.0))
    return to.select(to.put(f"or {TRUTH} {none}, {one}"), real(1.0), r)


def _cbrt(to: Lines, x: str) -> str:
    a = to.intrinsic("fabs", x)
    y = to.call("exp", to.divide(to.call("log", a), real(3.0)))
    square = to.multiply(y, y)  # one step of Newton's
    over = to.subtract(to.multiply(square, y), a)
    y = to.subtract(y, to.divide(over, to.multiply(real(3.0), square)))
    ends = to.put(
        f"or {TRUTH} {to.compare('oeq', a, real(0.0))}, {to.compare('oeq', a, real(math.inf))}"
    )
    return to.intrinsic("copysign", to.select(ends, a, y), x)


def _hypot(to: Lines, a: str, b: str) -> str:
    squares = to.fused(a, a, to.multiply(b, b))  # not beyond 1e154
    return to.intrinsic("sqrt", squares)


def _wave(quarters: int) -> Callable[[Lines, str], str]:
    """Return the sine of some quarters of a turn more; arguments up to 1e5."""

    def wave(to: Lines, x: str) -> str:
        k = to.intrinsic("rint", to.multiply(x, real(2.0 / math.pi)))
        r = to.reduced(x, k, _HALF_PI)
        z = to.multiply(r, r)
        odd_terms = [(-1.0) ** n / math.factorial(2 * n + 1) for n in range(8, -1, -1)]
        even_terms = [(-1.0) ** n / math.factorial(2 * n) for n in range(8, -1, -1)]
        sine, cosine = to.multiply(r, to.series(z, odd_terms)), to.series(z, even_terms)
        quarter = to.put(f"add {WHOLE} {to.whole(k)}, {whole(quarters)}")
        value = to.select(to.put(f"trunc {WHOLE} {quarter} to {TRUTH}"), cosine, sine)
        second = to.put(f"and {WHOLE} {quarter}, {whole(2)}")
        below = to.put(f"icmp ne {WHOLE} {second}, {whole(0)}")
        return to.select(below, to.negative(value), value)

    return wave


def _ndtr(to: Lines, x: str) -> str:
    return to.multiply(real(0.5), to.call("erfc", to.multiply(x, real(-math.sqrt(0.5)))))


def _number_by_number(name: str) -> Callable[[Lines, str], str]:
    def call(to: Lines, x: str) -> str:
        out = "poison"
        for k in range(WIDTH):
            number = to.put(f"extractelement {REAL} {x}, i32 {k}")
            number = to.put(f"call double @{name}(double {number})")
            out = to.put(f"insertelement {REAL} {out}, double {number}, i32 {k}")
        return out

    return call


def _times(name: str, factor: float) -> Callable[[Lines, str], str]:
    return lambda to, x: to.multiply(to.call(name, x), real(factor))


#: Functions of the C library by the names that they have in numpy.
LIBRARY = {"arccos": "acos", "arcsin": "asin", "arctan": "atan", "tan": "tan", "erfc": "erfc"}
_FUNCTIONS: Mapping[str, Callable[..., str]] = {
    "exp": _exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "log2": _times("log", 1.0 / math.log(2.0)),
    "log10": _times("log", 1.0 / math.log(10.0)),
    "power": _power,
    "cbrt": _cbrt,
    "hypot": _hypot,
    "sin": _wave(0),
    "cos": _wave(1),
    "ndtr": _ndtr,
    **{name: _number_by_number(inner) for name, inner in LIBRARY.items()},
}
NAMES = frozenset(_FUNCTIONS)
_NEEDS = {
    "log1p": ("log",),
    "log2": ("log",),
    "log10": ("log",),
    "power": ("exp", "log"),
    "cbrt": ("exp", "log"),
    "ndtr": ("erfc",),
}


def definitions(names: Sequence[str]) -> str:
    """Return the text that defines functions, and declares what they need of LLVM and of C."""
    needed, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        needed.add(name)
        waiting += _NEEDS.get(name, ())
    real_functions = ("rint", "floor", "ceil", "sqrt", "fabs")
    lines = [f"declare {REAL} @llvm.{name}.{_SUFFIX}({REAL})" for name in real_functions]
    lines += [
        f"declare {REAL} @llvm.copysign.{_SUFFIX}({REAL}, {REAL})",
        f"declare {REAL} @llvm.fmuladd.{_SUFFIX}({REAL}, {REAL}, {REAL})",
        f"declare {WHOLE} @llvm.fptosi.sat.v{WIDTH}i32.{_SUFFIX}({REAL})",
    ]
    lines += [f"declare double @{LIBRARY[name]}(double)" for name in sorted(needed & {*LIBRARY})]
    for name in sorted(needed):
        to = Lines()
        parameters = ("%a", "%b") if name in ("power", "hypot") else ("%a",)
        result = _FUNCTIONS[name](to, *parameters)
        told = ", ".join(f"{REAL} {parameter}" for parameter in parameters)
        # Inlined, some hundred of them would take the compiler many times as long.
        lines.append(f"define internal fastcc {REAL} @vector.{name}({told}) noinline {{")
        lines += [*to.text, f"  ret {REAL} {result}", "}"]
    return "\n".join(lines)
