// A pen with the part of the canvas interface that the views use, writing SVG.
const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const short = (value) => String(Math.round(value * 100) / 100);

const ruler = document.createElement("canvas").getContext("2d");

export class SvgPen {
  constructor(width, height) {
    Object.assign(this, {
      width, height, parts: [], path: "", fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, globalAlpha: 1,
      font: "12px sans-serif", textAlign: "left", textBaseline: "alphabetic", turns: [], lineJoin: "round",
    });
    this.placed = "";
    this.dash = "";
  }

  save() { this.turns.push(this.placed); }
  restore() { this.placed = this.turns.pop() || ""; }
  translate(x, y) { this.placed += `translate(${short(x)} ${short(y)}) `; }
  rotate(angle) { this.placed += `rotate(${short((angle * 180) / Math.PI)}) `; }
  setLineDash(dash) { this.dash = dash.join(" "); }
  beginPath() { this.path = ""; }
  moveTo(x, y) { this.path += `M${short(x)} ${short(y)}`; }
  lineTo(x, y) { this.path += `L${short(x)} ${short(y)}`; }
  closePath() { this.path += "Z"; }
  rect(x, y, w, h) { this.path += `M${short(x)} ${short(y)}h${short(w)}v${short(h)}h${short(-w)}Z`; }

  arc(x, y, r) {
    this.path += `M${short(x - r)} ${short(y)}a${short(r)} ${short(r)} 0 1 0 ${short(2 * r)} 0a${short(r)} ${short(r)} 0 1 0 ${short(-2 * r)} 0`;
  }

  add(tag, attributes, inside = "") {
    const placed = this.placed ? ` transform="${this.placed.trim()}"` : "";
    const opacity = this.globalAlpha < 1 ? ` opacity="${short(this.globalAlpha)}"` : "";
    const text = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`).join("");
    this.parts.push(`<${tag}${text}${opacity}${placed}>${inside}</${tag}>`);
  }

  stroke() {
    const dash = this.dash ? { "stroke-dasharray": this.dash } : {};
    this.add("path", { d: this.path, fill: "none", stroke: this.strokeStyle, "stroke-width": this.lineWidth, ...dash });
  }

  fill() { this.add("path", { d: this.path, fill: this.fillStyle }); }
  fillRect(x, y, width, height) { this.add("rect", { x: short(x), y: short(y), width: short(width), height: short(height), fill: this.fillStyle }); }
  clearRect() { /* an SVG begins empty */ }

  fillText(text, x, y) {
    const anchor = { left: "start", center: "middle", right: "end" }[this.textAlign];
    const shift = { top: "0.8em", middle: "0.35em", bottom: "-0.2em", alphabetic: "0" }[this.textBaseline];
    const [, weight, size] = this.font.match(/(bold )?(\d+)px/);
    const slope = this.font.startsWith("italic") ? { "font-style": "italic" } : {};
    this.add("text", {
      x: short(x), y: short(y), dy: shift, "text-anchor": anchor, fill: this.fillStyle, "font-size": size,
      "font-weight": weight ? "bold" : "normal", "font-family": "sans-serif", ...slope,
    }, escaped(text));
  }

  drawImage(canvas, x, y, width, height) {
    this.add("image", { href: canvas.toDataURL("image/png"), x, y, width: short(width), height: short(height) });
  }

  measureText(text) {
    ruler.font = this.font.replace(/px.*/, "px sans-serif");
    return ruler.measureText(text);
  }

  text(ground) {
    const { width, height } = this;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`
      + `<rect width="100%" height="100%" fill="${escaped(ground)}"/>${this.parts.join("")}</svg>\n`;
  }
}
