// What if: sliders for every variable, and any assumption, of one design; the model answers.
import { byName, data, feasible, idOf, number } from "./data.js";
import { button, el, picker } from "./dom.js";
import { drawDesign } from "./design.js";
import { theme } from "./paint.js";
import { addTab, knee, state } from "./state.js";
import { Control, showAnswer } from "./whatif_parts.js";

const HITS = 8;
const { variables, assumptions, objectives } = data.live;

// One question of a kind at a time; while it is out, only the newest of those that follow is remembered.
class Model {
  constructor(word, answered) {
    this.word = word;
    this.answered = answered;
    this.busy = false;
    this.next = null;
  }

  ask(question) {
    if (this.busy) {
      this.next = question;
      return;
    }
    this.busy = true;
    this.send(question).finally(() => {
      this.busy = false;
      const { next } = this;
      this.next = null;
      if (next) this.ask(next);
    });
  }

  async send({ variables: values, assumptions: changes, base }) {
    const asked = performance.now();
    let answer;
    try {
      const response = await fetch(this.word, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ variables: values, assumptions: changes }) });
      answer = await response.json();
    } catch {
      answer = { error: "no answer: has the server ended?" };
    }
    this.answered(answer, base, asked);
  }
}

class WhatIf {
  constructor() {
    this.base = null;
    this.changes = {};
    this.assumed = {};
    this.model = new Model("evaluate", (answer, base, asked) => this.answered(answer, base, asked));
    this.compass = new Model("directions", (answer, base, asked) => this.pointed(answer, asked));
    this.aim = objectives[0]?.name;
    this.better = el("p", { class: "hint better" });
    this.start = el("div", { class: "controls" });
    this.controls = variables.map((slider) => new Control(slider, (value) => this.set(slider.name, value)));
    this.extra = new Map();
    this.extras = el("div", { class: "sliders" });
    this.hits = el("div", { class: "hits" });
    this.search = el("input", { type: "search", placeholder: `add one of ${assumptions.length} assumptions`, "aria-label": "Search assumptions", "data-key": "assumptions", on: { input: () => this.find() } });
    this.status = el("p", { class: "told", role: "status" });
    this.numbers = el("div", { class: "answer scroll" });
    this.place = el("div", { class: "drawing" });
    this.element = el("section", { class: "card whatif", "aria-label": "What if" },
      el("header", {}, el("h2", {}, "What if"), this.start),
      data.live.uncertain ? el("p", { class: "hint" }, "The run searched under uncertainty; these are the numbers of the nominal future.") : "",
      el("div", { class: "halves" },
        el("div", {}, el("h3", {}, "Variables"), this.better, el("div", { class: "sliders" }, ...this.controls.map((c) => c.element)),
          assumptions.length ? el("h3", {}, "Assumptions") : "", this.extras, assumptions.length ? this.search : "", this.hits),
        el("div", {}, this.status, this.numbers)), this.place);
  }

  isChanged() {
    return Object.keys(this.changes).length + Object.keys(this.assumed).length > 0;
  }

  paint(dragging) {
    if (this.element.offsetParent === null || dragging) return;
    const row = state.selected ?? state.pins[0] ?? knee?.row ?? null;
    const name = row === null ? "the run's defaults" : idOf(row);
    if (!this.base || (this.base.name !== name && !this.isChanged())) this.startFrom(row);
    const options = [["kept", this.base.name], ...[...new Set([state.selected, ...state.pins])].filter((r) => r !== null && idOf(r) !== this.base.name).map((r) => [String(r), idOf(r)])];
    this.start.replaceChildren(
      el("label", {}, "Start from ", picker("Start from", [["", options]], "kept", (value) => { if (value !== "kept") this.startFrom(Number(value)); this.paint(false); }, { "data-key": "base" })),
      button("Undo all changes", () => this.startFrom(this.base.row), { disabled: !this.isChanged() }));
    if (this.dark !== theme.dark && this.last) this.draw();
  }

