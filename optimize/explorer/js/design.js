import { designMargins, designWaterfall } from "./design_bars.js";
import { designDose, designOrbit } from "./design_charts.js";
import { designFlow } from "./design_flow.js";
import { designBay, designSatellite } from "./design_satellite.js";
import { designColours, designNumber, designQuantity, designShortUnit, designTag } from "./design_svg.js";

// One design in drawings: the satellite itself, what it weighs and costs, its flows, dose and orbit.

const designShown = new WeakMap();
const DESIGN_GAP = 24;

/**
 * Draw a design into a container, and again whenever the container's width changes.
 *
 * `detail` comes from optimize/designs/details.py; `options.theme` is "light" or "dark";
 * `options.tables` false leaves out the key numbers and variables, for a page that has them.
 */
export function drawDesign(container, detail, options = {}) {
  designShown.get(container)?.disconnect();
  let drawn = 0;
  const draw = () => {
    const width = Math.floor(container.clientWidth);
    if (!width || width === drawn) return;
    drawn = width;
    container.replaceChildren(designSheet(detail, width, designColours(options.theme), options));
  };
  draw();
  if (!drawn) container.replaceChildren();
  const watcher = new ResizeObserver(draw);
  watcher.observe(container);
  designShown.set(container, watcher);
}

function designSheet(detail, width, colours, { tables = true }) {
  const columns = width >= 1000 ? 3 : width >= 640 ? 2 : 1;
  const column = (width - (columns - 1) * DESIGN_GAP) / columns;
  const wide = columns > 1 ? 2 * column + DESIGN_GAP : column;
  const sheet = designTag("div");
  sheet.className = "design-sheet";
  Object.assign(sheet.style, {
    display: "grid", gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
    gap: `${DESIGN_GAP}px`, alignItems: "start",
  });
  sheet.append(designHeading(detail));
  const add = (title, picture, { note = "", double = false } = {}) => {
    const figure = designTag("figure", "", [designCaption(title), picture]);
    figure.className = "design-figure";
    figure.style.margin = "0";
    if (double && columns > 1) figure.style.gridColumn = "span 2";
    if (note) figure.append(designSmall(note, colours));
    sheet.append(figure);
  };
  const g = detail.geometry;
  if (g) add("Satellite, to scale", designSatellite(g, wide, colours), { note: g.note, double: true });
  if (g) add("Compute bay", designBay(g.bay, column, colours));
  if (detail.orbit) add("Orbit, to scale", designOrbit(detail.orbit, column, colours));
  for (const breakdown of detail.breakdowns) {
    const cascade = breakdown.name !== "mass";
    add(`${breakdown.title} [${designShortUnit(breakdown.total, breakdown.unit)[1]}]`, designWaterfall(breakdown, column, colours, { cascade }));
  }
  for (const [name, title] of [["power", "Power"], ["heat", "Heat"]]) {
    const flow = detail[name];
    if (flow) add(title, designFlow(flow, wide, colours, title), { note: flow.note, double: true });
  }
  if (detail.dose) add("Dose over the life [krad]", designDose(detail.dose, column, colours));
  if (detail.margins.length) {
    add("Margins", designMargins(detail.margins, column, colours), { note: "Room left, as a share of the limit or of its scale." });
  }
  sheet.style.gridAutoFlow = "row dense";
  if (!tables) return sheet;
  add("Key numbers", designTable(detail.numbers.map(([name, value, unit]) => (
    [name, unit === "W" || unit === "USD" ? designQuantity(value, unit) : `${designNumber(value, 4)} ${unit}`])), colours));
  add("Variables", designTable(detail.variables.map(([name, value, unit]) => (
    [name, `${value} ${unit}`])), colours));
  return sheet;
}

function designHeading(detail) {
  const heading = designTag("h3", detail.title ? `${detail.title}: design ${detail.id}` : `Design ${detail.id}`);
  Object.assign(heading.style, { gridColumn: "1 / -1", margin: "0" });
  return heading;
}

function designCaption(title) {
  const caption = designTag("figcaption", title);
  Object.assign(caption.style, { fontWeight: "600", marginBottom: "6px" });
  return caption;
}

function designSmall(text, colours) {
  const small = designTag("small", text);
  Object.assign(small.style, { display: "block", color: colours.muted, marginTop: "4px" });
  return small;
}

function designTable(rows, colours) {
  const table = designTag("table");
  Object.assign(table.style, { width: "100%", borderCollapse: "collapse", fontSize: "12px" });
  for (const [name, value] of rows) {
    const head = designTag("th", name);
    head.scope = "row";
    Object.assign(head.style, { textAlign: "left", fontWeight: "400", padding: "2px 8px 2px 0" });
    const cell = designTag("td", value.trim().replaceAll("_", " "));
    Object.assign(cell.style, { textAlign: "right", padding: "2px 0", fontVariantNumeric: "tabular-nums" });
    const row = designTag("tr", "", [head, cell]);
    row.style.borderBottom = `1px solid ${colours.line}`;
    table.append(row);
  }
  return table;
}
