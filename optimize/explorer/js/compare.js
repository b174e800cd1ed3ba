// Pinned designs side by side, or their difference to the first.
import { columns, difference, feasible, idOf, memberOf, objectives } from "./data.js";
import { onFront } from "./joined.js";
import { button, el, tickBox } from "./dom.js";
import { change, named, state, togglePin } from "./state.js";

const GROUPS = [["Objectives", "objective"], ["Variables", "variable"], ["Constraint violations (at most 0 is feasible)", "constraint"], ["Outputs", "output"]];

export class Compare {
  constructor() {
    this.place = el("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": "Comparison, table" });
    this.options = el("div", { class: "controls" });
    this.element = el("section", { class: "card compare", "aria-label": "Compare" },
      el("header", {}, this.title = el("h2", {}), this.options), this.hint = el("p", { class: "hint" }), this.place);
  }

  paint(dragging) {
    if (this.element.offsetParent === null || dragging) return;
    this.options.replaceChildren(
      tickBox("difference to A", state.relative, (on) => change({ relative: on })),
      tickBox("all outputs", state.outputs, (on) => change({ outputs: on })),
      state.pins.length ? button("Unpin all", () => change({ pins: [] })) : "");
    this.rows = state.pins.length ? state.pins : named.map(({ row }) => row);
    this.title.textContent = state.pins.length ? "Compare pinned designs" : "Compare the named designs";
    this.hint.textContent = state.pins.length ? "" : "Pin designs to compare them instead, up to six: select one and press p, or click ◇ in a table.";
    if (!this.rows.length) {
      this.place.replaceChildren();
      return;
    }
    const titles = new Map(named.map(({ row, title }) => [row, title]));
    const heads = this.rows.map((row, i) => el("th", {}, titles.has(row) ? el("b", { class: "title" }, titles.get(row)) : "", `${"ABCDEF"[i]} `, el("span", { class: "id" }, idOf(row)),
      state.pins.length ? button("✕", () => togglePin(row), { class: "pin", "aria-label": `Unpin ${idOf(row)}` }) : "",
      el("small", {}, onFront(row) ? "on the front" : feasible[row] ? "feasible" : "infeasible", state.notes[row] ? ` · ${state.notes[row]}` : "")));
    const bodies = GROUPS.filter(([, role]) => role !== "output" || state.outputs).map(([label, role]) => el("tbody", {},
      el("tr", {}, el("th", { colSpan: this.rows.length + 1, class: "group" }, label)),
      ...columns.filter((c) => c.role === role && (c.varies || role === "objective")).map((column) => this.row(column))));
    this.place.replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, "Unit in brackets"), ...heads)), ...bodies));
  }

  row(column) {
    const values = this.rows.map((row) => column.at(row));
    const best = column.sense === "max" ? Math.max(...values) : Math.min(...values);
    const cells = this.rows.map((row, i) => {
      const winner = objectives.includes(column) && values[i] === best && values.length > 1;
      const same = i > 0 && column.text(row) === column.text(this.rows[0]);
      return el("td", { class: `${winner ? "best" : ""}${same ? " same" : ""}` }, this.text(column, row, i, values));
    });
    return el("tr", {}, el("th", { title: column.description }, column.title), ...cells);
  }

  text(column, row, i, values) {
    if (!state.relative || i === 0 || column.kind === "choice") return column.text(row);
    return difference(values[i], values[0], column) ?? column.text(row);
  }
}
