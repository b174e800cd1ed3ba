// Parallel coordinates: one axis a column, one line a design; every axis takes several brushes.
import { byName, choiceText, n } from "./data.js";
import { button, el, picker } from "./dom.js";
import { base, counts, mask, positions, scaleOf, ticksOf, versions } from "./model.js";
import { hexOf, packHex, paletteOf, Pixels, theme } from "./paint.js";
import { Plot, tickText } from "./plot.js";
import { columnOptions } from "./scatter.js";
import { change, setFilter, state } from "./state.js";
import { drawRows, fittingSize, wrapped } from "./symbols.js";

const LINES = 1500; // up to here designs are lines with their colour, beyond it a density
const WHILE_DRAGGING = 4000;
const AT_REST = 40000;
const TOP = 84;
const BOTTOM = 14;
const LEAST_GAP = 60;

export function makeParallel(height) {
  const view = { key: "" };
  const add = picker("Add an axis", [["", [["", "add axis…"]]], ...columnOptions()], "", (name) => {
    add.value = "";
    if (name && !state.axes.includes(name)) change({ axes: [...state.axes, name] });
  });
  const plot = new Plot({
    name: "parallel", title: "Parallel coordinates", height,
    controls: [el("div", { class: "controls" }, add, el("span", { class: "hint" },
      "drag on an axis: brush, with Shift one more; drag its name: move; click its name: menu"))],
    describe: () => `Parallel coordinates of ${state.axes.map((name) => byName.get(name).label).join(", ")}: ${counts.selected} designs selected.`,
    draw(pen, w, h, options) {
      layOut(view, w, h, options.sharp);
      if (counts.selected <= LINES && !(options.dragging && counts.base > 60000)) drawLines(pen, view);
      else drawDensity(pen, view, options);
      drawAxes(pen, view, h);
    },
  });
  const paint = plot.paint.bind(plot);
  plot.paint = (dragging) => {
    plot.canvas.style.minWidth = `${104 + LEAST_GAP * (state.axes.length - 1)}px`;
    paint(dragging);
  };
  const menu = el("div", { class: "menu", hidden: true, role: "menu" });
  plot.element.append(menu);
  workAxes(plot, view, menu);
  return plot;
}

function layOut(view, w, h, sharp) {
  const columns = state.axes.map((name) => byName.get(name));
  const key = [state.axes, state.flips, JSON.stringify(state.scales), w, h, sharp, versions.base].join();
  if (view.key === key) return;
  const gap = columns.length > 1 ? (w - 104) / (columns.length - 1) : 0;
  const steps = Math.round(h - TOP - BOTTOM);
  Object.assign(view, {
    key, columns, sharp, steps, w, h,
    x: columns.map((_, i) => 40 + i * gap), gap,
    at: columns.map((column) => {
      const places = positions(column, steps);
      if (!state.flips.includes(column.name)) for (let i = 0; i < n; i++) if (places[i] >= 0) places[i] = steps - places[i];
      return places;
    }),
  });
}

