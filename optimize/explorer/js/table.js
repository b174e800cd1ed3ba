// The selected designs as a table; only the rows in sight are elements, however many there are.
import { byName, columns, data, feasible, idOf, memberOf, n } from "./data.js";
import { onFront } from "./joined.js";
import { el } from "./dom.js";
import { counts, mask, versions } from "./model.js";
import { change, state, togglePin } from "./state.js";

const ROW = 26;
const HEAD = 76;
const MARGIN = 6;

export class Table {
  constructor(height, label) {
    this.order = new Int32Array(0);
    this.key = "";
    this.space = el("div", { class: "space" });
    this.head = el("div", { class: "row head", role: "row" });
    this.rows = el("div", { class: "rows" });
    this.box = el("div", { class: "grid", tabIndex: 0, role: "grid", "aria-label": label, on: { scroll: () => this.fill() } },
      this.head, this.space, this.rows);
    this.box.style.height = `${height}px`;
    this.element = el("section", { class: "card table", "aria-label": label },
      el("header", {}, el("h2", {}, label), this.count = el("span", { class: "hint" })), this.box);
    this.box.addEventListener("keydown", (event) => this.step(event));
  }

  get columns() {
    const shown = columns.filter((c) => c.varies && !c.ofFrontOnly && c.role !== "constraint");
    const asked = [state.x, state.y, state.colour, state.size].filter(Boolean).map((name) => byName.get(name));
    return [...new Set([...shown, ...asked])];
  }

  // Sorting waits for the end of a drag: moving numbers cannot be read.
  paint(dragging) {
    if (this.box.offsetParent === null || dragging) return;
    const [name, way] = state.sort;
    const key = [versions.mask, versions.base, name, way].join();
    if (key !== this.key) {
      this.key = key;
      this.sort(byName.get(name), way);
    }
    this.drawHead();
    this.space.style.height = `${this.order.length * ROW}px`;
    this.count.textContent = `${counts.selected.toLocaleString("en-US")} designs; click a heading to sort, a row to select, ◇ to pin`;
    this.fill();
  }

  sort(column, way) {
    const rows = new Int32Array(counts.selected);
    let at = 0;
    for (let i = 0; i < n; i++) if (mask[i]) rows[at++] = i;
    const values = column.values;
    const keys = Float32Array.from(values, (value) => (value - value === 0 || Math.abs(value) === Infinity ? way * value : Infinity));
    this.order = rows.sort((a, b) => keys[a] - keys[b] || a - b);
  }

  drawHead() {
    this.widths = `34px 104px ${this.columns.map((c) => (c.kind === "choice" ? "130px" : "112px")).join(" ")}`;
    const heads = this.columns.map((column) => {
      const sorted = state.sort[0] === column.name ? state.sort[1] : 0;
      return el("button", {
        type: "button", role: "columnheader", class: column.kind === "choice" ? "text" : "", title: `${column.title}: ${column.description}`,
        "aria-sort": sorted ? (sorted > 0 ? "ascending" : "descending") : "none",
        on: { click: () => change({ sort: [column.name, sorted > 0 ? -1 : 1] }) },
      }, `${column.label}${sorted ? (sorted > 0 ? " ▲" : " ▼") : ""}`, el("small", {}, column.unit || " "));
    });
    const scroll = this.box.scrollLeft;
    this.head.style.gridTemplateColumns = this.widths;
    this.head.replaceChildren(el("span", { role: "columnheader", "aria-label": "Pinned" }), el("span", { role: "columnheader" }, "Design"), ...heads);
    this.box.scrollLeft = scroll;
    this.box.setAttribute("aria-rowcount", String(this.order.length));
  }

  fill() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW) - MARGIN);
    const last = Math.min(this.order.length, first + Math.ceil(this.box.clientHeight / ROW) + 2 * MARGIN);
    const shown = [];
    for (let i = first; i < last; i++) shown.push(this.row(this.order[i], i));
    this.rows.style.top = `${first * ROW + HEAD}px`;
    this.rows.replaceChildren(...shown);
  }

  row(row, place) {
    const pinned = state.pins.indexOf(row);
    const cells = this.columns.map((column) => el("span", { role: "gridcell", class: column.kind === "choice" ? "text" : "" }, column.text(row)));
    const element = el("div", {
      class: `row${row === state.selected ? " chosen" : ""}${onFront(row) ? " member" : ""}${feasible[row] ? "" : " broken"}`,
      role: "row", "aria-rowindex": place + 1, "aria-selected": String(row === state.selected), on: { click: () => change({ selected: row }) },
    },
    el("span", { role: "gridcell" }, el("button", {
      type: "button", class: "pin", title: pinned >= 0 ? "Unpin" : "Pin to compare", "aria-label": `Pin ${idOf(row)}`,
      "aria-pressed": String(pinned >= 0), on: { click: (event) => { event.stopPropagation(); togglePin(row); } },
    }, pinned >= 0 ? "ABCDEF"[pinned] : "◇")),
    el("span", { role: "gridcell", class: "text id" }, idOf(row), state.notes[row] ? " ✎" : ""), ...cells);
    element.style.gridTemplateColumns = this.widths;
    return element;
  }

  step(event) {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[event.key];
    if (!by || !this.order.length) return;
    event.preventDefault();
    event.stopPropagation();
    this.move(by);
  }

  // Select the design some places further down the order; used by the other views as well.
  move(by) {
    const at = this.order.indexOf(state.selected);
    const next = Math.max(0, Math.min(this.order.length - 1, at < 0 ? 0 : at + by));
    change({ selected: this.order[next] });
    const top = next * ROW;
    if (top < this.box.scrollTop || top > this.box.scrollTop + this.box.clientHeight - 80) this.box.scrollTop = top - 60;
  }
}

const FORMULA = /^[=+\-@\t\r]/;
const cell = (text) => {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
};

// Selected designs with every column as CSV; text that a spreadsheet would run is quoted with '.
export function csvOf(rows) {
  const titles = ["design_id", "run", "feasible", "front", ...columns.filter((c) => c.role !== "identity").map((c) => c.name)];
  const lines = rows.map((row) => {
    const run = data.runs.find((r) => row < r.first + r.n);
    const values = columns.filter((c) => c.role !== "identity").map((column) => {
      const value = column.at(row);
      if (column.kind === "choice") return Number.isNaN(value) ? "" : cell(column.choices[value]);
      return Number.isNaN(value) ? "" : String(value);
    });
    return [memberOf[row] >= 0 ? idOf(row) : "", cell(run.folder), feasible[row], onFront(row) ? 1 : 0, ...values].join(",");
  });
  return `${[titles.map(cell).join(","), ...lines].join("\n")}\n`;
}
