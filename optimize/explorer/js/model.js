// What follows from the state: which designs are shown, which are selected, the scale of a column.
import { byName, columns, data, feasible, filled, n, runOf } from "./data.js";
import { epsilonToFront } from "./decide.js";
import { isThere, judgeJoined, onFront } from "./joined.js";
import { state } from "./state.js";

// base: designs that take part; mask: those of them that every filter admits.
export const base = new Uint8Array(n);
export const mask = new Uint8Array(n);
export const counts = { base: 0, selected: 0, front: 0 };
export const versions = { base: 0, mask: 0 };
let gaps = null;
let baseKey = "";
let maskKey = "";

export function refresh() {
  const key = JSON.stringify([state.feasible, state.front, state.epsilon, state.hidden, state.searches, filled.version]);
  if (key !== baseKey) {
    baseKey = key;
    maskKey = "";
    refreshBase();
  }
  const filters = JSON.stringify(state.filters);
  if (filters !== maskKey) {
    maskKey = filters;
    refreshMask();
  }
}

function refreshBase() {
  judgeJoined();
  if (state.epsilon !== null && !gaps) gaps = epsilonToFront(feasible, n);
  const hidden = data.runs.map((_, r) => state.hidden.includes(r));
  let total = 0;
  for (let i = 0; i < n; i++) {
    const member = onFront(i);
    const near = state.epsilon === null ? member : member || gaps[i] <= state.epsilon;
    const narrowed = state.front || state.epsilon !== null;
    const admitted = isThere(i) && (!state.feasible || feasible[i]) && (!narrowed || near) && !hidden[runOf[i]];
    base[i] = admitted ? 1 : 0;
    total += base[i];
  }
  counts.base = total;
  versions.base++;
}

function refreshMask() {
  mask.set(base);
  for (const [name, filter] of Object.entries(state.filters)) {
    const values = byName.get(name).values;
    if (filter.codes) {
      const open = new Set(filter.codes);
      for (let i = 0; i < n; i++) if (mask[i] && !open.has(values[i])) mask[i] = 0;
      continue;
    }
    // Compared in the precision the numbers travel in, so a bound equal to a value admits it.
    const ranges = filter.ranges.map(([low, high]) =>
      [low === null ? -Infinity : Math.fround(low), high === null ? Infinity : Math.fround(high)]);
    for (let i = 0; i < n; i++) {
      if (!mask[i]) continue;
      const value = values[i];
      let inside = 0;
      for (let r = 0; r < ranges.length; r++) if (value >= ranges[r][0] && value <= ranges[r][1]) inside = 1;
      mask[i] = inside;
    }
  }
  let selected = 0;
  let front = 0;
  for (let i = 0; i < n; i++) {
    selected += mask[i];
    if (mask[i] && onFront(i)) front++;
  }
  counts.selected = selected;
  counts.front = front;
  versions.mask++;
}

// Extent and scale of a column over the designs that take part.
const scaleCache = new Map();
export function scaleOf(column) {
  const key = `${versions.base} ${state.scales[column.name]}`;
  const cached = scaleCache.get(column.name);
  if (cached && cached.key === key) return cached.scale;
  const scale = newScale(column);
  scaleCache.set(column.name, { key, scale });
  return scale;
}

function newScale(column) {
  if (column.kind === "choice") return plainScale(-0.5, column.choices.length - 0.5, false);
  const values = column.values;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (base[i] && value - value === 0) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) [low, high] = [0, 1];
  const ends = [low, high];
  const wide = low > 0 && high / low > 200;
  const log = low > 0 && (state.scales[column.name] ?? (column.log || wide));
  if (log) {
    const margin = Math.max((high / low) ** 0.03, 1.005);
    return { ...plainScale(Math.log(low / margin), Math.log(high * margin), true), ends };
  }
  const margin = 0.03 * (high - low) || 0.05 * Math.abs(high) || 1;
  return { ...plainScale(low - margin, high + margin, false), ends };
}

function plainScale(low, high, log) {
  const span = high - low;
  return {
    log, low: log ? Math.exp(low) : low, high: log ? Math.exp(high) : high,
    to: log ? (value) => (Math.log(value) - low) / span : (value) => (value - low) / span,
    from: (share) => (log ? Math.exp(low + share * span) : low + share * span),
  };
}

// Positions of all rows on an axis as whole numbers from 0 to steps; -1 where there is none.
export function positions(column, steps) {
  const { log, low, high } = scaleOf(column);
  const start = log ? Math.log(low) : low;
  const factor = steps / ((log ? Math.log(high) : high) - start);
  const values = column.values;
  const places = new Int16Array(n);
  for (let i = 0; i < n; i++) {
    const at = ((log ? Math.log(values[i]) : values[i]) - start) * factor;
    places[i] = at >= -2 && at <= steps + 2 ? Math.max(0, Math.min(steps, Math.round(at))) : -1;
  }
  return places;
}

export function selectedRows(most = Infinity) {
  const rows = [];
  for (let i = 0; i < n && rows.length < most; i++) if (mask[i]) rows.push(i);
  return rows;
}

const STEPS = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 6, 8]];
export function ticksOf(scale, most = 6) {
  const { low, high } = scale;
  if (scale.log) {
    for (const steps of STEPS) {
      const candidates = [];
      for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
        for (const step of steps) candidates.push(Number((step * 10 ** e).toPrecision(3)));
      }
      const inside = candidates.filter((value) => value >= low && value <= high);
      if (inside.length >= 3) return inside.filter((_, i) => i % Math.ceil(inside.length / most) === 0);
    }
  }
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough);
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

export const shownColumns = () => columns.filter((column) => !column.ofFrontOnly && column.varies);
