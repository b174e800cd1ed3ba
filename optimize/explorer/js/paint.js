// Colours, and marks written straight into pixels so that 100,000 of them stay quick.
import { byName, data, filled, firstFree, n } from "./data.js";
import { onFront } from "./joined.js";
import { base, counts, mask, scaleOf, versions } from "./model.js";
import { named, state } from "./state.js";

// Okabe and Ito, "Color Universal Design" (2008); black becomes white on dark ground.
const OKABE_ITO = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8c8c8c", "#F0E442"];
const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
export const theme = {};

export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "line", "ground", "card", "accent", "mute", "mark"]) {
    theme[name] = style.getPropertyValue(`--${name}`).trim();
  }
  theme.dark = style.getPropertyValue("--dark").trim() === "1";
  paletteOf.key = "";
}

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const packed = ([r, g, b], alpha = 255) => ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
export const hexOf = (colour) => `#${[0, 8, 16].map((at) => ((colour >>> at) & 255).toString(16).padStart(2, "0")).join("")}`;
export const packHex = (hex) => packed(channels(hex));

export function viridis(share) {
  // The darkest end vanishes on dark ground, the palest on light ground.
  const at = (theme.dark ? 0.12 + 0.88 * share : 0.93 * share) * (VIRIDIS.length - 1);
  const i = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const [from, to] = [channels(VIRIDIS[i]), channels(VIRIDIS[i + 1])];
  return packed(from.map((value, c) => Math.round(value + (at - i) * (to[c] - value))));
}

export const category = (code) => packHex(OKABE_ITO[code % OKABE_ITO.length]);

// Colour of every row, as the chosen column has it; recomputed only when something changed.
export function paletteOf() {
  const key = [state.colour, theme.dark, versions.base, JSON.stringify(state.scales)].join();
  if (paletteOf.key === key) return paletteOf.colours;
  const colours = new Uint32Array(n);
  const column = byName.get(state.colour);
  const none = packHex(theme.mark);
  if (!column) colours.fill(none);
  else if (column.kind === "choice") {
    const swatches = column.choices.map((_, code) => category(code));
    for (let i = 0; i < n; i++) colours[i] = swatches[column.values[i]] ?? packHex(theme.mute);
  } else {
    const scale = scaleOf(column);
    const steps = Array.from({ length: 256 }, (_, i) => viridis(i / 255));
    const blank = packHex(theme.mute);
    const values = column.values;
    for (let i = 0; i < n; i++) {
      const at = scale.to(values[i]);
      colours[i] = at - at === 0 ? steps[Math.max(0, Math.min(255, Math.round(at * 255)))] : blank;
    }
  }
  Object.assign(paletteOf, { key, colours });
  return colours;
}

// Radius of every row in tenths of a pixel, or one for all.
export function radiiOf(plain) {
  const column = byName.get(state.size);
  if (!column) return () => plain;
  const scale = scaleOf(column);
  const values = column.values;
  return (row) => {
    const at = scale.to(values[row]);
    return at - at === 0 ? plain * (0.6 + 1.9 * Math.max(0, Math.min(1, at))) : plain * 0.6;
  };
}

const FAINT = 80; // how opaque designs off the front are, of 255
const shapes = new Map();
function disc(radius, width) {
  const key = `${Math.round(radius * 4)} ${width}`;
  if (!shapes.has(key)) {
    const [offsets, reach] = [[], Math.ceil(radius)];
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) if (dx * dx + dy * dy <= radius * radius + 0.3) offsets.push(dy * width + dx);
    }
    shapes.set(key, Int32Array.from(offsets));
    if (shapes.size > 400) shapes.delete(shapes.keys().next().value);
  }
  return shapes.get(key);
}

// A picture that marks can be stamped into; outside marks are dropped.
export class Pixels {
  constructor(width, height) {
    this.width = Math.max(1, Math.round(width));
    this.height = Math.max(1, Math.round(height));
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.context = this.canvas.getContext("2d");
    this.image = this.context.createImageData(this.width, this.height);
    this.words = new Uint32Array(this.image.data.buffer);
  }

  clear() { this.words.fill(0); }

  stamp(x, y, radius, colour) {
    const reach = Math.ceil(radius);
    if (x < reach || y < reach || x >= this.width - reach || y >= this.height - reach) return;
    const offsets = disc(radius, this.width);
    const at = y * this.width + x;
    for (let i = 0; i < offsets.length; i++) this.words[at + offsets[i]] = colour;
  }

  finish() {
    this.context.putImageData(this.image, 0, 0);
    return this.canvas;
  }
}

export const markRadius = (count) => (count > 30000 ? 1.2 : count > 4000 ? 1.8 : count > 800 ? 2.5 : 3.2);

