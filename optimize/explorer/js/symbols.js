// Symbols of quantities as they are set: a letter in italics, its index lowered.
import { el } from "./dom.js";

// Pieces of a symbol such as λ_rad/R: each a text, and whether it is an index.
export function symbolPieces(symbol) {
  return symbol.split(/_([^/]+)/).map((text, i) => ({ text, index: i % 2 === 1 })).filter(({ text }) => text);
}

export const symbolNode = (symbol) => el("span", { class: "symbol" }, ...symbolPieces(symbol).map(({ text, index }) => el(index ? "sub" : "i", {}, text)));

const SIZE = /(\d+)px/;
const fontOf = (font, { italic, index }) => {
  const plain = index ? font.replace(SIZE, (_, size) => `${Math.round(size * 0.75)}px`) : font;
  return italic ? `italic ${plain}` : plain;
};

function widthOf(pen, pieces) {
  const { font } = pen;
  const total = pieces.reduce((sum, piece) => {
    pen.font = fontOf(font, piece);
    return sum + pen.measureText(piece.text).width;
  }, 0);
  pen.font = font;
  return total;
}

// Draw pieces in a row, as the pen is aligned; indices stand lower.
export function drawPieces(pen, pieces, x, y) {
  const { font, textAlign } = pen;
  const wide = widthOf(pen, pieces);
  let at = x - { left: 0, center: wide / 2, right: wide }[textAlign];
  pen.textAlign = "left";
  for (const piece of pieces) {
    pen.font = fontOf(font, piece);
    pen.fillText(piece.text, at, y + (piece.index ? Number(font.match(SIZE)[1]) * (pen.textBaseline === "top" ? 0.4 : 0.28) : 0));
    at += pen.measureText(piece.text).width;
  }
  Object.assign(pen, { font, textAlign });
}

// Lines of a title that fit a width: with its symbol where there is room, else over several lines.
export function titleLines(pen, column, width, { arrow = true, symbol = true, unit = true } = {}) {
  const better = arrow && column.sense ? (column.sense === "min" ? " ↓" : " ↑") : "";
  const tail = `${unit && column.unit ? ` [${column.unit}]` : ""}${better}`;
  const pieces = symbol && column.symbol && column.kind !== "choice" && column.symbol.length < 8
    ? symbolPieces(column.symbol).map((piece) => ({ ...piece, italic: !piece.index })) : [];
  const whole = pieces.length ? [{ text: `${column.label}, ` }, ...pieces, { text: tail }] : [{ text: column.label + tail }];
  if (widthOf(pen, whole) <= width) return [whole];
  const lines = wrapped(pen, column.label, width);
  const last = lines[lines.length - 1] + tail;
  if (pen.measureText(last).width <= width) lines[lines.length - 1] = last;
  else if (tail) lines.push(tail.trim());
  return lines.map((text) => [{ text }]);
}

// A text over lines of at most a width, broken at spaces and behind strokes.
export function wrapped(pen, text, width, most = 4) {
  const lines = [""];
  for (const word of text.split(/(?<=[ /])/)) {
    const line = lines[lines.length - 1];
    if (line && lines.length < most && pen.measureText((line + word).trimEnd()).width > width) lines.push(word);
    else lines[lines.length - 1] += word;
  }
  return lines.map((line) => line.trim());
}

// Draw lines one below the other, or upwards from the last one.
export function drawRows(pen, lines, x, y, step) {
  lines.forEach((line, i) => (typeof line === "string" ? pen.fillText(line, x, y + i * step) : drawPieces(pen, line, x, y + i * step)));
}

// The largest of a few sizes at which every word of a text fits a width.
export function fittingSize(pen, text, width, sizes) {
  const { font } = pen;
  const words = text.split(/(?<=[ /])/);
  const good = sizes.find((size) => {
    pen.font = font.replace(SIZE, `${size}px`);
    return words.every((word) => pen.measureText(word.trimEnd()).width <= width);
  }) ?? sizes[sizes.length - 1];
  pen.font = font;
  return font.replace(SIZE, `${good}px`);
}
