// The front as a few families of designs: how many each has, and where they lie.
import { byName, familyBy, inSentence, memberRows, objectives } from "./data.js";
import { button, el } from "./dom.js";
import { onFront } from "./joined.js";
import { mask, scaleOf } from "./model.js";
import { category, hexOf } from "./paint.js";
import { tickText } from "./plot.js";
import { change, named, setFilter, state } from "./state.js";

export class Families {
  constructor() {
    this.family = byName.get("family");
    this.body = el("tbody", {});
    this.colour = button("Colour by family", () => change({ colour: state.colour === "family" ? objectives[2]?.name || "" : "family" }), { "data-key": "by-family" });
    const by = familyBy.map((column) => inSentence(column.label)).join(" and ");
    const heads = ["", "Family", "Designs", ...objectives.map((aim) => [aim.label, el("small", {}, aim.unit)]), "Named designs"];
    this.element = el("section", { class: "card families", "aria-label": "Families", hidden: !this.family },
      el("header", {}, el("h2", {}, "Families"), el("span", { class: "hint" }, `the front by ${by}; click one to see only its designs`), this.colour),
      el("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": "Families, table" }, el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((head) => (head ? el("th", {}, head) : el("td", {}))))), this.body)));
  }

  paint(dragging) {
    if (!this.family || dragging || this.element.offsetParent === null) return;
    this.colour.setAttribute("aria-pressed", String(state.colour === "family"));
    const open = state.filters.family?.codes || [];
    const codes = this.family.values;
    const members = memberRows.filter(onFront);
    const focus = document.activeElement?.dataset.family;
    this.body.replaceChildren(...this.family.choices.map((name, code) => {
      const rows = members.filter((row) => codes[row] === code);
      return rows.length ? this.line(name, code, rows, open) : "";
    }));
    if (focus) this.body.querySelector(`[data-family="${focus}"]`)?.focus();
  }

  line(name, code, rows, open) {
    const swatch = el("i", { class: "swatch" });
    swatch.style.background = hexOf(category(code));
    const toggle = () => setFilter("family", open.includes(code) ? null : { codes: [code] });
    const titles = named.filter(({ row }) => this.family.values[row] === code).map(({ title }) => title).join(", ");
    const inside = rows.filter((row) => mask[row]).length;
    return el("tr", { class: open.includes(code) ? "chosen" : "" }, el("td", {}, swatch),
      el("th", { scope: "row" }, button(name, toggle, { class: "link", "data-family": code, "aria-pressed": String(open.includes(code)) })),
      el("td", {}, inside === rows.length ? String(rows.length) : `${inside} of ${rows.length}`),
      ...objectives.map((aim) => this.span(aim, rows)), el("td", { class: "titles" }, titles));
  }

  span(aim, rows) {
    const values = rows.map((row) => aim.at(row));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const scale = scaleOf(aim);
    const bar = el("div", { class: "span" }, el("i", {}));
    bar.firstChild.style.left = `${100 * scale.to(low)}%`;
    bar.firstChild.style.width = `${Math.max(1, 100 * (scale.to(high) - scale.to(low)))}%`;
    return el("td", {}, bar, el("small", {}, `${tickText(low, aim)} to ${tickText(high, aim)}`));
  }
}
