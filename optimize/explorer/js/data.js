// The designs of the page: columns of numbers decoded once, exact where the front is concerned.
const BLANK = 255;
const KINDS = { f32: Float32Array, f64: Float64Array, u8: Uint8Array };

export const data = JSON.parse(document.getElementById("data").textContent);
// Rows kept free behind the front of a served page, for the designs that a search there adds.
export const ROOM = data.live ? 2400 : 0;
const stored = data.runs.length ? data.runs[0].n_front : 0;
export const n = data.n + ROOM;
export const firstFree = stored;
// How many of them are filled, and how often that changed.
export const filled = { count: 0, version: 0 };

function decode(packed, count) {
  if ("same" in packed) return new Float64Array(count).fill(packed.same === null ? NaN : packed.same);
  const [kind] = Object.keys(packed);
  const text = atob(packed[kind]);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new KINDS[kind](bytes.buffer);
}

function withRoom(list, blank) {
  if (!ROOM) return list;
  const wide = new list.constructor(list.length + ROOM).fill(blank);
  wide.set(list.subarray(0, stored));
  wide.set(list.subarray(stored), stored + ROOM);
  return wide;
}

// Row by row: the run it is of, and its place among the members of all fronts (-1: none).
export const runOf = new Uint8Array(n);
export const memberOf = new Int32Array(n).fill(-1);
export const memberRows = [];
{
  let row = 0;
  data.runs.forEach((run, r) => {
    Object.assign(run, { first: row, stored: run.n });
    run.n += ROOM;
    for (let i = 0; i < run.n; i++, row++) {
      runOf[row] = r;
      if (i < run.n_front + ROOM) {
        memberOf[row] = memberRows.length;
        memberRows.push(row);
      }
    }
  });
}
export const feasible = withRoom(decode({ u8: data.feasible }, data.n), 0);

// A label within a sentence; acronyms stay as they are.
export const inSentence = (label) => (/^[A-Z][a-z]/.test(label) ? label[0].toLowerCase() + label.slice(1) : label);
export const choiceText = (text) => text.replaceAll("_", " ");

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
    const coded = decode(this.all, data.n);
    const codes = Float32Array.from(coded);
    if (coded instanceof Uint8Array) coded.forEach((code, i) => { if (code === BLANK) codes[i] = NaN; });
    return withRoom(codes, NaN);
  }

  numbers() {
    if (this.all) {
      const numbers = decode(this.all, data.n);
      return withRoom(numbers instanceof Float32Array ? numbers : Float32Array.from(numbers), NaN);
    }
    const numbers = new Float32Array(n).fill(NaN);
    memberRows.forEach((row, i) => { numbers[row] = this.exact[i]; });
    return numbers;
  }

  get exact() {
    if (!this.doubles) this.doubles = withRoom(decode(this.front, memberRows.length - ROOM), NaN);
    return this.doubles;
  }

  // The exact number of a row, as far as the page has it.
  at(row) {
    const member = memberOf[row];
    return member >= 0 && this.kind !== "choice" ? this.exact[member] : this.values[row];
  }

  text(row) {
    const value = this.at(row);
    if (this.kind !== "choice") return this.number(value);
    return Number.isNaN(value) ? "–" : choiceText(this.choices[value]);
  }

  // A calendar year has no thousands.
  number(value, digits = 4) {
    const text = number(value, digits);
    return this.unit === "yr" ? text.replaceAll(",", "") : text;
  }

  // Put the value of a design that was found here into a free row.
  put(row, value) {
    let coded = value === null || value === undefined ? NaN : value;
    if (this.kind === "choice" && typeof value === "string") {
      coded = this.choices.indexOf(value);
      if (coded < 0) coded = this.choices.push(value) - 1;
    }
    this.values[row] = coded;
    if (this.kind !== "choice" && this.front) this.exact[memberOf[row]] = coded;
    this.differs = undefined;
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
const CLASSES = data.runs[0]?.families;
export const familyBy = CLASSES ? CLASSES.by.map((name) => columns.find((c) => c.name === name)).filter(Boolean) : [];
if (data.runs.length === 1 && familyBy.length) {
  // One of two choices ("none", "pause") says nothing without the name of its variable.
  const word = (text, i) => (familyBy[i].choices.length > 2 ? choiceText(text) : `${inSentence(familyBy[i].label)} ${choiceText(text)}`);
  const words = (texts) => texts.map(word).join(" · ");
  const choices = [...CLASSES.members.map(words), "other"];
  const column = new Column({ name: "family", label: "Family", kind: "choice", role: "identity", choices, all: {}, description: `by ${familyBy.map((c) => inSentence(c.label)).join(" and ")}` });
  const RADIX = 256;
  const keyed = (codes) => codes.reduce((key, code) => key * RADIX + code + 1, 0);
  const places = new Map(CLASSES.members.map((texts, at) => [keyed(texts.map((text, i) => familyBy[i].choices.indexOf(text))), at]));
  column.of = (row) => {
    let key = 0;
    for (const { values } of familyBy) key = key * RADIX + (Number.isNaN(values[row]) ? 0 : values[row] + 1);
    return places.get(key) ?? choices.length - 1;
  };
  column.codes = () => Float32Array.from({ length: n }, (_, row) => (row >= firstFree && row < firstFree + ROOM ? NaN : column.of(row)));
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
