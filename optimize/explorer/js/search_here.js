// Search here: the real model searches a region of the front, and what it finds joins the front.
import { byName, columns, data, idOf, inSentence, objectives } from "./data.js";
import { button, el, picker } from "./dom.js";
import { filterText } from "./filters.js";
import { join, roomLeft } from "./joined.js";
import { addView, change, knee, state } from "./state.js";

const GAIN = 0.01; // what "better" asks for at least, of the value
const WAYS = { brush: "in the brushed region", trade: "from a design: this better, that may give way", hope: "near values I hope for" };
const MAY = { better: "better", hold: "no worse", give: "may give way" };
const LOST = "No answer: has the server ended? What is shown stays; designs found so far are on this page only.";

class SearchHere {
  constructor() {
    this.way = "brush";
    this.wishes = objectives.map((_, k) => (k ? "give" : "better"));
    this.bounds = objectives.map(() => "");
    this.hopes = objectives.map(() => "");
    this.running = null;
    const ways = picker("Where to search", [["", Object.entries(WAYS)]], this.way, (way) => { this.way = way; this.shape = ""; this.paint(false); }, { "data-key": "way" });
    this.go = button("Search", () => this.start(), { class: "go", "data-key": "search" });
    this.stop = button("Stop", () => { if (this.running) this.running.stopped = true; }, { hidden: true });
    this.back = button("Undo the search", () => change({ searches: state.searches.slice(0, -1) }), { hidden: true, "data-key": "undo-search" });
    this.form = el("div", { class: "wishes" });
    this.status = el("p", { class: "told", role: "status" });
    this.element = el("section", { class: "card search", "aria-label": "Search here" },
      el("header", {}, el("h2", {}, "Search here"), el("div", { class: "controls" }, ways, this.go, this.stop, this.back)), this.form, this.status);
    if (data.live.refusal) {
      this.status.textContent = `Not for this run: ${data.live.refusal}.`;
      this.go.disabled = ways.disabled = true;
    }
  }

  // Designs found would be lost were the page loaded again.
  isBusy() { return this.running !== null || state.searches.length > 0; }

  get base() { return state.selected ?? state.pins[0] ?? knee?.row ?? null; }

  paint(dragging) {
    if (dragging) return;
    this.back.hidden = !state.searches.length || Boolean(this.running);
    const shape = JSON.stringify([this.way, this.way === "trade" && this.base, this.way === "brush" && state.filters]);
    if (shape === this.shape || data.live.refusal) return;
    this.shape = shape;
    if (this.way === "brush") this.form.replaceChildren(el("p", { class: "hint" }, this.brushText()));
    else if (this.way === "hope") this.form.replaceChildren(...objectives.map((aim, k) => this.hopeRow(aim, k)));
    else if (this.base === null) this.form.replaceChildren(el("p", { class: "hint" }, "Click a design to start from."));
    else this.form.replaceChildren(el("p", { class: "hint" }, "Starting from ", el("span", { class: "id" }, idOf(this.base)), ":"), ...objectives.map((aim, k) => this.tradeRow(aim, k)));
  }

  brushText() {
    const texts = Object.entries(state.filters).map(([name, filter]) => filterText(byName.get(name), filter));
    return texts.length ? `Region: ${texts.join("; ")}` : "Drag a box in the scatter or brush an axis, then search inside it; without one the whole front is searched.";
  }

  field(list, k, label, placeholder = "") {
    return el("input", { type: "text", inputMode: "decimal", value: list[k], placeholder, "aria-label": label, "data-wish": `${this.way}:${k}`,
      on: { input: (event) => { list[k] = event.target.value; event.target.setAttribute("aria-invalid", String(Number.isNaN(typed(list[k])))); } } });
  }

  hopeRow(aim, k) {
    return el("label", { class: "wish" }, el("span", {}, aim.label), el("span", {}, "hope for"), this.field(this.hopes, k, `Hope for ${aim.label}`, "anything"), el("small", {}, aim.unit));
  }

  tradeRow(aim, k) {
    const word = aim.sense === "max" ? "at least" : "at most";
    return el("div", { class: "wish" }, el("span", {}, `${aim.label}, now ${aim.text(this.base)}`),
      picker(`${aim.label} may`, [["", Object.entries(MAY)]], this.wishes[k], (wish) => { this.wishes[k] = wish; }, { "data-wish": `may:${k}` }),
      el("label", {}, `${word} `, this.field(this.bounds, k, `${aim.label} ${word}`, "–")), el("small", {}, aim.unit));
  }

  // What the server is asked; a text where that makes no sense.
  region() {
    if (this.way === "hope") return this.hoped();
    return this.way === "trade" ? this.traded() : brushed();
  }

  hoped() {
    const values = this.hopes.map(typed);
    if (values.some(Number.isNaN)) return "A hope is a number, such as 1200 or 1.2e3.";
    const hope = Object.fromEntries(objectives.map((aim, k) => [outputOf(aim), values[k]]).filter(([, value]) => value !== null));
    return Object.keys(hope).length ? { hope } : "Type at least one value to hope for.";
  }

