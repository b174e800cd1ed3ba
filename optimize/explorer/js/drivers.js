// What drives the objectives: rank correlation on the front, and how the selection narrows variables.
import { choiceText, memberRows, objectives, ofRole } from "./data.js";
import { onFront } from "./joined.js";
import { el } from "./dom.js";
import { base, counts, mask, scaleOf } from "./model.js";
import { theme } from "./paint.js";
import { tickText } from "./plot.js";

const LEAST = 5;

// Ranks from 1, of equal values their mean.
export function ranks(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const meanRanks = new Array(values.length);
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && values[order[j]] === values[order[i]]) j++;
    for (let k = i; k < j; k++) meanRanks[order[k]] = (i + j + 1) / 2;
    i = j;
  }
  return meanRanks;
}

// Spearman's rank correlation of the pairs that are both numbers; NaN where one does not vary.
export function spearman(a, b) {
  const rows = a.map((_, i) => i).filter((i) => Number.isFinite(a[i]) && Number.isFinite(b[i]));
  if (rows.length < LEAST) return NaN;
  const [x, y] = [ranks(rows.map((i) => a[i])), ranks(rows.map((i) => b[i]))];
  const mean = (rows.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < rows.length; i++) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) ** 2;
    yy += (y[i] - mean) ** 2;
  }
  return xx && yy ? xy / Math.sqrt(xx * yy) : NaN;
}

// The extent of a column over some rows, as shares of its axis; null where there is no number.
function extent(column, admitted) {
  const scale = scaleOf(column);
  let [low, high] = [Infinity, -Infinity];
  column.values.forEach((value, i) => {
    if (!admitted[i] || value - value !== 0) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  });
  return low > high ? null : { low, high, from: scale.to(low), to: scale.to(high) };
}

export class Drivers {
  constructor() {
    this.place = el("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": "Drivers, table" });
    this.element = el("section", { class: "card drivers", "aria-label": "What drives this" },
      el("header", {}, el("h2", {}, "What drives this"), this.hint = el("span", { class: "hint" })), this.place);
  }

  paint(dragging) {
    if (this.element.offsetParent === null || dragging) return;
    const rows = memberRows.filter((row) => mask[row] && onFront(row));
    this.hint.textContent = `Spearman's rank correlation on the ${rows.length} selected members of the front; and where the ${counts.selected} selected designs lie within all ${counts.base} shown`;
    const variables = ofRole("variable").filter((column) => column.varies);
    const head = el("tr", {}, el("th", {}, "Variable"), ...objectives.map((c) => el("th", {}, c.label, el("small", {}, "ρ"))), el("th", {}, "Range of the selection"), el("th", {}, "Kept"));
    const numbers = (column) => rows.map((row) => column.at(row));
    const lines = variables.map((column) => {
      const values = column.kind === "choice" ? null : numbers(column);
      const cells = objectives.map((aim) => (values ? this.cell(spearman(values, numbers(aim)), column, aim) : el("td", { class: "hint" }, "choice")));
      const strongest = values ? Math.max(0, ...objectives.map((aim) => Math.abs(spearman(values, numbers(aim))) || 0)) : -1;
      return { strongest, line: el("tr", {}, el("th", { title: column.description }, column.title), ...cells, ...this.narrowing(column)) };
    });
    lines.sort((a, b) => b.strongest - a.strongest);
    this.place.replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, ...lines.map(({ line }) => line))));
  }

  cell(rho, column, aim) {
    if (Number.isNaN(rho)) return el("td", { class: "hint", title: "does not vary, or fewer than five designs" }, "–");
    const cell = el("td", { class: "rho", title: `${column.label} and ${aim.label}`, "data-rho": `${column.name}:${aim.name}` }, rho.toFixed(2).replace("-", "−"));
    const strength = Math.round(Math.abs(rho) * 70);
    cell.style.background = `color-mix(in srgb, ${rho > 0 ? "#D55E00" : "#0072B2"} ${strength}%, ${theme.card})`;
    return cell;
  }

  narrowing(column) {
    if (column.kind === "choice") {
      const open = (admitted) => column.choices.filter((_, code) => column.values.some((value, i) => admitted[i] && value === code));
      const [all, selected] = [open(base), open(mask)];
      return [el("td", {}, selected.map(choiceText).join(", ") || "–"), el("td", {}, `${selected.length} of ${all.length}`)];
    }
    const [all, selected] = [extent(column, base), extent(column, mask)];
    if (!all || !selected) return [el("td", { class: "hint" }, "blank"), el("td", {}, "–")];
    const bar = el("div", { class: "span" }, el("i", {}));
    bar.firstChild.style.left = `${100 * selected.from}%`;
    bar.firstChild.style.width = `${Math.max(1, 100 * (selected.to - selected.from))}%`;
    const share = all.to > all.from ? (selected.to - selected.from) / (all.to - all.from) : 1;
    return [el("td", {}, bar, el("small", {}, `${tickText(selected.low, column)} to ${tickText(selected.high, column)} ${column.unit}`)), el("td", {}, `${Math.round(100 * share)} %`)];
  }
}

