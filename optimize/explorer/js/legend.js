// What the colours and sizes mean, drawn into the views that use them.
import { byName, choiceText } from "./data.js";
import { scaleOf, ticksOf } from "./model.js";
import { category, hexOf, theme, viridis } from "./paint.js";
import { fitted, tickText } from "./plot.js";
import { state } from "./state.js";
import { drawRows, titleLines } from "./symbols.js";

// Draw the legend in a strip of given width; return the height it takes.
export function drawLegend(pen, left, top, width) {
  const column = byName.get(state.colour);
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  if (!column) return 0;
  return column.kind === "choice" ? drawSwatches(pen, column, left, top, width) : drawRamp(pen, column, left, top, width);
}

function drawSwatches(pen, column, left, top, width) {
  let [x, y] = [left, top + 8];
  const put = (text, colour) => {
    const label = fitted(pen, text, width - 16);
    const need = pen.measureText(label).width + 26;
    if (x > left && x + need > left + width) [x, y] = [left, y + 16];
    if (colour) {
      pen.fillStyle = colour;
      pen.fillRect(x, y - 5, 10, 10);
    }
    pen.fillStyle = colour ? theme.ink : theme.soft;
    pen.fillText(label, x + (colour ? 14 : 0), y);
    x += need - (colour ? 0 : 12);
  };
  put(`${column.label}:`, null);
  column.choices.forEach((choice, code) => put(choiceText(choice), hexOf(category(code))));
  return y - top + 10;
}

function drawRamp(pen, column, left, top, width) {
  const scale = scaleOf(column);
  const title = titleLines(pen, column, width, { arrow: false, symbol: false });
  const beside = title.length === 1 && pen.measureText(title[0][0].text).width < width * 0.55;
  const used = beside ? pen.measureText(title[0][0].text).width + 10 : 0;
  pen.fillStyle = theme.ink;
  drawRows(pen, title, left, top + 7, 13);
  if (!beside) top += 14 * title.length;
  const [start, span] = [left + used, Math.min(220, width - used)];
  for (let i = 0; i < 44; i++) {
    pen.fillStyle = hexOf(viridis(i / 43));
    pen.fillRect(start + (i * span) / 44, top + 2, span / 44 + 0.6, 10);
  }
  pen.fillStyle = theme.soft;
  pen.textAlign = "center";
  for (const value of ticksOf(scale, Math.max(2, Math.round(span / 60)))) {
    const at = start + scale.to(value) * span;
    pen.fillRect(at - 0.5, top + 12, 1, 3);
    pen.fillText(tickText(value, column), at, top + 21);
  }
  pen.textAlign = "left";
  return beside ? 28 : 28 + 14 * title.length;
}
