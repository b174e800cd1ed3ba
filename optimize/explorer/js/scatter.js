// Two columns against each other; a box drawn with the mouse filters both.
import { byName, columns, idOf, memberOf, n, objectives, quantity } from "./data.js";
import { onFront } from "./joined.js";
import { el, picker } from "./dom.js";
import { drawLegend } from "./legend.js";
import { base, counts, mask, positions, scaleOf, versions } from "./model.js";
import { drawPicks, hexOf, markRadius, paletteOf, Pixels, radiiOf, stampRows, theme } from "./paint.js";
import { axisTitle, drawFrame, Plot } from "./plot.js";
import { change, state } from "./state.js";

const FEW = 3000;

// Columns to choose from, by role; those that never vary are left out.
export function columnOptions(outputs = true) {
  const groups = [["Objectives", "objective"], ["Variables", "variable"], ["Other", "identity"], ["Constraints", "constraint"]];
  if (outputs) groups.push(["Outputs (front only)", "output"]);
  return groups.map(([label, role]) => [label, columns.filter((c) => c.role === role && c.varies).map((c) => [c.name, c.label])]);
}

// A diagram of two columns without titles and controls: positions, marks and what is under the mouse.
export class Field {
  constructor() { this.key = ""; }

  prepare(x, y, box, sharp) {
    const size = [Math.round(box.width * sharp), Math.round(box.height * sharp)];
    const key = [x.name, y.name, ...size, versions.base, JSON.stringify(state.scales)].join();
    Object.assign(this, { x, y, box, sharp });
    if (key === this.key) return;
    this.key = key;
    this.pixels = new Pixels(...size);
    this.px = positions(x, size[0] - 1);
    this.py = positions(y, size[1] - 1);
    for (let i = 0; i < n; i++) if (this.py[i] >= 0) this.py[i] = size[1] - 1 - this.py[i];
  }

  draw(pen, small = false) {
    const radius = markRadius(counts.selected) * (small ? 0.75 : 1);
    const { box } = this;
    if (!pen.parts || counts.base > FEW) {
      this.pixels.clear();
      stampRows(this.pixels, this.px, this.py, this.sharp, radius);
      pen.drawImage(this.pixels.finish(), box.left, box.top, box.width, box.height);
    } else {
      const colours = paletteOf();
      const size = radiiOf(radius);
      for (const selected of [0, 1]) {
        for (let i = 0; i < n; i++) {
          const at = this.place(i);
          if (!base[i] || mask[i] !== selected || !at) continue;
          pen.fillStyle = selected ? hexOf(colours[i]) : theme.line;
          pen.beginPath();
          pen.arc(...at, size(i), 0, 2 * Math.PI);
          pen.fill();
        }
      }
    }
    if (!small) drawPicks(pen, (row) => this.place(row), box.left + box.width + 10);
  }

  place(row) {
    if (this.px[row] < 0 || this.py[row] < 0) return null;
    return [this.box.left + this.px[row] / this.sharp, this.box.top + this.py[row] / this.sharp];
  }

