// Everything a person set, as plain values: in the address, and with a way back and forth.
import { byName, columns, data, feasible, filled, firstFree, n, objectives, ROOM } from "./data.js";

const MOST_PINS = 6;
const MOST_STEPS = 200;
export const TABS = ["overview", "matrix", "histograms", "table", "decide", "compare", "drivers", "details"];
// Tabs that a served page has beyond these: name and views by tab.
export const ADDED = {};
export function addTab(tab, name, views) {
  TABS.push(tab);
  ADDED[tab] = { name, views };
}
// Views that a served page has above those of a tab.
export const ABOVE = {};
export function addView(tab, view) {
  (ABOVE[tab] ||= []).push(view);
}
export const METHODS = {
  knee: "Knee (Manhattan distance)", "knee-angle": "Knee (bend angle)", "knee-trade-off": "Knee (trade-off)",
  "pseudo-weights": "Pseudo-weights", topsis: "TOPSIS", asf: "Aspirations (ASF)",
};

function defaultAxes() {
  const variables = columns.filter((c) => c.role === "variable" && c.varies && !c.ofFrontOnly);
  return [...objectives, ...variables].map((c) => c.name).slice(0, Math.max(6, Math.min(14, Math.floor((innerWidth - 420) / 76))));
}

// The designs that have a name, such as the cheapest, of the first run.
export const named = (data.runs[0]?.named || []).map(({ row, title }) => ({ row: data.runs[0].first + row, title }));
export const knee = named.find(({ title }) => title.endsWith("knee")) || named[0];

const wide = columns.filter((c) => c.varies);
const third = data.runs.length > 1 ? "run" : (objectives[2] || wide[2] || columns[0]).name;
export const DEFAULTS = Object.freeze({
  tab: "overview", x: (objectives[0] || columns[0]).name, y: (objectives[1] || wide[1] || columns[0]).name,
  colour: third, size: "", axes: defaultAxes(), flips: [], scales: {}, filters: {}, hidden: [],
  feasible: feasible.includes(1), front: data.ids.length > 0, epsilon: null, sort: [(objectives[0] || columns[0]).name, 1],
  pins: [], notes: {}, selected: null, theme: "auto", method: "knee", rankRun: 0,
  weights: objectives.map(() => 1), aspirations: objectives.map(() => null), turn: [0.7, 0.45],
  outputs: false, relative: false, searches: [],
});

export const state = structuredClone(DEFAULTS);
const past = [];
const future = [];
let settled = JSON.stringify(state);
const listeners = [];

export const listen = (listener) => listeners.push(listener);
const tell = (dragging) => listeners.forEach((listener) => listener(dragging));

// Change some keys; a step of a drag is drawn but leaves no trace for undo.
export function change(patch, { dragging = false } = {}) {
  Object.assign(state, structuredClone(patch));
  if (!dragging) settle();
  tell(dragging);
}

function settle() {
  const now = JSON.stringify(state);
  if (now === settled) return;
  past.push(settled);
  if (past.length > MOST_STEPS) past.shift();
  future.length = 0;
  settled = now;
  writeAddress();
}

export const canUndo = () => past.length > 0;
export const canRedo = () => future.length > 0;
export const undo = () => travel(past, future);
export const redo = () => travel(future, past);

function travel(from, to) {
  if (!from.length) return;
  to.push(settled);
  settled = from.pop();
  Object.assign(state, JSON.parse(settled));
  writeAddress();
  tell(false);
}

function writeAddress() {
  const changed = Object.entries(state).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULTS[key]));
  const text = changed.length ? `#${encodeURIComponent(JSON.stringify(Object.fromEntries(changed)))}` : "#";
  if (text !== (location.hash || "#")) history.replaceState(null, "", text);
}

export function readAddress() {
  let stored = {};
  try {
    stored = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
  } catch { /* a damaged address is no address */ }
  const before = settled;
  Object.assign(state, structuredClone(DEFAULTS), cleaned(stored));
  settled = JSON.stringify(state);
  if (past.length || before !== JSON.stringify(DEFAULTS)) past.push(before);
  tell(false);
}
addEventListener("hashchange", () => {
  if (decodeURIComponent(location.hash.slice(1)) !== "") readAddress();
});

// Keep of an address only what fits these designs.
function cleaned(stored) {
  const isColumn = (name) => typeof name === "string" && byName.has(name);
  const row = (at) => Number.isInteger(at) && at >= 0 && at < n && !(at >= firstFree + filled.count && at < firstFree + ROOM);
  const flag = (value) => typeof value === "boolean";
  const list = (test) => (value) => Array.isArray(value) && value.every(test);
  const numbers = (test) => (value) => list(test)(value) && value.length === objectives.length;
  const record = (test) => (value) => value && typeof value === "object" && !Array.isArray(value)
    && Object.entries(value).every(test);
  const tests = {
    tab: (value) => TABS.includes(value), x: isColumn, y: isColumn,
    colour: (value) => value === "" || isColumn(value), size: (value) => value === "" || isColumn(value),
    axes: list(isColumn), flips: list(isColumn), scales: record(([key, value]) => isColumn(key) && flag(value)),
    filters: record(([key, value]) => isColumn(key) && fits(value)), hidden: list(Number.isInteger),
    feasible: flag, front: flag, outputs: flag, relative: flag,
    epsilon: (value) => value === null || Number.isFinite(value),
    sort: (value) => Array.isArray(value) && isColumn(value[0]) && Math.abs(value[1]) === 1,
    pins: (value) => list(row)(value) && value.length <= MOST_PINS, selected: (value) => value === null || row(value),
    notes: record(([key, value]) => row(Number(key)) && typeof value === "string"),
    theme: (value) => ["auto", "light", "dark"].includes(value), method: (value) => value in METHODS,
    rankRun: (value) => Number.isInteger(value) && value >= 0 && value < data.runs.length,
    weights: numbers((value) => Number.isFinite(value) && value >= 0),
    aspirations: numbers((value) => value === null || Number.isFinite(value)),
    turn: (value) => list(Number.isFinite)(value) && value.length === 2,
  };
  if (!stored || typeof stored !== "object") return {};
  return Object.fromEntries(Object.entries(stored).filter(([key, value]) => key in tests && tests[key](value)));
}

function fits(filter) {
  if (!filter || typeof filter !== "object") return false;
  if (Array.isArray(filter.codes)) return filter.codes.every(Number.isInteger);
  const bound = (value) => value === null || Number.isFinite(value);
  return Array.isArray(filter.ranges)
    && filter.ranges.every((range) => Array.isArray(range) && range.length === 2 && range.every(bound));
}

export function setFilter(name, filter, options) {
  const filters = { ...state.filters };
  const empty = !filter || (filter.ranges && filter.ranges.every(([low, high]) => low === null && high === null));
  if (empty) delete filters[name];
  else filters[name] = filter;
  change({ filters }, options);
}

export function togglePin(row) {
  const pins = state.pins.includes(row) ? state.pins.filter((pin) => pin !== row) : [...state.pins, row];
  if (pins.length <= MOST_PINS) change({ pins });
  return pins.length <= MOST_PINS;
}
