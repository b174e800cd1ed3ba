// Three objectives in space; drag or use the arrow keys to turn.
import { byName, n, objectives } from "./data.js";
import { el } from "./dom.js";
import { base, counts, mask, scaleOf, ticksOf, versions } from "./model.js";
import { drawPicks, markRadius, Pixels, stampRows, theme } from "./paint.js";
import { axisTitle, fitted, Plot, tickText } from "./plot.js";
import { change, state } from "./state.js";

const CORNERS = [0, 1, 2, 3, 4, 5, 6, 7].map((c) => [c & 1, (c >> 1) & 1, (c >> 2) & 1]);

function projector(w, h) {
  const [yaw, pitch] = state.turn;
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const size = Math.min(w * 0.86, h * 0.98) * 0.58;
  return (x, y, z) => {
    const [a, b, c] = [x - 0.5, y - 0.5, z - 0.5];
    const [u, depth] = [cy * a - sy * b, sy * a + cy * b];
    return [w / 2 + size * u, h / 2 - 10 - size * (cp * c - sp * depth), cp * depth + sp * c];
  };
}

export const spatialColumns = () => [0, 1, 2].map((k) => objectives[k] || byName.get(state.axes[k]) || objectives[0]);

export function makeSpatial(height) {
  const cache = { key: "" };
  const shares = (axes) => {
    const key = [axes.map((c) => c.name), versions.base, JSON.stringify(state.scales)].join();
    if (cache.key !== key) {
      Object.assign(cache, { key, at: axes.map((column) => {
        const scale = scaleOf(column);
        return Float32Array.from(column.values, (value) => scale.to(value));
      }) });
    }
    return cache.at;
  };
  const drawn = { key: "" };
  // Where every design appears; kept while only the selection changes.
  const projected = (project, at, w, h, sharp) => {
    const key = [cache.key, state.turn, w, h, sharp].join();
    if (drawn.key === key) {
      drawn.pixels.clear();
      return drawn;
    }
    const [x, y] = [new Int16Array(n).fill(-1), new Int16Array(n).fill(-1)];
    for (let i = 0; i < n; i++) {
      if (!base[i]) continue;
      const [u, v] = project(at[0][i], at[1][i], at[2][i]);
      if (u - u !== 0 || v - v !== 0) continue;
      x[i] = u * sharp;
      y[i] = v * sharp;
    }
    return Object.assign(drawn, { key, x, y, pixels: new Pixels(w * sharp, h * sharp) });
  };
  let place = () => null;
  const plot = new Plot({
    name: "spatial", title: objectives.length >= 3 ? "Objectives in space" : "Three columns in space", height,
    controls: [el("span", { class: "hint" }, "drag or arrow keys turn it")],
    describe: () => `Three-dimensional view of ${spatialColumns().map((c) => c.label).join(", ")}; arrow keys turn it.`,
    draw(pen, w, h, { sharp }) {
      const axes = spatialColumns();
      const at = shares(axes);
      const project = projector(w, h);
      drawCube(pen, axes, project, w, h);
      const { pixels, x, y } = projected(project, at, w, h, sharp);
      place = (row) => (x[row] < 0 ? null : [x[row] / sharp, y[row] / sharp]);
      stampRows(pixels, x, y, sharp, 0.9 * markRadius(counts.selected), counts.selected < counts.base);
      pen.drawImage(pixels.finish(), 0, 0, w, h);
      drawPicks(pen, place, w - 4);
    },
  });
  turnable(plot.canvas, (px, py) => {
    let [best, least] = [null, 144];
    for (let i = 0; i < n; i++) {
      const at = mask[i] ? place(i) : null;
      const distance = at ? (at[0] - px) ** 2 + (at[1] - py) ** 2 : Infinity;
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  });
  return plot;
}

function drawCube(pen, axes, project, w, h) {
  const corners = CORNERS.map((c) => project(...c));
  // The corner nearest to the eye is drawn open, so that nothing hides the designs.
  const nearest = corners.reduce((best, c, i) => (c[2] < corners[best][2] ? i : best), 0);
  pen.lineWidth = 1;
  CORNERS.forEach((_, i) => [1, 2, 4].forEach((bit) => {
    if (i & bit || i === nearest || (i | bit) === nearest) return;
    pen.strokeStyle = theme.line;
    pen.beginPath();
    pen.moveTo(corners[i][0], corners[i][1]);
    pen.lineTo(corners[i | bit][0], corners[i | bit][1]);
    pen.stroke();
  }));
  const middle = project(0.5, 0.5, 0.5);
  axes.forEach((column, k) => drawEdge(pen, column, k, corners, middle, w, h));
}

// Tick numbers along the outermost edge of the cube in one direction.
function drawEdge(pen, column, k, corners, middle, w, h) {
  const bit = 1 << k;
  const edges = CORNERS.map((_, i) => i).filter((i) => !(i & bit));
  const mid = (i) => [(corners[i][0] + corners[i | bit][0]) / 2, (corners[i][1] + corners[i | bit][1]) / 2];
  const out = k === 2 ? (i) => -mid(i)[0] : (i) => mid(i)[1];
  const edge = edges.reduce((best, i) => (out(i) > out(best) ? i : best), edges[0]);
  const [from, to, centre] = [corners[edge], corners[edge | bit], mid(edge)];
  const right = k !== 2 && centre[0] > middle[0];
  const scale = scaleOf(column);
  pen.strokeStyle = theme.soft;
  pen.beginPath();
  pen.moveTo(from[0], from[1]);
  pen.lineTo(to[0], to[1]);
  pen.stroke();
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.textAlign = k === 2 || !right ? "right" : "left";
  const shift = k === 2 || !right ? -6 : 6;
  pen.fillStyle = theme.soft;
  for (const value of ticksOf(scale, 4)) {
    const share = scale.to(value);
    pen.fillText(tickText(value, column), from[0] + share * (to[0] - from[0]) + shift, from[1] + share * (to[1] - from[1]) + (k === 2 ? 0 : 8));
  }
  pen.fillStyle = theme.ink;
  pen.font = "bold 11px system-ui, sans-serif";
  const text = fitted(pen, axisTitle({ label: column.label, unit: column.unit, sense: column.sense }), w - 12);
  pen.textAlign = k === 1 ? "right" : "left";
  pen.fillText(text, k === 1 ? w - 6 : 6, [h - 22, h - 8, 10][k]);
}

function turnable(canvas, near) {
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, turn: state.turn, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    drag.moved ||= Math.hypot(dx, dy) > 3;
    if (drag.moved) change({ turn: turned(drag.turn, dx / 150, dy / 150) }, { dragging: true });
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const frame = canvas.getBoundingClientRect();
    if (drag.moved) change({});
    else change({ selected: near(event.clientX - frame.left, event.clientY - frame.top) });
    drag = null;
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    change({ turn: turned(state.turn, ...step) });
  });
}

const turned = ([yaw, pitch], across, down) => [yaw + across, Math.max(-1.5, Math.min(1.5, pitch + down))].map((v) => Math.round(v * 1000) / 1000);
