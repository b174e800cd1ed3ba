// A card with one view in it: drawn on canvas when something changed, taken away as PNG or SVG.
import { choiceText, data, number } from "./data.js";
import { button, el, save } from "./dom.js";
import { ticksOf } from "./model.js";
import { theme } from "./paint.js";
import { SvgPen } from "./svg.js";
import { drawRows, titleLines } from "./symbols.js";

export class Plot {
  // draw(pen, width, height, {dragging, sharp}) does the drawing, in CSS pixels.
  constructor({ name, title, height, draw, controls = [], describe, focusable = true }) {
    Object.assign(this, { name, draw, describe, title });
    this.canvas = el("canvas", { role: "img", tabIndex: focusable ? 0 : -1, "data-view": name });
    this.canvas.style.height = `${height}px`;
    this.height = height;
    this.element = el("section", { class: `card plot ${name}`, "aria-label": title },
      el("header", {}, el("h2", {}, title), ...controls,
        el("span", { class: "take" },
          button("PNG", () => this.savePng(), { title: `Save ${title} as PNG` }),
          button("SVG", () => save(`${this.file}.svg`, this.svg(), "image/svg+xml"), { title: `Save ${title} as SVG` }))),
      el("div", { class: "scroll" }, this.canvas));
  }

  get file() { return `${data.runs[0].name}-${this.name}`.replace(/[^\w.-]+/g, "_"); }
  get width() { return this.canvas.clientWidth; }
  get visible() { return this.canvas.offsetParent !== null && this.width > 0; }

  resize(height) {
    this.height = height;
    this.canvas.style.height = `${height}px`;
  }

  paint(dragging = false) {
    if (!this.visible) return;
    const sharp = Math.min(window.devicePixelRatio || 1, 2);
    const [w, h] = [Math.round(this.width * sharp), Math.round(this.height * sharp)];
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    const pen = this.canvas.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    this.draw(pen, this.width, this.height, { dragging, sharp });
    if (this.describe && !dragging) this.canvas.setAttribute("aria-label", this.describe());
  }

  svg() {
    const pen = new SvgPen(this.width, this.height);
    this.draw(pen, this.width, this.height, { dragging: false, sharp: 2 });
    return pen.text(theme.card);
  }

  savePng() {
    const canvas = el("canvas", { width: this.width * 2, height: this.height * 2 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = theme.card;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.scale(2, 2);
    this.draw(pen, this.width, this.height, { dragging: false, sharp: 2 });
    canvas.toBlob((blob) => save(`${this.file}.png`, blob));
  }
}

export function fitted(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let short = text;
  while (short.length > 2 && pen.measureText(`${short}…`).width > width) short = short.slice(0, -1);
  return `${short}…`;
}

export function tickText(value, column) {
  const text = Math.abs(value) >= 1e6 && Math.abs(value) < 1e10 ? `${number(value / 1e6, 3)} M` : number(value, 3);
  return column && column.unit === "yr" && Math.abs(value) >= 1000 ? number(value, 4).replaceAll(",", "") : text;
}

export const axisTitle = (column, arrow = true) => {
  const better = arrow && column.sense ? (column.sense === "min" ? " ↓" : " ↑") : "";
  return `${column.label}${column.unit ? ` [${column.unit}]` : ""}${better}`;
};

// The frame of a diagram: grid, tick numbers, titles. box: {left, top, width, height}.
export function drawFrame(pen, box, x, y, scaleX, scaleY, titles = true) {
  pen.lineWidth = 1;
  pen.font = "11px system-ui, sans-serif";
  const lines = [[x, scaleX, true], [y, scaleY, false]];
  for (const [column, scale, across] of lines) {
    const span = across ? box.width : box.height;
    const marks = column.kind === "choice" ? column.choices.map((_, code) => code)
      : ticksOf(scale, Math.max(2, Math.round(span / (across ? 75 : 45))));
    const room = column.kind === "choice" ? span / column.choices.length : 70;
    for (const value of marks) {
      const share = scale.to(value);
      const at = across ? box.left + share * box.width : box.top + (1 - share) * box.height;
      pen.strokeStyle = theme.line;
      pen.beginPath();
      if (across) { pen.moveTo(at, box.top); pen.lineTo(at, box.top + box.height); }
      else { pen.moveTo(box.left, at); pen.lineTo(box.left + box.width, at); }
      pen.stroke();
      pen.fillStyle = theme.soft;
      pen.textAlign = across ? "center" : "right";
      pen.textBaseline = across ? "top" : "middle";
      const text = column.kind === "choice" ? choiceText(column.choices[value]) : tickText(value, column);
      if (across) pen.fillText(fitted(pen, text, Math.max(room, 12)), at, box.top + box.height + 5);
      else pen.fillText(fitted(pen, text, box.left - (titles ? 24 : 8)), box.left - 6, at);
    }
  }
  if (!titles) return;
  pen.fillStyle = theme.ink;
  pen.font = "12px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "top";
  drawRows(pen, titleLines(pen, x, box.width), box.left + box.width / 2, box.top + box.height + 22, 14);
  pen.save();
  const upright = titleLines(pen, y, box.height);
  pen.translate(13 - 6 * (upright.length - 1), box.top + box.height / 2);
  pen.rotate(-Math.PI / 2);
  pen.textBaseline = "middle";
  drawRows(pen, upright, 0, 0, 13);
  pen.restore();
}
