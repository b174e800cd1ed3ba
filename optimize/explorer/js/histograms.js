// How often values occur: all designs that take part in grey, the selected ones in colour.
import { choiceText, columns, n } from "./data.js";
import { el } from "./dom.js";
import { base, counts, mask, scaleOf, ticksOf, versions } from "./model.js";
import { category, hexOf, theme } from "./paint.js";
import { Plot, tickText } from "./plot.js";
import { setFilter, state } from "./state.js";
import { drawRows, fittingSize, titleLines, wrapped } from "./symbols.js";

const BINS = 30;
const binCache = new Map();

function binsOf(column) {
  const key = `${versions.base} ${versions.mask} ${state.scales[column.name]}`;
  const cached = binCache.get(column.name);
  if (cached && cached.key === key) return cached;
  const count = column.kind === "choice" ? column.choices.length : BINS;
  const [all, selected] = [new Uint32Array(count), new Uint32Array(count)];
  const scale = scaleOf(column);
  const values = column.values;
  let blank = 0;
  for (let i = 0; i < n; i++) {
    if (!base[i]) continue;
    const bin = Math.floor(scale.to(values[i]) * count);
    if (bin >= 0 && bin < count) {
      all[bin]++;
      selected[bin] += mask[i];
    } else if (mask[i]) blank++;
  }
  const bins = { key, all, selected, blank };
  binCache.set(column.name, bins);
  return bins;
}

export function drawBars(pen, column, box) {
  const { all, selected, blank } = binsOf(column);
  const most = Math.max(1, ...all);
  const width = box.width / all.length;
  const height = (count) => (count ? Math.max(1, (count / most) * box.height) : 0);
  all.forEach((count, i) => {
    const left = box.left + i * width;
    const gap = column.kind === "choice" ? Math.min(4, width * 0.15) : 0.5;
    pen.fillStyle = theme.line;
    pen.fillRect(left + gap, box.top + box.height - height(count), width - 2 * gap, height(count));
    pen.fillStyle = column.kind === "choice" && state.colour === column.name ? hexOf(category(i)) : theme.mark;
    const part = height(selected[i]);
    pen.fillRect(left + gap, box.top + box.height - part, width - 2 * gap, part);
  });
  const scale = scaleOf(column);
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = theme.soft;
  pen.textBaseline = "top";
  pen.textAlign = "center";
  if (column.kind === "choice") {
    column.choices.forEach((choice, code) => drawChoice(pen, choiceText(choice), box.left + (code + 0.5) * width, box.top + box.height + 4, width));
  } else {
    for (const value of ticksOf(scale, Math.max(2, Math.round(box.width / 62)))) {
      pen.fillText(tickText(value, column), box.left + scale.to(value) * box.width, box.top + box.height + 4);
    }
  }
  pen.textAlign = "right";
  pen.fillText(`${blank ? `${blank} blank · ` : ""}${most}`, box.left + box.width, box.top - 13);
}

// The name of a choice below its bar, over several lines and smaller where bars are narrow.
function drawChoice(pen, choice, x, y, width) {
  const { font } = pen;
  pen.font = fittingSize(pen, choice, width - 3, [11, 10, 9, 8, 7]);
  drawRows(pen, wrapped(pen, choice, width - 3), x, y, 11);
  pen.font = font;
}

export function makeHistograms() {
  const shown = () => columns.filter((c) => c.varies && (!c.ofFrontOnly || state.filters[c.name]) && c.role !== "constraint");
  const boxes = [];
  const plot = new Plot({
    name: "histograms", title: "Histograms", height: 600,
    describe: () => `Histograms of ${shown().length} columns: ${counts.selected} of ${counts.base} designs selected.`,
    controls: [el("span", { class: "hint" }, "grey: all shown designs; colour: selected. Drag to filter")],
    draw(pen, w) {
      boxes.length = 0;
      const { across, cell } = layout(w);
      shown().forEach((column, i) => {
        const [left, top] = [(i % across) * cell, Math.floor(i / across) * 182];
        const box = { left: left + 12, top: top + 36, width: cell - 24, height: 92, column };
        boxes.push(box);
        pen.font = "bold 12px system-ui, sans-serif";
        pen.fillStyle = theme.ink;
        pen.textAlign = "left";
        pen.textBaseline = "top";
        drawRows(pen, titleLines(pen, column, cell - 24), left + 12, top + 4, 13);
        drawBars(pen, column, box);
        drawRanges(pen, column, box);
      });
    },
  });
  const layout = (w) => {
    const across = Math.max(1, Math.floor(w / 290));
    return { across, cell: w / across };
  };
  const paint = plot.paint.bind(plot);
  plot.paint = (dragging) => {
    const rows = Math.ceil(shown().length / layout(plot.width || 900).across);
    if (plot.height !== rows * 182 + 8) plot.resize(rows * 182 + 8);
    paint(dragging);
  };
  brushBars(plot.canvas, boxes);
  return plot;
}

function drawRanges(pen, column, box) {
  const filter = state.filters[column.name];
  if (!filter || !filter.ranges) return;
  const scale = scaleOf(column);
  pen.strokeStyle = theme.accent;
  pen.lineWidth = 1.5;
  for (const range of filter.ranges) {
    const [low, high] = range.map((value, i) => (value === null ? i : Math.max(0, Math.min(1, scale.to(value)))));
    pen.beginPath();
    pen.rect(box.left + low * box.width, box.top, (high - low) * box.width, box.height);
    pen.stroke();
  }
}

function brushBars(canvas, boxes) {
  let drag = null;
  const at = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  const apply = (x, dragging) => {
    const { box, from } = drag;
    const [low, high] = [from, x].map((value) => Math.max(0, Math.min(1, (value - box.left) / box.width))).sort((a, b) => a - b);
    const scale = scaleOf(box.column);
    if (box.column.kind === "choice") {
      const codes = box.column.choices.map((_, code) => code).filter((code) => scale.to(code + 0.5) > low && scale.to(code - 0.5) < high);
      setFilter(box.column.name, { codes }, { dragging });
    } else setFilter(box.column.name, { ranges: [[scale.from(low), scale.from(high)].map((v) => Number(v.toPrecision(4)))] }, { dragging });
  };
  canvas.addEventListener("pointerdown", (event) => {
    const [x, y] = at(event);
    const box = boxes.find((b) => x >= b.left && x <= b.left + b.width && y >= b.top && y <= b.top + b.height);
    if (!box) return;
    drag = { box, from: x, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [x] = at(event);
    if (Math.abs(x - drag.from) > 3) drag.moved = true;
    if (drag.moved) apply(x, true);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!drag) return;
    if (drag.moved || drag.box.column.kind === "choice") apply(at(event)[0], false);
    else setFilter(drag.box.column.name, null);
    drag = null;
  });
  canvas.addEventListener("pointercancel", () => { drag = null; });
}
