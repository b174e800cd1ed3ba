// What all drawings of one design share: nodes, texts, numbers, colours, tick positions.

const DESIGN_NAMESPACE = "http://www.w3.org/2000/svg";
// Okabe and Ito's colours; a page's own --accent-1 to --accent-6 come first.
const DESIGN_ACCENTS = ["#0072b2", "#d55e00", "#e69f00", "#009e73", "#cc79a7", "#56b4e9"];
// A page may call the same things by other names.
const DESIGN_OTHER_NAMES = { paper: "card", muted: "soft" };
const DESIGN_PLAIN = {
  light: { ink: "#1a1a1a", paper: "#ffffff", muted: "#6b6b6b", line: "#d9d9d9" },
  dark: { ink: "#ececec", paper: "#16181c", muted: "#a5a5a5", line: "#3a3d44" },
};

/** Return the colours of a theme, each a page variable with a fallback. */
export function designColours(theme) {
  const plain = DESIGN_PLAIN[theme === "dark" ? "dark" : "light"];
  const colours = { accents: DESIGN_ACCENTS.map((fallback, at) => `var(--accent-${at + 1}, ${fallback})`) };
  for (const [name, fallback] of Object.entries(plain)) {
    const alias = DESIGN_OTHER_NAMES[name];
    colours[name] = `var(--${name}, ${alias ? `var(--${alias}, ${fallback})` : fallback})`;
  }
  return colours;
}

/** Return an SVG element with attributes and children. */
export function designNode(tag, attributes = {}, children = []) {
  const node = document.createElementNS(DESIGN_NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  }
  node.append(...children);
  return node;
}

/** Return an HTML element with a text and children; the text is never read as markup. */
export function designTag(tag, text = "", children = []) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  node.append(...children);
  return node;
}

/** Return a picture of a size in pixels that says in words what it shows. */
export function designPicture(width, height, label, children) {
  const attributes = {
    viewBox: `0 0 ${Math.round(width)} ${Math.round(height)}`,
    width: "100%", role: "img", "aria-label": label, "font-family": "inherit", "font-size": 12,
  };
  const words = designNode("desc");
  words.textContent = label;
  return designNode("svg", attributes, [words, ...children]);
}

/** Return a text; `halo` keeps it legible on lines and surfaces. */
export function designText(x, y, text, { fill, anchor = "start", size = 12, halo = "", bold = false }) {
  const attributes = { x, y, fill, "text-anchor": anchor, "font-size": size };
  if (bold) attributes["font-weight"] = "600";
  if (halo) Object.assign(attributes, {
    stroke: halo, "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke",
  });
  const node = designNode("text", attributes);
  node.textContent = text;
  return node;
}

/** Return about how wide a text is, without asking the browser to lay it out. */
export function designTextWidth(text, size = 12) {
  return 0.65 * size * text.length;
}

/** Break a text into lines of at most so many pixels. */
export function designLines(text, room, size = 12) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (lines.at(-1) && designTextWidth(longer, size) > room) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** Return a number with three significant figures, grouped, without needless exponents. */
export function designNumber(value, digits = 3) {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e10 || size < 1e-4) return Number(value.toPrecision(digits)).toExponential();
  return Number(value.toPrecision(digits)).toLocaleString("en-GB", { maximumFractionDigits: 9 });
}

/** Return a number with its unit; kilowatts, megawatts and millions of dollars written short. */
export function designQuantity(value, unit) {
  const size = Math.abs(value);
  if (unit === "W" && size >= 1e6) return `${designNumber(value / 1e6)} MW`;
  if (unit === "W" && size >= 1e3) return `${designNumber(value / 1e3)} kW`;
  if (unit === "USD" && size >= 1e6) return `${designNumber(value / 1e6)} M USD`;
  return `${designNumber(value)} ${unit}`.trim();
}

/** Return a divisor, and the unit that goes with it, that make a number of this size short. */
export function designShortUnit(value, unit) {
  const size = Math.abs(value);
  if (unit === "kg" && size >= 1e5) return [1e3, "t"];
  if (size >= 1e9) return [1e9, `billion ${unit}`];
  return size >= 1e6 ? [1e6, `million ${unit}`] : [1, unit];
}

/** Return 1, 2 or 5 times a power of ten, at most `value`. */
export function designRound(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].find((step) => step * power <= value * (1 + 1e-9)) * power;
}

/** Return a position on a logarithmic axis from `low` at `start` to `high` at `end`. */
export function designLogScale(low, high, start, end) {
  return (value) => start + ((end - start) * Math.log(value / low)) / Math.log(high / low);
}