  startFrom(row) {
    const values = {};
    for (const slider of variables) {
      const column = byName.get(slider.name);
      const value = row === null || !column ? NaN : column.at(row);
      values[slider.name] = Number.isNaN(value) ? slider.value : column.kind === "choice" ? column.choices[value] : value;
    }
    this.base = { row, name: row === null ? "the run's defaults" : idOf(row), values, held: row === null || feasible[row] };
    this.changes = {};
    for (const key of Object.keys(this.assumed)) delete this.assumed[key];
    this.controls.forEach((control) => control.setBase(values[control.slider.name]));
    for (const control of this.extra.values()) control.setBase(control.slider.value);
    this.reference = null;
    this.ask();
  }

  set(name, value) {
    if (value === this.base.values[name]) delete this.changes[name];
    else this.changes[name] = value;
    this.changed();
  }

  assume(slider, value) {
    if (value === slider.value) delete this.assumed[slider.name];
    else this.assumed[slider.name] = value;
    this.changed();
  }

  changed() {
    this.start.querySelector("button").disabled = !this.isChanged();
    this.ask();
  }

  ask() {
    const question = { variables: { ...this.base.values, ...this.changes }, assumptions: { ...this.assumed }, base: !this.isChanged() };
    this.point(null);
    this.model.ask(question);
    if (objectives.length) this.compass.ask(question);
  }

  pointed(answer, asked) {
    this.point(answer.directions ?? null);
    document.documentElement.dataset.directionsMs = String(answer.server_ms ?? "");
    document.documentElement.dataset.directionsTripMs = (performance.now() - asked).toFixed(2);
  }

  // Arrows of the objective looked at; none while the answer is out.
  point(directions) {
    this.directions = directions;
    if (objectives.length) {
      const choices = objectives.map(({ name, label }) => [name, label]);
      this.better.replaceChildren("Better for ", picker("Better for", [["", choices]], this.aim, (name) => { this.aim = name; this.point(this.directions); }, { "data-key": "aim" }),
        ": ▲ more or ▼ less of a variable, and what a step of 1 % or one unit that way changes it by, limits aside");
    }
    this.controls.forEach((control) => control.setBetter(directions?.[this.aim]?.[control.slider.name] ?? null));
  }

  answered(answer, base, asked) {
    if (answer.error) {
      this.status.textContent = answer.error;
      this.element.dataset.feasible = "unknown";
      return;
    }
    if (base || !this.reference) this.reference = answer;
    this.last = answer;
    const active = new Set(answer.active);
    this.controls.forEach((control) => control.setActive(active.has(control.slider.name)));
    this.element.dataset.feasible = String(answer.feasible);
    showAnswer(this.status, this.numbers, answer, this.reference);
    this.draw();
    const root = document.documentElement.dataset;
    root.answers = String(Number(root.answers || 0) + 1);
    root.serverMs = String(answer.server_ms);
    root.roundTripMs = (performance.now() - asked).toFixed(2);
    this.status.append(el("span", { class: "hint" }, ` model ${number(answer.server_ms, 2)} ms, there and drawn ${number(performance.now() - asked, 2)} ms`));
  }

  draw() {
    this.dark = theme.dark;
    const detail = { ...this.last.detail, title: this.isChanged() ? "Changed" : "", id: this.base.name };
    drawDesign(this.place, detail, { theme: theme.dark ? "dark" : "light", tables: false });
  }

  find() {
    const words = this.search.value.toLowerCase().split(/[\s._]+/).filter(Boolean);
    const fits = (a) => words.every((word) => `${a.name} ${a.label} ${a.unit}`.toLowerCase().includes(word));
    const matches = words.length ? assumptions.filter((a) => !this.extra.has(a.name) && fits(a)) : [];
    this.hits.replaceChildren(...matches.slice(0, HITS).map((a) => button(a.label, () => this.add(a), { class: "tag", title: a.name, "data-assumption": a.name })),
      matches.length > HITS ? el("span", { class: "hint" }, `and ${matches.length - HITS} more`) : "",
      words.length && !matches.length ? el("span", { class: "hint" }, "no assumption with a range has this in its name") : "");
  }

  add(slider) {
    const drop = () => {
      control.element.remove();
      this.extra.delete(slider.name);
      this.assume(slider, slider.value);
    };
    const control = new Control(slider, (value) => this.assume(slider, value), drop);
    control.setBase(slider.value);
    this.extra.set(slider.name, control);
    this.extras.append(control.element);
    this.search.value = "";
    this.find();
  }
}

export const whatIf = new WhatIf();
addTab("whatif", "What if", [whatIf]);
