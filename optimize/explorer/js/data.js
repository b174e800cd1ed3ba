// The designs of the page: columns of numbers decoded once, exact where the front is concerned.
const BLANK = 255;
const KINDS = { f32: Float32Array, f64: Float64Array, u8: Uint8Array };

export const data = JSON.parse(document.getElementById("data").textContent);
export const n = data.n;

function decode(packed, count) {
  if ("same" in packed) return new Float64Array(count).fill(packed.same === null ? NaN : packed.same);
  const [kind] = Object.keys(packed);
  const text = atob(packed[kind]);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new KINDS[kind](bytes.buffer);
}

// Row by row: the run it is of, and its place among the members of all fronts (-1: none).
export const runOf = new Uint8Array(n);
export const memberOf = new Int32Array(n).fill(-1);
export const memberRows = [];
{
  let row = 0;
  data.runs.forEach((run, r) => {
    run.first = row;
    for (let i = 0; i < run.n; i++, row++) {
      runOf[row] = r;
      if (i < run.n_front) {
        memberOf[row] = memberRows.length;
        memberRows.push(row);
      }
    }
  });
}
export const feasible = decode({ u8: data.feasible }, n);

class Column {
  constructor(entry) {
    Object.assign(this, { label: entry.name, unit: "", symbol: "", description: "", sense: "" }, entry);
    this.log = Boolean(entry.log);
    this.title = this.unit ? `${this.label} [${this.unit}]` : this.label;
    this.ofFrontOnly = this.role === "output" && !entry.all;
  }

  // Numbers of all rows; NaN where blank.
  get values() {
    if (!this.decoded) this.decoded = this.kind === "choice" ? this.codes() : this.numbers();
    return this.decoded;
  }

  codes() {
    const stored = decode(this.all, n);
    const codes = Float32Array.from(stored);
    if (stored instanceof Uint8Array) stored.forEach((code, i) => { if (code === BLANK) codes[i] = NaN; });
    return codes;
  }

  numbers() {
    if (this.all) {
      const stored = decode(this.all, n);
      return stored instanceof Float32Array ? stored : Float32Array.from(stored);
    }
    const numbers = new Float32Array(n).fill(NaN);
    memberRows.forEach((row, i) => { numbers[row] = this.exact[i]; });
    return numbers;
  }

  get exact() {
    if (!this.doubles) this.doubles = decode(this.front, memberRows.length);
    return this.doubles;
  }

  // The exact number of a row, as far as the page has it.
  at(row) {
    const member = memberOf[row];
    return member >= 0 && this.kind !== "choice" ? this.exact[member] : this.values[row];
  }

  text(row) {
    const value = this.at(row);
    if (this.kind !== "choice") return number(value);
    return Number.isNaN(value) ? "–" : this.choices[value];
  }

  // Whether rows differ at all; a column that does not is offered last.
  get varies() {
    if (this.differs === undefined) {
      const values = this.values;
      const first = values.find((value) => !Number.isNaN(value));
      this.differs = first !== undefined && values.some((value) => value !== first && !Number.isNaN(value));
    }
    return this.differs;
  }
}

export const columns = data.columns.map((entry) => new Column(entry));
if (data.runs.length > 1) {
  const names = data.runs.map((run, i) => `${i + 1}: ${run.name} ${run.folder}`);
  const column = new Column({ name: "run", label: "Run", kind: "choice", role: "identity", choices: names, all: {} });
  column.decoded = Float32Array.from(runOf);
  columns.push(column);
}
export const byName = new Map(columns.map((column) => [column.name, column]));
export const ofRole = (role) => columns.filter((column) => column.role === role);
export const objectives = ofRole("objective");

export function idOf(row) {
  return memberOf[row] >= 0 ? data.ids[memberOf[row]] : `#${row}`;
}

// A number of about four digits, grouped, as the tables of the command line have it.
export function number(value, digits = 4) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e10 || size < 1e-4) return value.toExponential(Math.max(digits - 2, 0)).replace("e+", "e");
  const rounded = Number(value.toPrecision(digits));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: size >= 1000 ? 0 : 12 });
}

// A difference from a value in per cent of it; in its unit where zero is a convention.
export function difference(now, before, { unit = "", arbitrary_zero: byUnit = false } = {}, digits = 3) {
  const change = byUnit ? now - before : (100 * (now - before)) / Math.abs(before);
  if (!Number.isFinite(change)) return null;
  const sign = change === 0 ? "±" : change > 0 ? "+" : "−";
  return `${sign}${number(Math.abs(change), digits)} ${byUnit ? unit : "%"}`;
}

export function quantity(column, row) {
  const text = column.text(row);
  return column.unit && text !== "–" ? `${text} ${column.unit}` : text;
}
