// Every pair of objectives against each other, their distributions on the diagonal.
import { inSentence, objectives } from "./data.js";
import { counts, scaleOf } from "./model.js";
import { drawBars } from "./histograms.js";
import { drawLegend } from "./legend.js";
import { theme } from "./paint.js";
import { drawFrame, Plot } from "./plot.js";
import { brushable, drawBrush, Field } from "./scatter.js";
import { drawRows, titleLines, wrapped } from "./symbols.js";

export function makeMatrix(height) {
  const m = objectives.length;
  const fields = objectives.map(() => objectives.map(() => new Field()));
  const plot = new Plot({
    name: "matrix", title: "Scatter matrix of the objectives", height,
    describe: () => `Scatter matrix of ${m} objectives: ${counts.selected} of ${counts.base} designs selected.`,
    draw(pen, w, h, { sharp }) {
      const top = drawLegend(pen, 62, 2, w - 70) + 6;
      const gap = w < 600 ? 48 : 58;
      const [cellW, cellH] = [(w - 8) / m, (h - top - 4) / m];
      objectives.forEach((y, r) => objectives.forEach((x, c) => {
        const box = { left: c * cellW + gap, top: top + r * cellH + 6, width: cellW - gap - 8, height: cellH - (w < 600 ? 76 : 58) };
        if (r === c) drawBars(pen, x, box);
        else {
          drawFrame(pen, box, x, y, scaleOf(x), scaleOf(y), false);
          fields[r][c].prepare(x, y, box, sharp);
          fields[r][c].draw(pen, true);
          drawBrush(pen, fields[r][c]);
        }
        pen.font = "11px system-ui, sans-serif";
        pen.fillStyle = theme.ink;
        pen.textAlign = "center";
        pen.textBaseline = "top";
        const lines = r === c ? titleLines(pen, x, cellW - 12) : wrapped(pen, `${y.label} over ${inSentence(x.label)}`, cellW - 12, 3);
        drawRows(pen, lines, c * cellW + cellW / 2, box.top + box.height + 20, 13);
      }));
    },
  });
  brushable(plot, ([x, y]) => fields.flat().find(({ box }) =>
    box && x >= box.left && x <= box.left + box.width && y >= box.top && y <= box.top + box.height) || null);
  return plot;
}