  // The nearest design within reach, selected ones first.
  near(x, y, reach = 12) {
    const [atX, atY] = [(x - this.box.left) * this.sharp, (y - this.box.top) * this.sharp];
    let [best, least] = [null, (reach * this.sharp) ** 2];
    for (let i = 0; i < n; i++) {
      if (!mask[i] || this.px[i] < 0 || this.py[i] < 0) continue;
      const distance = (this.px[i] - atX) ** 2 + (this.py[i] - atY) ** 2 - (onFront(i) ? 1 : 0);
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  // The filter that a box in pixels stands for, on one of the two columns.
  filterOf(column, from, to, across) {
    const scale = scaleOf(column);
    const { left, top, width, height } = this.box;
    const share = (at) => (across ? (at - left) / width : 1 - (at - top) / height);
    const [low, high] = [share(from), share(to)].sort((a, b) => a - b);
    if (column.kind === "choice") {
      const codes = column.choices.map((_, code) => code).filter((code) => scale.to(code) >= low && scale.to(code) <= high);
      return { codes };
    }
    const rounded = (value) => Number(value.toPrecision(4));
    return { ranges: [[rounded(scale.from(Math.max(low, 0))), rounded(scale.from(Math.min(high, 1)))]] };
  }
}

// Let a person draw a box, click a design, or see what is under the mouse.
export function brushable(plot, fieldAt) {
  const { canvas } = plot;
  const tip = document.getElementById("tip");
  const where = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const start = where(event);
    const field = fieldAt(start);
    if (!field) return;
    drag = { start, field, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const point = where(event);
    if (!drag) {
      const field = fieldAt(point);
      showTip(tip, field ? field.near(...point) : null, event);
      return;
    }
    if (Math.hypot(point[0] - drag.start[0], point[1] - drag.start[1]) > 4) drag.moved = true;
    if (drag.moved) apply(point, true);
  });
  const apply = (point, dragging) => {
    const { field, start } = drag;
    const filters = { ...state.filters };
    filters[field.x.name] = field.filterOf(field.x, start[0], point[0], true);
    if (field.y !== field.x) filters[field.y.name] = field.filterOf(field.y, start[1], point[1], false);
    change({ filters }, { dragging });
  };
  const end = (event) => {
    if (!drag) return;
    const point = where(event);
    if (drag.moved) apply(point, false);
    else change({ selected: drag.field.near(...point) });
    drag = null;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", () => { drag = null; });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
}

function showTip(tip, row, event) {
  tip.hidden = row === null;
  if (row === null) return;
  const shown = new Set([...objectives.map((c) => c.name), state.x, state.y, state.colour]);
  const lines = [...shown].filter(Boolean).map((name) => {
    const column = byName.get(name);
    return el("div", {}, el("span", {}, `${column.label} `), el("b", {}, quantity(column, row)));
  });
  tip.replaceChildren(el("div", { class: "id" }, idOf(row)), ...lines);
  const right = event.clientX > innerWidth - 300;
  tip.style.left = `${right ? Math.max(4, event.clientX - 280) : event.clientX + 14}px`;
  tip.style.top = `${Math.min(event.clientY + 12, innerHeight - tip.offsetHeight - 8)}px`;
}

export function makeScatter(height) {
  const field = new Field();
  const pickers = {
    x: picker("Horizontal axis", columnOptions(), state.x, (name) => change({ x: name })),
    y: picker("Vertical axis", columnOptions(), state.y, (name) => change({ y: name })),
    colour: picker("Colour", [["", [["", "one colour"]]], ...columnOptions()], state.colour, (name) => change({ colour: name })),
    size: picker("Size", [["", [["", "one size"]]], ...columnOptions()], state.size, (name) => change({ size: name })),
  };
  const plot = new Plot({
    name: "scatter", title: "Scatter", height,
    controls: [el("div", { class: "controls" }, ...Object.entries(pickers).map(([key, select]) => el("label", {}, el("span", {}, key), select)))],
    describe: () => `Scatter of ${axisTitle(byName.get(state.x), false)} against ${axisTitle(byName.get(state.y), false)}: `
      + `${counts.selected} of ${counts.base} designs selected. Arrow keys step through the designs.`,
    draw(pen, w, h, { sharp }) {
      for (const [key, select] of Object.entries(pickers)) if (select.value !== state[key]) select.value = state[key];
      const [x, y] = [byName.get(state.x), byName.get(state.y)];
      const legend = drawLegend(pen, 62, 2, w - 76);
      const left = y.kind === "choice" ? 118 : 76;
      const box = { left, top: legend + 8, width: w - left - 14, height: h - legend - 52 };
      drawFrame(pen, box, x, y, scaleOf(x), scaleOf(y));
      field.prepare(x, y, box, sharp);
      field.draw(pen);
      drawBrush(pen, field);
      if (!counts.base) drawNothing(pen, box);
    },
  });
  brushable(plot, ([x, y]) => (field.box && x >= field.box.left && y <= field.box.top + field.box.height ? field : null));
  return plot;
}

export function drawNothing(pen, box) {
  pen.fillStyle = theme.soft;
  pen.font = "13px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.fillText("No designs to show", box.left + box.width / 2, box.top + box.height / 2);
}

// The box that the filters of the two columns make, where both have one range.
export function drawBrush(pen, field) {
  const edge = (column) => {
    const filter = state.filters[column.name];
    if (!filter || !filter.ranges || filter.ranges.length !== 1) return null;
    return filter.ranges[0].map((value, i) => (value === null ? i : Math.max(0, Math.min(1, scaleOf(column).to(value)))));
  };
  const [across, up] = [edge(field.x), edge(field.y)];
  if (!across && !up) return;
  const [x0, x1] = (across || [0, 1]).map((share) => field.box.left + share * field.box.width);
  const [y1, y0] = (up || [0, 1]).map((share) => field.box.top + (1 - share) * field.box.height);
  pen.strokeStyle = theme.accent;
  pen.lineWidth = 1.2;
  pen.setLineDash([4, 3]);
  pen.beginPath();
  pen.rect(x0, y0, x1 - x0, y1 - y0);
  pen.stroke();
  pen.setLineDash([]);
}