function drawLines(pen, view) {
  const colours = paletteOf();
  const groups = new Map();
  for (let i = 0; i < n; i++) if (mask[i]) {
    if (!groups.has(colours[i])) groups.set(colours[i], []);
    groups.get(colours[i]).push(i);
  }
  pen.lineWidth = counts.selected > 300 ? 0.8 : 1.2;
  pen.globalAlpha = counts.selected > 600 ? 0.35 : counts.selected > 100 ? 0.6 : 0.9;
  for (const [colour, rows] of groups) {
    pen.strokeStyle = hexOf(colour);
    pen.beginPath();
    for (const row of rows) linePath(pen, view, row);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  for (const row of [...state.pins, state.selected]) {
    if (row === null || !base[row]) continue;
    pen.strokeStyle = theme.ink;
    pen.lineWidth = 2;
    pen.beginPath();
    linePath(pen, view, row);
    pen.stroke();
  }
}

function linePath(pen, view, row) {
  let open = false;
  view.at.forEach((at, k) => {
    if (at[row] < 0) open = false;
    else if (open) pen.lineTo(view.x[k], TOP + at[row]);
    else {
      pen.moveTo(view.x[k], TOP + at[row]);
      open = true;
    }
  });
}

// Lines accumulated as counts, one addition a pixel column; a share of them while dragging.
function drawDensity(pen, view, { dragging }) {
  const steps = view.steps + 1;
  const width = Math.max(1, Math.round(view.x[view.x.length - 1] - view.x[0]) + 1);
  const sums = new Float32Array(width * steps);
  const stride = Math.max(1, Math.ceil(counts.selected / (dragging ? WHILE_DRAGGING : AT_REST)));
  const rows = new Int32Array(Math.ceil(counts.selected / stride));
  let [seen, drawn] = [0, 0];
  for (let i = 0; i < n; i++) if (mask[i] && seen++ % stride === 0) rows[drawn++] = i;
  for (let k = 0; k + 1 < view.at.length; k++) {
    const [left, right] = [view.at[k], view.at[k + 1]];
    const from = Math.round(view.x[k] - view.x[0]);
    const span = Math.round(view.x[k + 1] - view.x[0]) - from;
    for (let r = 0; r < drawn; r++) {
      const [a, b] = [left[rows[r]], right[rows[r]]];
      if (a < 0 || b < 0) continue;
      const slope = (b - a) / span;
      let y = a + 0.5;
      for (let at = from, end = from + span; at < end; at++, y += slope) sums[at * steps + (y | 0)]++;
    }
  }
  const pixels = view.pixels && view.pixels.width === width && view.pixels.height === steps ? view.pixels : new Pixels(width, steps);
  view.pixels = pixels;
  shade(pixels, sums, steps, width, drawn);
  pen.drawImage(pixels.finish(), view.x[0], TOP, width, steps);
}

function shade(pixels, sums, steps, width, drawn) {
  const top = Math.log(1 + Math.max(4, drawn / 12));
  const colour = packHex(theme.mark) & 0xffffff;
  const alphas = Uint32Array.from({ length: 512 }, (_, count) =>
    ((Math.round(255 * Math.min(1, 0.06 + (0.94 * Math.log(1 + count)) / top)) << 24) | colour) >>> 0);
  alphas[0] = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < steps; y++) pixels.words[y * width + x] = alphas[Math.min(511, sums[x * steps + y])];
  }
}

function drawAxes(pen, view, h) {
  const bottom = h - BOTTOM;
  view.columns.forEach((column, k) => {
    const x = view.x[k];
    const scale = scaleOf(column);
    const flipped = state.flips.includes(column.name);
    const yOf = (value) => TOP + (flipped ? scale.to(value) : 1 - scale.to(value)) * view.steps;
    pen.strokeStyle = theme.soft;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x, TOP);
    pen.lineTo(x, bottom);
    pen.stroke();
    pen.font = "10px system-ui, sans-serif";
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    const marks = column.kind === "choice" ? column.choices.map((_, code) => code) : ticksOf(scale, 5);
    for (const value of marks) {
      const room = k === view.columns.length - 1 ? 58 : Math.max(view.gap - 8, 26);
      const lines = column.kind === "choice" ? wrapped(pen, choiceText(column.choices[value]), room, 3) : [tickText(value, column)];
      const top = yOf(value) - 5.5 * (lines.length - 1);
      pen.globalAlpha = 0.75;
      pen.fillStyle = theme.card;
      const wide = Math.max(...lines.map((line) => pen.measureText(line).width)) + 3;
      pen.fillRect(x + 3, top - 6, wide, 11 * lines.length + 1);
      pen.globalAlpha = 1;
      pen.fillStyle = theme.ink;
      drawRows(pen, lines, x + 4, top, 11);
    }
    drawName(pen, column, x, view, k, flipped);
    drawBrushes(pen, column, x, yOf);
  });
}

function drawName(pen, column, x, view, k, flipped) {
  pen.fillStyle = theme.ink;
  const edge = k === 0 ? "left" : k === view.columns.length - 1 ? "right" : "center";
  pen.textAlign = edge;
  const start = edge === "left" ? x - 40 : edge === "right" ? x + 62 : x;
  const width = Math.max(view.gap - 6, 30);
  const unit = `${column.unit}${scaleOf(column).log ? " log" : ""}${flipped ? " ⇅" : ""}`.trim();
  pen.font = "bold 11px system-ui, sans-serif";
  pen.font = fittingSize(pen, column.label, width, [11, 10, 9, 8]);
  const lines = wrapped(pen, column.label, width);
  pen.textBaseline = "middle";
  drawRows(pen, lines, start, 8, 12);
  pen.font = "10px system-ui, sans-serif";
  pen.font = fittingSize(pen, unit, width, [10, 9, 8]);
  pen.fillStyle = theme.soft;
  drawRows(pen, wrapped(pen, unit, width, 2), start, 10 + 12 * lines.length, 11);
}

