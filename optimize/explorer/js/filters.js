// The side panel: which designs take part, typed limits and chips, the active filters, taking away.
import { byName, choiceText, columns, data, memberOf } from "./data.js";
import { button, copy, el, save, say, tickBox } from "./dom.js";
import { isJoined } from "./joined.js";
import { counts, scaleOf, selectedRows } from "./model.js";
import { change, DEFAULTS, setFilter, state } from "./state.js";
import { csvOf } from "./table.js";
import { tickText } from "./plot.js";

const MOST_IDS = 200;
const ROLES = [["Objectives", "objective"], ["Variables", "variable"], ["Constraint violations", "constraint"], ["Outputs (front only)", "output"]];

export class Side {
  constructor() {
    this.active = el("div", { class: "active", "aria-live": "polite" });
    this.toggles = el("div", { class: "toggles" });
    this.inputs = new Map();
    this.chips = new Map();
    const groups = ROLES.map(([label, role], at) => this.group(label, columns.filter((c) => c.role === role && c.varies), at < 2));
    this.element = el("details", { class: "side", open: innerWidth > 800 }, el("summary", {}, "Filters and export"),
      el("section", { class: "card" }, el("h2", {}, "Show"), this.toggles),
      el("section", { class: "card" }, el("h2", {}, "Active filters"), this.active),
      el("section", { class: "card" }, el("h2", {}, "Take away"), this.takeaway()),
      el("section", { class: "card limits" }, el("h2", {}, "Limits"), ...groups));
  }

  group(label, members, open) {
    if (!members.length) return null;
    const details = el("details", { open });
    const build = () => {
      if (details.open && details.childElementCount === 1) {
        details.append(...members.map((column) => (column.kind === "choice" ? this.chipRow(column) : this.limitRow(column))));
        this.show();
      }
    };
    details.append(el("summary", {}, label));
    details.addEventListener("toggle", build);
    setTimeout(build);
    return details;
  }

  limitRow(column) {
    const field = (side) => el("input", {
      type: "text", inputMode: "decimal", "aria-label": `${side ? "Largest" : "Smallest"} ${column.title}`,
      "data-limit": `${column.name}:${side}`, on: { change: () => this.typed(column) },
    });
    const inputs = [field(0), field(1)];
    this.inputs.set(column, inputs);
    return el("div", { class: "limit", title: column.description }, el("span", {}, column.label, column.unit ? el("small", {}, ` ${column.unit}`) : ""), ...inputs);
  }

  typed(column) {
    const values = this.inputs.get(column).map((input) => {
      const text = input.value.trim().replace(/,/g, "");
      const value = text === "" ? null : Number(text);
      input.setAttribute("aria-invalid", String(Number.isNaN(value)));
      return value;
    });
    if (values.some(Number.isNaN)) return say("A limit is a number, such as 1200 or 1.2e3");
    return setFilter(column.name, { ranges: [values] });
  }

  chipRow(column) {
    const chips = column.choices.map((choice, code) => button(choiceText(choice), () => {
      const filter = state.filters[column.name];
      const codes = filter ? filter.codes : [];
      const next = codes.includes(code) ? codes.filter((c) => c !== code) : [...codes, code];
      setFilter(column.name, next.length ? { codes: next } : null);
    }, { class: "chip", "data-chip": `${column.name}:${code}` }));
    this.chips.set(column, chips);
    return el("div", { class: "choice", role: "group", "aria-label": column.label, title: column.description }, el("span", {}, column.label), el("div", {}, ...chips));
  }

  show() {
    this.showToggles();
    for (const [column, inputs] of this.inputs) {
      const filter = state.filters[column.name];
      const ranges = filter && filter.ranges ? filter.ranges : [[null, null]];
      const { ends } = scaleOf(column);
      inputs.forEach((input, side) => {
        const bound = ranges.length === 1 ? ranges[0][side] : null;
        input.placeholder = ranges.length > 1 ? `${ranges.length} ranges` : tickText(ends[side], column);
        if (document.activeElement !== input || bound !== null) input.value = bound === null ? "" : String(bound);
      });
    }
    for (const [column, chips] of this.chips) {
      const filter = state.filters[column.name];
      chips.forEach((chip, code) => chip.setAttribute("aria-pressed", String(Boolean(filter && filter.codes.includes(code)))));
    }
    this.showActive();
  }

