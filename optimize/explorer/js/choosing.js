// The tab that ranks the front by a method and weights, and offers the same as a command.
import { data, idOf, inSentence, number, objectives, quantity } from "./data.js";
import { frontOf, ranking, scalers, shares, telling } from "./decide.js";
import { button, copy, el, picker } from "./dom.js";
import { mask } from "./model.js";
import { change, METHODS, state, togglePin } from "./state.js";

const SHOWN = 15;
const WEIGHTED = ["pseudo-weights", "topsis", "asf"];
const EXPLAINED = {
  knee: "Nearest to the corner that is best in everything (Manhattan distance of the scaled objectives).",
  "knee-angle": "Where the front bends most between its ends.",
  "knee-trade-off": "Leaving this design costs most for what it gains.",
  "pseudo-weights": "Balances the objectives as the weights do.",
  topsis: "Closest to the best point and farthest from the worst.",
  asf: "Smallest worst shortfall from the levels you hope for.",
};

export class Choosing {
  constructor() {
    this.settings = el("div", { class: "settings" });
    this.list = el("div", { class: "ranked scroll", tabIndex: 0, role: "group", "aria-label": "Ranking, table" });
    this.element = el("section", { class: "card decide", "aria-label": "Decide" },
      el("header", {}, el("h2", {}, "Decide"), el("span", { class: "hint" }, "ranks the selected members of the front; the smallest merit is best")),
      this.settings, this.list);
    this.shape = "";
  }

  paint(dragging) {
    if (this.element.offsetParent === null) return;
    const shape = JSON.stringify([state.method, state.rankRun]);
    if (shape !== this.shape) this.build(shape);
    this.showSettings();
    if (!dragging || frontOf(state.rankRun).rows.length < 3000) this.showList();
  }

  build(shape) {
    this.shape = shape;
    const methods = picker("Method", [["", Object.entries(METHODS)]], state.method, (method) => change({ method }), { "data-key": "method" });
    const run = data.runs.length > 1 ? picker("Front of", [["", data.runs.map((r, i) => [String(i), `${i + 1}: ${r.name} ${r.folder}`])]], String(state.rankRun), (i) => change({ rankRun: Number(i) })) : null;
    this.sliders = [];
    this.levels = [];
    const rows = WEIGHTED.includes(state.method) ? objectives.map((column, k) => this.weightRow(column, k)) : [];
    const actions = [
      button("Copy select command", () => copy(this.command(), "Command")),
      button("Select the best", () => this.best !== undefined && change({ selected: this.best })),
      button("Pin the best", () => this.best !== undefined && !state.pins.includes(this.best) && togglePin(this.best)),
    ];
    this.settings.replaceChildren(el("div", { class: "controls" }, el("label", {}, "Method ", methods), run ? el("label", {}, "Front of ", run) : null, ...actions),
      el("p", { class: "hint" }, EXPLAINED[state.method]), ...rows);
  }

  weightRow(column, k) {
    const set = (value, dragging) => change({ weights: state.weights.map((w, i) => (i === k ? value : w)) }, { dragging });
    const slider = el("input", { type: "range", min: 0, max: 1, step: 0.01, "aria-label": `Weight of ${column.label}`, "data-weight": column.name,
      on: { input: () => set(Number(slider.value), true), change: () => set(Number(slider.value), false) } });
    const share = el("output", {});
    this.sliders.push([slider, share]);
    let level = null;
    if (state.method === "asf") {
      level = el("input", { type: "text", inputMode: "decimal", placeholder: "best on the front", "aria-label": `Level hoped for in ${column.title}`,
        on: { change: () => {
          const value = level.value.trim() === "" ? null : Number(level.value.replace(/,/g, ""));
          const bad = value !== null && (!Number.isFinite(value) || (column.log && value <= 0));
          level.setAttribute("aria-invalid", String(bad));
          if (!bad) change({ aspirations: state.aspirations.map((a, i) => (i === k ? value : a)) });
        } } });
      this.levels.push(level);
    }
    return el("div", { class: "weight" }, el("span", {}, column.label), slider, share,
      level ? el("label", {}, "hope for ", level, ` ${column.unit}`) : null);
  }

  showSettings() {
    const parts = shares(state.weights);
    this.sliders.forEach(([slider, share], k) => {
      if (Number(slider.value) !== state.weights[k]) slider.value = state.weights[k];
      share.textContent = `${(100 * parts[k]).toFixed(0)} %`;
    });
    this.levels.forEach((level, k) => {
      if (document.activeElement !== level) level.value = state.aspirations[k] ?? "";
    });
  }

  showList() {
    const ranked = ranking(state, (row) => mask[row]);
    this.best = ranked.length ? ranked[0].row : undefined;
    if (!ranked.length) {
      this.list.replaceChildren(el("p", { class: "hint" }, "No member of this front is selected; loosen the filters."));
      return;
    }
    const { aims, values } = frontOf(state.rankRun);
    const varying = telling(scalers(values, aims));
    const same = aims.filter((_, k) => !varying[k]).map((aim) => inSentence(aim.label));
    const head = el("tr", {}, el("td", {}), ...["Design", "Merit"].map((text) => el("th", {}, text)),
      ...aims.map((aim) => el("th", {}, aim.label, el("small", {}, aim.unit))), el("th", {}, "Pseudo-weights", el("small", {}, "%")));
    const rows = ranked.slice(0, SHOWN).map(({ row, merit, pseudo }, place) => el("tr", {
      class: row === state.selected ? "chosen" : "", "data-rank": place + 1, "data-id": idOf(row), "data-merit": merit, on: { click: () => change({ selected: row }) },
    }, el("td", {}, this.pin(row)), el("td", { class: "id" }, idOf(row)), el("td", {}, number(merit)),
    ...aims.map((aim) => el("td", {}, aim.text(row))), el("td", {}, pseudo.map((w) => Math.round(100 * w)).join(" / "))));
    this.list.replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)),
      el("p", { class: "hint" }, `Best: ${idOf(this.best)}, ${aims.map((aim) => `${inSentence(aim.label)} ${quantity(aim, this.best)}`).join(", ")}. `
        + `${ranked.length} of ${frontOf(state.rankRun).rows.length} members considered.${same.length ? ` Left out, equal on the whole front: ${same.join(", ")}.` : ""}`));
  }

  pin(row) {
    const at = state.pins.indexOf(row);
    return button(at >= 0 ? "ABCDEF"[at] : "◇", (event) => { event.stopPropagation(); togglePin(row); }, { class: "pin", "aria-label": `Pin ${idOf(row)}`, "aria-pressed": String(at >= 0) });
  }

  command() {
    const run = data.runs[state.rankRun];
    const parts = [`heliofront select ${run.path} --method ${state.method}`];
    const pairs = (values) => objectives.map((c, k) => [c, values[k]]).filter(([c, v]) => v !== null && run.objectives.includes(c.name))
      .map(([c, v]) => `${c.name.replace(/^output\./, "")}=${v}`).join(",");
    if (WEIGHTED.includes(state.method)) parts.push(`--weights ${pairs(state.weights)}`);
    if (state.method === "asf" && state.aspirations.some((a) => a !== null)) parts.push(`--aspire ${pairs(state.aspirations)}`);
    return parts.join(" ");
  }
}
