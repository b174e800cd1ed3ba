// Parts of the what-if view: one slider with its number, and the answer of the model as tables.
import { data, difference, number } from "./data.js";
import { button, el, picker } from "./dom.js";

const STEPS = 2000;
const DIGITS = 5;

// A variable or assumption: slider and number field, or a list of choices.
export class Control {
  constructor(slider, changed, drop = null) {
    this.slider = slider;
    this.changed = changed;
    const title = slider.unit ? `${slider.label} [${slider.unit}]` : slider.label;
    const name = el("span", { title: `${slider.name}${slider.description ? `: ${slider.description}` : ""}` }, slider.label, el("small", {}, slider.unit || ""));
    this.back = button("↺", () => this.take(this.base), { class: "pin", title: "As it was", "aria-label": `Reset ${slider.label}` });
    const gone = drop ? button("✕", drop, { class: "pin", "aria-label": `Leave out ${slider.label}` }) : "";
    this.better = el("small", { class: "way" });
    const parts = slider.kind === "choice" ? [this.choice(title)] : [this.range(title), this.field(title)];
    this.element = el("div", { class: `slider ${slider.kind}`, "data-slider": slider.name }, name, ...parts, this.back, gone, this.better);
  }

  choice(title) {
    this.input = picker(title, [["", this.slider.choices.map((text) => [text, text.replaceAll("_", " ")])]], this.slider.value, (value) => this.take(value));
    return this.input;
  }

  range(title) {
    this.input = el("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": title, on: { input: () => this.take(this.valueAt(Number(this.input.value) / STEPS)) } });
    return this.input;
  }

  field(title) {
    this.text = el("input", { type: "text", inputMode: "decimal", "aria-label": `${title}, number`, title: `${number(this.slider.low)} to ${number(this.slider.high)}`,
      on: { change: () => {
        const value = Number(this.text.value.replace(/,/g, ""));
        const good = this.text.value.trim() !== "" && value >= this.slider.low && value <= this.slider.high && (this.slider.kind !== "integer" || Number.isInteger(value));
        this.text.setAttribute("aria-invalid", String(!good));
        if (good) this.take(value);
      } } });
    return this.text;
  }

  valueAt(share) {
    const { low, high, log, kind } = this.slider;
    const value = log ? low * (high / low) ** share : low + share * (high - low);
    const rounded = kind === "integer" ? Math.round(value) : Number(value.toPrecision(DIGITS));
    return Math.min(high, Math.max(low, rounded));
  }

  shareOf(value) {
    const { low, high, log } = this.slider;
    return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  }

  take(value) {
    this.show(value);
    this.changed(value);
  }

  show(value) {
    this.back.style.visibility = value === this.base ? "hidden" : "visible";
    if (this.slider.kind === "choice") {
      this.input.value = value;
      return;
    }
    const at = Math.round(this.shareOf(value) * STEPS);
    if (this.valueAt(Number(this.input.value) / STEPS) !== value) this.input.value = at;
    this.text.value = Number.isInteger(value) ? String(value) : number(value, DIGITS);
    this.text.setAttribute("aria-invalid", "false");
  }

  setBase(value) {
    this.base = value;
    this.show(value);
  }

  // Which way is better for the objective looked at, and by how much it changes.
  setBetter(way) {
    const { kind, low, high, unit, label } = this.slider;
    if (kind === "choice") return;
    const value = Number(this.text.value.replace(/,/g, ""));
    const atEnd = way && (way.up ? value >= high : value <= low);
    this.better.classList.toggle("end", Boolean(atEnd));
    if (!way) {
      this.better.textContent = "";
      return;
    }
    const step = `${way.up ? "+" : "−"}1${way.per === "%" ? " %" : unit && ` ${unit}`}`;
    const change = `${way.up === way.change_pct > 0 ? "+" : "−"}${number(Math.abs(way.change_pct), 2)} %`;
    this.better.textContent = `${way.up ? "▲" : "▼"} ${step}: ${change}${atEnd ? ", at its bound" : ""}`;
    this.better.title = `${way.up ? "More" : "Less"} is better; ${step} of ${label} changes the objective by ${change}`;
  }

  setActive(active) {
    this.element.classList.toggle("idle", !active);
    this.element.title = active ? "" : "without influence on this design";
  }
}

const shift = (now, before, about) => (now === before ? "" : difference(now, before, about, 2) ?? "");

const value = (raw) => (raw === null || raw === undefined ? NaN : raw);

function row(label, unit, now, before, { flag = "", name = "", compared = true } = {}) {
  const about = Object.values(data.live.outputs).find((output) => output.label === label);
  return el("tr", { class: flag, "data-output": name || null }, el("th", {}, label, " ", el("small", {}, unit)), el("td", {}, number(value(before))), el("td", { class: "now" }, number(value(now))),
    el("td", { class: "shift" }, compared ? shift(value(now), value(before), about) : ""));
}

const HEADS = ["before", "now", ""];
const table = (title, rows) => (rows.length
  ? el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, title), ...HEADS.map((text) => el(text ? "th" : "td", {}, text)))), el("tbody", {}, ...rows)) : "");

// Objectives and key numbers, then margins, then, once asked for, every output.
export function showAnswer(status, place, answer, before) {
  const broken = answer.detail.margins.filter(([, , , , margin]) => margin < 0).map(([name]) => name.toLowerCase());
  status.replaceChildren(el("b", {}, answer.feasible ? "✓ Feasible." : `✗ Infeasible: ${broken.join(", ") || "not a number"}.`));
  const was = (list) => new Map(list.map((entry) => [entry[0], entry]));
  const numbers = was(before.detail.numbers);
  const margins = was(before.detail.margins);
  const open = place.querySelector("details")?.open || false;
  const every = el("details", { open }, el("summary", {}, `All ${Object.keys(answer.outputs).length} outputs`));
  const fill = () => every.append(table("Output", Object.entries(answer.outputs).map(([name, now]) => {
    const about = data.live.outputs[name];
    return row(about.label, about.unit, now, before.outputs[name], { name });
  })));
  if (open) fill();
  else every.addEventListener("toggle", fill, { once: true });
  place.replaceChildren(
    table("Key numbers", answer.detail.numbers.map(([label, now, unit]) => row(label, unit, now, numbers.get(label)?.[1]))),
    table("Margins, share of the limit or scale", answer.detail.margins.map(([label, , , , margin]) =>
      row(label, "%", 100 * margin, 100 * value(margins.get(label)?.[4]), { flag: margin < 0 ? "broken" : "", compared: false }))),
    every);
}