  showToggles() {
    if (this.toggles.contains(document.activeElement) && document.activeElement.type === "text") return;
    const focus = document.activeElement && document.activeElement.dataset.key;
    const runs = data.runs.length < 2 ? [] : data.runs.map((run, r) => tickBox(`${r + 1}: ${run.name} (${run.scenario})`, !state.hidden.includes(r), (on) =>
      change({ hidden: on ? state.hidden.filter((h) => h !== r) : [...state.hidden, r] }), { "data-key": `run${r}` }));
    this.toggles.replaceChildren(
      tickBox("feasible only", state.feasible, (on) => change({ feasible: on }), { "data-key": "feasible" }),
      tickBox("other designs too, faintly", !state.front, (on) => change({ front: !on, epsilon: null }), { "data-key": "front" }),
      el("label", { class: "tick", title: "Designs that would be on the front if every objective were better by this share of the front's span" },
        "within ε = ", this.epsilonField(), " of the front"), ...runs);
    if (focus) this.toggles.querySelector(`[data-key="${focus}"]`)?.focus();
  }

  epsilonField() {
    const field = el("input", { type: "text", inputMode: "decimal", class: "short", "data-key": "epsilon", value: state.epsilon ?? "", placeholder: "off",
      on: { change: () => {
        const value = field.value.trim() === "" ? null : Number(field.value);
        if (value === null || (Number.isFinite(value) && value >= 0)) {
          field.blur();
          change({ epsilon: value, front: false });
        } else say("ε is a number from 0, such as 0.05");
      } } });
    return field;
  }

  showActive() {
    const tags = [];
    const tag = (text, undo) => tags.push(button(`${text} ✕`, undo, { class: "tag", "aria-label": `Remove filter ${text}` }));
    if (state.feasible) tag("feasible only", () => change({ feasible: false }));
    if (state.front) tag("front only", () => change({ front: false }));
    if (state.epsilon !== null) tag(`within ${state.epsilon} of the front`, () => change({ epsilon: null }));
    state.hidden.forEach((r) => tag(`without run ${r + 1}`, () => change({ hidden: state.hidden.filter((h) => h !== r) })));
    for (const [name, filter] of Object.entries(state.filters)) tag(filterText(byName.get(name), filter), () => setFilter(name, null));
    if (tags.length > 1) tags.push(button("Clear all", () => change({ filters: {}, feasible: false, front: false, epsilon: null, hidden: [] }), { class: "clear" }));
    this.active.replaceChildren(...(tags.length ? tags : [el("span", { class: "hint" }, "none: every design is shown")]));
  }

  takeaway() {
    const members = () => selectedRows().filter((row) => memberOf[row] >= 0);
    const ids = (rows) => rows.slice(0, MOST_IDS).map((row) => data.ids[memberOf[row]]);
    const buttons = [
      button("Copy design IDs", () => {
        const rows = members();
        copy(ids(rows).join(" "), `${Math.min(rows.length, MOST_IDS)} of ${rows.length} front design IDs`);
      }),
      button("Copy export command", () => {
        const rows = state.pins.length ? state.pins.filter((row) => memberOf[row] >= 0) : members();
        const run = data.runs.find((r) => rows.length && rows[0] < r.first + r.n) || data.runs[0];
        const ofRun = rows.filter((row) => row >= run.first && row < run.first + run.n && !isJoined(row));
        copy(`heliofront export ${run.path} ${ids(ofRun).map((id) => `--design ${id}`).join(" ")} --format json`, "Command");
      }),
      button("CSV of the selection", () => save("selection.csv", csvOf(selectedRows()), "text/csv")),
      button("Copy link to this view", () => copy(location.href, "Link")),
      button("Reset everything", () => change({ ...structuredClone(DEFAULTS), theme: state.theme, tab: state.tab })),
    ];
    return el("div", { class: "stack" }, ...buttons);
  }
}

export function filterText(column, filter) {
  if (filter.codes) return `${column.label}: ${filter.codes.map((code) => choiceText(column.choices[code] ?? "?")).join(", ") || "none"}`;
  const ranges = filter.ranges.map(([low, high]) =>
    (low === null ? `≤ ${tickText(high, column)}` : high === null ? `≥ ${tickText(low, column)}` : `${tickText(low, column)} to ${tickText(high, column)}`));
  return `${column.label}: ${ranges.join(" or ")}${column.unit ? ` ${column.unit}` : ""}`;
}

export const countText = () => `${counts.selected.toLocaleString("en-US")} of ${counts.base.toLocaleString("en-US")} shown designs selected, ${counts.front.toLocaleString("en-US")} on the front`;
