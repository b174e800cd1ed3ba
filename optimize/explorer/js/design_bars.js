import {
  designNode, designNumber, designPicture, designQuantity, designShortUnit, designText,
  designTextWidth,
} from "./design_svg.js";

// Breakdowns: what a design weighs and costs, and how far it is from its limits.

const DESIGN_ROW = 21;
const DESIGN_SMALL = 0.005; // of a total; smaller items are drawn as one

function designItems(breakdown) {
  const total = Math.abs(breakdown.total);
  const items = [...breakdown.items].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const large = items.filter((item) => Math.abs(item[1]) >= DESIGN_SMALL * total);
  const rest = items.slice(large.length).reduce((sum, item) => sum + item[1], 0);
  return large.length < items.length ? [...large, ["others", rest]] : large;
}

function designShare(share) {
  return Math.abs(share) < 0.001 ? "< 0.1 %" : `${designNumber(100 * share, 2)} %`;
}

/** Draw the items of a breakdown, each from where the one before ended, and their total. */
export function designWaterfall(breakdown, width, colours, { cascade = true } = {}) {
  const items = designItems(breakdown);
  const rows = [...items, ["total", breakdown.total]];
  const gutter = Math.min(Math.max(...rows.map((row) => designTextWidth(row[0]))) + 8, 0.42 * width);
  const [divisor, unit] = designShortUnit(breakdown.total, breakdown.unit);
  const values = rows.map((row) => designNumber(row[1] / divisor));
  const beside = rows.map(([, value], at) => {
    const isTotal = at === rows.length - 1 || !breakdown.total;
    return isTotal ? values[at] : `${values[at]} · ${designShare(value / breakdown.total)}`;
  });
  const tail = Math.max(...beside.map((text) => designTextWidth(text, 11))) + 8;
  let start = 0;
  const spans = items.map(([, value]) => {
    const from = cascade ? start : 0;
    start += value;
    return [from, from + value];
  });
  spans.push([0, breakdown.total]);
  const reach = Math.max(...spans.flat(), 1e-300);
  const low = Math.min(0, ...spans.flat());
  const x = (value) => gutter + ((width - gutter - tail) * (value - low)) / (reach - low);
  const children = rows.flatMap(([name, value], at) => {
    const [from, to] = spans[at];
    const y = at * DESIGN_ROW;
    const last = at === rows.length - 1;
    const fill = last ? colours.muted : colours.accents[value < 0 ? 1 : 0];
    return [
      designText(gutter - 6, y + 15, name, { fill: colours.ink, anchor: "end", bold: last }),
      designNode("rect", {
        x: x(Math.min(from, to)), y: y + 4, width: Math.max(x(Math.max(from, to)) - x(Math.min(from, to)), 1),
        height: DESIGN_ROW - 7, fill,
      }),
      designText(x(Math.max(from, to)) + 5, y + 15, beside[at], { fill: colours.muted, size: 11 }),
    ];
  });
  const label = `${breakdown.title} in ${unit}: ${rows.map((row, at) => `${row[0]} ${values[at]}`).join(", ")}`;
  return designPicture(width, rows.length * DESIGN_ROW + 4, label, children);
}

/** Draw how much room each limit leaves, in per cent of the limit; what breaks one is marked. */
export function designMargins(margins, width, colours) {
  const gutter = Math.min(Math.max(...margins.map((row) => designTextWidth(row[0]))) + 8, 0.45 * width);
  const tail = 66;
  const clip = (value) => Math.max(-1, Math.min(1, value));
  const low = Math.min(0, ...margins.map((row) => clip(row[4])));
  const x = (value) => gutter + ((width - gutter - tail) * (value - low)) / (1 - low);
  const children = [...margins].sort((a, b) => a[4] - b[4]).flatMap((row, at) => {
    const [name, value, limit, unit, margin] = row;
    const y = at * DESIGN_ROW;
    const end = clip(margin);
    const fill = margin < 0 ? colours.accents[1] : margin < 0.02 ? colours.accents[2] : colours.accents[3];
    const bar = designNode("rect", {
      x: Math.min(x(0), x(end)), y: y + 4, width: Math.max(Math.abs(x(end) - x(0)), 2),
      height: DESIGN_ROW - 7, fill,
    });
    const hint = designNode("title");
    hint.textContent = `${name}: ${designQuantity(value, unit)}, limit ${designQuantity(limit, unit)}`;
    bar.append(hint);
    const per = `${designNumber(100 * margin, 2)} %`;
    return [
      designText(gutter - 6, y + 15, name, { fill: colours.ink, anchor: "end" }),
      bar,
      designText(Math.max(x(end), x(0)) + 5, y + 15, per, { fill: colours.muted, size: 11 }),
    ];
  });
  children.push(designNode("path", {
    d: `M${x(0)},0V${margins.length * DESIGN_ROW}`, stroke: colours.ink, "stroke-width": 1,
  }));
  const label = `Margins: ${margins.map((r) => `${r[0]} ${designNumber(100 * r[4], 2)} %`).join(", ")}`;
  return designPicture(width, margins.length * DESIGN_ROW + 4, label, children);
}