  traded() {
    if (this.base === null) return "Click a design to start from.";
    const given = this.bounds.map(typed);
    if (given.some(Number.isNaN)) return "A bound is a number, such as 1200 or 1.2e3.";
    if (!this.wishes.includes("better")) return "Say which objective must be better.";
    if (!this.wishes.includes("give")) return "This design is on the front: something may have to give way for another to be better.";
    const limits = {};
    objectives.forEach((aim, k) => {
      const sign = aim.sense === "max" ? -1 : 1;
      const now = aim.at(this.base);
      const wished = { better: now - sign * GAIN * Math.abs(now), hold: now, give: null }[this.wishes[k]];
      const ends = [wished, given[k]].filter((value) => value !== null);
      if (!ends.length) return;
      const end = sign > 0 ? Math.min(...ends) : Math.max(...ends);
      limits[outputOf(aim)] = sign > 0 ? [null, end] : [end, null];
    });
    return { limits };
  }

  async start() {
    if (this.running) return;
    const region = this.region();
    if (typeof region === "string") return void this.say(region);
    if (roomLeft() < 500) return void this.say("This page is full of designs found: load it again to go on.");
    const search = { stopped: false, began: performance.now(), count: 0, number: null };
    this.running = search;
    delete document.documentElement.dataset.searched;
    this.go.disabled = true;
    this.stop.hidden = false;
    this.say("Searching …");
    this.paint(false);
    try {
      let answer = await ask({ region, beside: state.searches });
      while (this.take(search, answer)) answer = await ask({ [search.stopped ? "end" : "go"]: search.number });
    } catch (error) {
      this.say(error.message);
    }
    this.running = null;
    this.go.disabled = false;
    this.stop.hidden = true;
    this.paint(false);
    document.documentElement.dataset.searched = String(search.count);
  }

  // Join what an answer brings; whether the search goes on.
  take(search, answer) {
    search.number = answer.number;
    const count = join(answer.number, answer.designs, answer.whole);
    search.count = answer.whole ? count : search.count + count;
    const seconds = (performance.now() - search.began) / 1000;
    const root = document.documentElement.dataset;
    if (search.count && !search.first) root.firstNew = (search.first = seconds).toFixed(3);
    if (search.count >= 100 && !search.hundred) root.hundredNew = (search.hundred = seconds).toFixed(3);
    const shown = state.searches.includes(answer.number);
    if (search.count && !shown) change({ searches: [...state.searches, answer.number] });
    else if (!search.count && shown) change({ searches: state.searches.filter((number) => number !== answer.number) });
    else change({});
    this.say(sentence(search, answer, seconds));
    return !answer.done;
  }

  say(text) { this.status.textContent = text; }
}

function sentence(search, answer, seconds) {
  const evaluations = `${answer.evaluations.toLocaleString("en-US")} evaluations`;
  if (!answer.done) return `${answer.refining ? "Refining and storing" : "Searching"} … ${search.count} new designs on the front, ${evaluations}, ${seconds.toFixed(1)} s`;
  if (!search.count) return answer.note;
  const beats = answer.beats ? ` They dominate ${answer.beats} of the designs that were there.` : "";
  const kept = answer.kept ? ` Stored beside the run as ${answer.kept}.` : ` ${answer.note}`;
  return `${search.count} new designs on the front, ${evaluations}, ${seconds.toFixed(1)} s.${beats}${kept}`;
}

const outputOf = (column) => column.name.replace(/^output\./, "");

function typed(text) {
  const plain = text.trim().replace(/,/g, "");
  return plain === "" ? null : Number(plain);
}

// The region that the filters stand for; several ranges of one column become their span.
function brushed() {
  const region = { limits: {}, variables: {} };
  for (const [name, filter] of Object.entries(state.filters)) {
    const column = byName.get(name);
    if (name === "family" && filter.codes.some((code) => !data.runs[0].families.members[code])) return "The family 'other' is no region to search in: choose one that has a name.";
    if (name === "family") addFamilies(region, filter);
    else if (filter.codes && !filter.codes.length) return `The region is empty: nothing is open in ${inSentence(column.label)}.`;
    else if (column.role === "constraint") return `${column.label} is no region to search in: take that filter away, designs found hold every limit anyway.`;
    else if (filter.codes) region.variables[name] = filter.codes.map((code) => column.choices[code]);
    else region[column.role === "variable" ? "variables" : "limits"][outputOf(column)] = spanOf(filter);
  }
  return region;
}

function addFamilies(region, { codes }) {
  const { by, members } = data.runs[0].families;
  const chosen = codes.map((code) => members[code]);
  by.forEach((name, at) => {
    const texts = [...new Set(chosen.map((member) => member[at]))].filter((text) => text !== "–");
    if (texts.length && columns.some((c) => c.name === name)) region.variables[name] ??= texts;
  });
}

function spanOf({ ranges }) {
  const end = (side, most) => (ranges.some((range) => range[side] === null) ? null : most(...ranges.map((range) => range[side])));
  return [end(0, Math.min), end(1, Math.max)];
}

async function ask(question) {
  let answer;
  try {
    const response = await fetch("search", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question) });
    answer = await response.json();
  } catch {
    throw new Error(LOST);
  }
  if (answer.error) throw new Error(`Cannot search here: ${answer.error}`);
  return answer;
}

export const searchHere = new SearchHere();
addView("overview", searchHere);