function drawBrushes(pen, column, x, yOf) {
  const filter = state.filters[column.name];
  if (!filter) return;
  const scale = scaleOf(column);
  const spans = filter.ranges ? filter.ranges.map((range) => range.map((value, i) => value ?? [scale.low, scale.high][i]))
    : filter.codes.map((code) => [code - 0.35, code + 0.35]);
  pen.lineWidth = 1.5;
  pen.strokeStyle = theme.accent;
  for (const [low, high] of spans) {
    const [from, to] = [yOf(Math.max(low, scale.low)), yOf(Math.min(high, scale.high))];
    pen.globalAlpha = 0.3;
    pen.fillStyle = theme.accent;
    pen.fillRect(x - 6, Math.min(from, to), 12, Math.abs(to - from));
    pen.globalAlpha = 1;
    pen.beginPath();
    pen.rect(x - 6, Math.min(from, to), 12, Math.abs(to - from));
    pen.stroke();
  }
}

function workAxes(plot, view, menu) {
  const { canvas } = plot;
  let drag = null;
  const where = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  const nearest = (x) => view.x.reduce((best, at, k) => (Math.abs(at - x) < Math.abs(view.x[best] - x) ? k : best), 0);
  canvas.addEventListener("pointerdown", (event) => {
    const [x, y] = where(event);
    const k = nearest(x);
    const far = Math.abs(view.x[k] - x);
    menu.hidden = true;
    if (event.button || (y >= TOP - 8 && far > 16) || far > Math.max(view.gap / 2, 50)) return;
    const column = view.columns[k];
    const old = (event.shiftKey && state.filters[column.name]) || null;
    drag = { k, column, x, y, name: y < TOP - 8, moved: false, old: old ? old.ranges || old.codes : [] };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = where(event);
    canvas.style.cursor = y < TOP - 8 ? "grab" : Math.abs(view.x[nearest(x)] - x) < 16 ? "crosshair" : "default";
    if (!drag) return;
    drag.moved ||= Math.hypot(x - drag.x, y - drag.y) > 4;
    if (drag.moved && !drag.name) brush(y, true);
    if (drag.moved && drag.name) reorder(nearest(x), true);
  });
  const brush = (y, dragging) => {
    const { column, old } = drag;
    const scale = scaleOf(column);
    const share = (at) => Math.max(0, Math.min(1, (at - TOP) / view.steps));
    const up = (at) => (state.flips.includes(column.name) ? share(at) : 1 - share(at));
    const [low, high] = [up(drag.y), up(y)].sort((a, b) => a - b);
    if (column.kind === "choice") {
      const codes = column.choices.map((_, code) => code).filter((code) => scale.to(code + 0.4) > low && scale.to(code - 0.4) < high);
      setFilter(column.name, { codes: [...new Set([...old, ...codes])] }, { dragging });
    } else {
      const range = [scale.from(low), scale.from(high)].map((value) => Number(value.toPrecision(4)));
      setFilter(column.name, { ranges: [...old, range] }, { dragging });
    }
  };
  const reorder = (to, dragging) => {
    const axes = state.axes.filter((name) => name !== drag.column.name);
    axes.splice(to, 0, drag.column.name);
    change({ axes }, { dragging });
  };
  canvas.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const [x, y] = where(event);
    if (drag.name && drag.moved) reorder(nearest(x), false);
    else if (drag.name) openMenu(menu, drag.column, view.x[drag.k], plot.width);
    else if (drag.moved) brush(y, false);
    else setFilter(drag.column.name, null);
    drag = null;
  });
  canvas.addEventListener("pointercancel", () => { drag = null; });
}

function openMenu(menu, column, x, width) {
  const at = state.axes.indexOf(column.name);
  const move = (by) => {
    const axes = [...state.axes];
    axes.splice(at, 1);
    axes.splice(Math.max(0, at + by), 0, column.name);
    change({ axes });
  };
  const toggled = (list) => (list.includes(column.name) ? list.filter((name) => name !== column.name) : [...list, column.name]);
  const entries = [
    ["Flip", () => change({ flips: toggled(state.flips) })],
    [scaleOf(column).log ? "Linear scale" : "Logarithmic scale", () => change({ scales: { ...state.scales, [column.name]: !scaleOf(column).log } })],
    ["Move left", () => move(-1)], ["Move right", () => move(1)],
    ["Clear its filter", () => setFilter(column.name, null)],
    ["Remove axis", () => state.axes.length > 2 && change({ axes: state.axes.filter((name) => name !== column.name) })],
  ].filter(([text]) => column.kind !== "choice" || !text.endsWith("scale"));
  menu.replaceChildren(el("strong", {}, column.title), ...entries.map(([text, action]) => button(text, () => { menu.hidden = true; action(); }, { role: "menuitem" })));
  menu.hidden = false;
  menu.style.left = `${Math.max(4, Math.min(x, width - 190))}px`;
  menu.querySelector("button").focus();
}