// Stamp rows: first those only taking part, faint; then the selected ones, the front on top.
export function stampRows(pixels, x, y, scale, radius, hideRest = false) {
  const colours = paletteOf();
  const size = radiiOf(radius * scale);
  const faint = packed(channels(theme.mute), 70);
  const sized = Boolean(state.size);
  const plain = radius * scale;
  if (!hideRest) {
    for (let i = 0; i < n; i++) {
      if (base[i] && !mask[i] && x[i] >= 0 && y[i] >= 0) pixels.stamp(x[i], y[i], 0.7 * plain, faint);
    }
  }
  const alpha = (counts.front ? FAINT : 255) << 24;
  for (let i = 0; i < n; i++) {
    if (mask[i] && !onFront(i) && x[i] >= 0 && y[i] >= 0) pixels.stamp(x[i], y[i], sized ? size(i) : 0.75 * plain, (colours[i] & 0xffffff) | alpha);
  }
  const edge = packHex(theme.ink);
  const edged = counts.selected > counts.front;
  const reach = (i) => (sized ? size(i) : edged ? Math.max(1.3 * plain, 2.2 * scale) : 1.15 * plain);
  for (const run of edged ? data.runs : []) {
    for (let i = run.first; i < run.first + run.n_front; i++) {
      if (!mask[i] || !onFront(i) || x[i] < 0 || y[i] < 0) continue;
      pixels.stamp(x[i], y[i], reach(i) + scale, edge);
    }
  }
  const ring = packHex(theme.accent);
  for (let i = firstFree; i < firstFree + filled.count; i++) {
    if (mask[i] && onFront(i) && x[i] >= 0 && y[i] >= 0) pixels.stamp(x[i], y[i], reach(i) + 1.6 * scale, ring);
  }
  for (const run of data.runs) {
    for (let i = run.first; i < run.first + run.n_front; i++) {
      if (mask[i] && onFront(i) && x[i] >= 0 && y[i] >= 0) pixels.stamp(x[i], y[i], reach(i), colours[i]);
    }
  }
}

// A star and its name on every named design; names keep out of each other's way.
function drawNamed(pen, place, right) {
  const taken = [];
  pen.font = "bold 12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  for (const { row, title } of named) {
    const at = base[row] ? place(row) : null;
    if (!at) continue;
    star(pen, ...at);
    const wide = pen.measureText(title).width;
    const spots = [[11, -11], [11, 12], [-11 - wide, -11], [-11 - wide, 12], [-wide / 2, -20], [-wide / 2, 22]];
    const fits = ([dx, dy]) => at[0] + dx > 2 && at[0] + dx + wide < right
      && taken.every(([x, y, w]) => Math.abs(at[1] + dy - y) > 15 || at[0] + dx > x + w + 4 || at[0] + dx + wide < x - 4);
    const [dx, dy] = spots.find(fits) || spots[2];
    taken.push([at[0] + dx, at[1] + dy, wide]);
    pen.globalAlpha = 0.8;
    pen.fillStyle = theme.card;
    pen.fillRect(at[0] + dx - 3, at[1] + dy - 8, wide + 6, 16);
    pen.globalAlpha = 1;
    pen.textAlign = "left";
    pen.fillStyle = theme.ink;
    pen.fillText(title, at[0] + dx, at[1] + dy);
  }
}

function star(pen, x, y) {
  pen.beginPath();
  for (let i = 0; i < 10; i++) {
    const [reach, angle] = [i % 2 ? 3.6 : 8.5, (Math.PI * i) / 5 - Math.PI / 2];
    pen[i ? "lineTo" : "moveTo"](x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  }
  pen.closePath();
  pen.fillStyle = theme.accent;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = theme.card;
  pen.stroke();
}

// Rings and letters on pinned designs, a diamond on the selected one.
export function drawPicks(pen, place, right) {
  drawNamed(pen, place, right);
  const label = (row, text, dashed) => {
    const at = place(row);
    if (!at) return;
    for (const [width, colour] of [[4, theme.card], [1.8, theme.ink]]) {
      pen.beginPath();
      pen.arc(at[0], at[1], dashed ? 9 : 7, 0, 2 * Math.PI);
      pen.lineWidth = width;
      pen.strokeStyle = colour;
      pen.stroke();
    }
    if (!text) return;
    pen.font = "bold 12px system-ui, sans-serif";
    pen.textAlign = "left";
    pen.textBaseline = "bottom";
    pen.fillStyle = theme.ink;
    pen.fillText(text, at[0] + 8, at[1] - 5);
  };
  state.pins.forEach((row, i) => base[row] && label(row, "ABCDEF"[i], false));
  if (state.selected !== null && base[state.selected]) label(state.selected, "", true);
}
