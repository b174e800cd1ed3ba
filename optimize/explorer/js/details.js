// One design: every number of it, a note, and its drawing where the installation has one.
import { columns, data, feasible, idOf, memberOf, runOf } from "./data.js";
import { isJoined, onFront } from "./joined.js";
import { button, copy, el } from "./dom.js";
import { drawDesign } from "./design.js";
import { theme } from "./paint.js";
import { change, knee, named, state, togglePin } from "./state.js";
import { symbolNode } from "./symbols.js";

const GROUPS = [["Objectives", "objective"], ["Variables", "variable"], ["Constraint violations (at most 0 is feasible)", "constraint"], ["Outputs", "output"]];

// What the drawings need travels compressed, since most designs are never looked at.
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

const called = (row) => named.filter((design) => design.row === row).map(({ title }) => `the ${title.replaceAll(", ", " and ")}, `).join("");

// A design that was found here is drawn as the server describes it.
async function joinedDetail(row) {
  const given = columns.filter((c) => c.role === "variable" && !Number.isNaN(c.at(row)));
  const variables = Object.fromEntries(given.map((c) => [c.name, c.kind === "choice" ? c.choices[c.at(row)] : c.at(row)]));
  const response = await fetch("evaluate", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ variables }) });
  const answer = await response.json();
  return { ...answer.detail, id: idOf(row) };
}

export class Details {
  constructor() {
    this.place = el("div", {});
    this.element = el("section", { class: "card details", "aria-label": "Design" }, this.place);
    this.key = "";
  }

  paint(dragging) {
    if (this.element.offsetParent === null || dragging) return;
    const key = JSON.stringify([state.selected, state.pins, theme.dark, state.selected !== null && state.notes[state.selected]]);
    if (key === this.key || (this.place.contains(document.activeElement) && document.activeElement.tagName === "TEXTAREA")) return;
    this.key = key;
    const row = state.selected ?? state.pins[0] ?? knee?.row;
    if (row === undefined || row === null) {
      this.place.replaceChildren(el("h2", {}, "Design"), el("p", { class: "hint" }, "Click a design in any view to see all its numbers here."));
      return;
    }
    this.place.replaceChildren(this.head(row), this.note(row), this.drawing(row), el("div", { class: "facts" }, ...GROUPS.map((group) => this.facts(group, row))));
  }

  head(row) {
    const run = data.runs[runOf[row]];
    const status = onFront(row) ? "on the front" : feasible[row] ? "feasible, not on the front" : "infeasible";
    return el("header", {}, el("h2", {}, "Design ", el("span", { class: "id" }, idOf(row))), el("span", { class: "hint" }, `${called(row)}${status} · run ${run.name} ${run.folder}`),
      el("div", { class: "controls" }, button(state.pins.includes(row) ? "Unpin" : "Pin", () => togglePin(row)),
        memberOf[row] >= 0 ? button("Copy ID", () => copy(idOf(row), "Design ID")) : null));
  }

  note(row) {
    const area = el("textarea", { rows: 2, placeholder: "A note on this design; it travels in the address of the page", "aria-label": "Note", value: state.notes[row] || "",
      on: { change: () => {
        const notes = { ...state.notes };
        if (area.value.trim()) notes[row] = area.value.trim();
        else delete notes[row];
        change({ notes });
      } } });
    return area;
  }

  drawing(row) {
    if (memberOf[row] < 0) return "";
    const place = el("div", { class: "drawing" });
    if (isJoined(row)) {
      joinedDetail(row).then((detail) => drawDesign(place, detail, { theme: theme.dark ? "dark" : "light", tables: false }), () => place.replaceChildren("No drawing: has the server ended?"));
      return place;
    }
    this.drawings ||= unpacked(data.details);
    this.drawings.then((details) => drawDesign(place, details[memberOf[row]], { theme: theme.dark ? "dark" : "light", tables: false }));
    return place;
  }

  facts([label, role], row) {
    const members = columns.filter((c) => c.role === role);
    const lines = members.filter((c) => !Number.isNaN(c.at(row)) || role === "variable")
      .map((column) => el("tr", { title: column.description }, el("th", {}, column.label, column.symbol && column.kind !== "choice" ? [" ", symbolNode(column.symbol)] : ""),
        el("td", {}, column.text(row)), el("td", { class: "unit" }, column.unit)));
    const hint = role === "output" && !lines.length ? el("p", { class: "hint" }, "Outputs are stored for members of the front.") : null;
    return el("details", { open: role !== "output" || memberOf[row] >= 0 }, el("summary", {}, label), hint, el("table", {}, el("tbody", {}, ...lines)));
  }
}
