// Ranking a front by the preferences set, with the definitions of `heliofront select`.
import { byName, data, memberRows, objectives } from "./data.js";
import { onFront } from "./joined.js";

const AUGMENTATION = 1e-4;
const ALIKE = 1e-8;
const TINY = 1e-12;
const sum = (list) => list.reduce((total, value) => total + value, 0);
const norm = (list) => Math.sqrt(sum(list.map((value) => value * value)));

// Members of one run's front: their rows, and their values of the objectives.
export function frontOf(run) {
  const { first, n_front: count } = data.runs[run];
  const rows = Array.from({ length: count }, (_, i) => first + i).filter(onFront);
  const aims = data.runs[run].objectives.map((name) => byName.get(name));
  return { rows, aims, values: rows.map((row) => aims.map((aim) => aim.at(row))) };
}

// How a column of values becomes scores from 0 (best on the front) to 1 (worst). What is constant
// there but for rounding has no span: designs off the front are then measured by its size.
export function scalers(values, aims) {
  return aims.map((aim, k) => {
    const column = values.map((row) => row[k]);
    const log = aim.log && column.every((value) => value > 0);
    const key = (value) => (log ? Math.log(value) : value) * (aim.sense === "max" ? -1 : 1);
    let low = Infinity;
    let high = -Infinity;
    for (const value of column) {
      low = Math.min(low, key(value));
      high = Math.max(high, key(value));
    }
    const size = log ? 1 : Math.max(Math.abs(low), Math.abs(high));
    const differs = high - low > ALIKE * size;
    const span = differs ? high - low : size || 1;
    const scale = (value) => (log && value <= 0 ? NaN : (key(value) - low) / span);
    return Object.assign(scale, { differs });
  });
}

export function scoresOf(values, scale) {
  return values.map((row) => row.map((value, k) => (scale[k].differs ? scale[k](value) : 0)));
}

// Which objectives tell designs apart; all of them where none does.
export function telling(scale) {
  const differs = scale.map((scaler) => scaler.differs);
  return differs.includes(true) ? differs : differs.map(() => true);
}

function kneeRow(score) {
  const round = (value) => Math.round(value * 1e12) / 1e12;
  let best = 0;
  score.forEach((row, i) => {
    const [total, least] = [round(sum(row)), round(sum(score[best]))];
    if (total < least || (total === least && Math.max(...row) < Math.max(...score[best]))) best = i;
  });
  return best;
}

export function kneeDistance(score) {
  const merit = score.map(sum);
  if (score.length) merit[kneeRow(score)] -= TINY;
  return merit;
}

export function bendAngle(score) {
  if (!score.length) return [];
  if (score[0].length === 1) return score.map((row) => row[0]);
  const ends = score[0].map((_, k) => score.reduce((best, row) =>
    (row[k] < best[k] || (row[k] === best[k] && sum(row) < sum(best)) ? row : best)));
  let pairs = 0;
  const total = score.map(() => 0);
  for (let j = 0; j < ends.length; j++) {
    for (let k = j + 1; k < ends.length; k++, pairs++) {
      const middle = 0.5 * (sum(ends[j]) + sum(ends[k]));
      score.forEach((row, i) => {
        const toJ = ends[j].map((value, m) => value - row[m]);
        const toK = ends[k].map((value, m) => value - row[m]);
        const length = norm(toJ) * norm(toK);
        if (length <= TINY) return;
        const cosine = sum(toJ.map((value, m) => value * toK[m])) / length;
        const bend = Math.PI - Math.acos(Math.min(1, Math.max(-1, cosine)));
        total[i] += sum(row) <= middle ? bend : -bend;
      });
    }
  }
  return total.map((value) => -value / pairs);
}

export function tradeOff(score) {
  return score.map((row) => {
    let least = Infinity;
    for (const rival of score) {
      let [loss, gain] = [0, 0];
      for (let k = 0; k < row.length; k++) {
        const step = rival[k] - row[k];
        if (step > 0) loss += step;
        else gain -= step;
      }
      if (gain > TINY) least = Math.min(least, loss / gain);
    }
    return -least;
  });
}

export function pseudoWeights(score) {
  return score.map((row) => {
    const total = sum(row.map((value) => 1 - value));
    return row.map((value) => (total > 0 ? (1 - value) / total : 1 / row.length));
  });
}

export function weightDistance(score, weights) {
  if (weights.length === 1) return score.map((row) => row[0]);
  return pseudoWeights(score).map((row) => sum(row.map((value, k) => Math.abs(value - weights[k]))));
}

export function topsis(score, weights) {
  const weighted = score.map((row) => row.map((value, k) => value * weights[k]));
  if (!weighted.length) return [];
  const best = weights.map((_, k) => weighted.reduce((low, row) => Math.min(low, row[k]), Infinity));
  const worst = weights.map((_, k) => weighted.reduce((high, row) => Math.max(high, row[k]), -Infinity));
  return weighted.map((row) => {
    const toBest = norm(row.map((value, k) => value - best[k]));
    const both = toBest + norm(row.map((value, k) => value - worst[k]));
    return both > 0 ? toBest / both : 0;
  });
}

export function achievement(score, weights, aspiration) {
  return score.map((row) => {
    const shortfall = row.map((value, k) => weights[k] * (value - aspiration[k]));
    return Math.max(...shortfall) + AUGMENTATION * sum(shortfall);
  });
}

export function shares(weights) {
  const total = sum(weights);
  return weights.map((value) => (total > 0 ? value / total : 1 / weights.length));
}

// The front of a run ranked by a method: rows and merits, the smallest merit first. An objective
// that is constant on the front is left out, as in Python.
export function ranking(settings, keep) {
  const { rows, aims, values } = frontOf(settings.rankRun);
  const scale = scalers(values, aims);
  const varying = telling(scale);
  const only = (list) => list.filter((_, k) => varying[k]);
  const score = scoresOf(values, scale).map(only);
  const weights = shares(only(aims.map((aim) => settings.weights[objectives.indexOf(aim)] ?? 1)));
  const hoped = only(aims.map((aim, k) => {
    const level = settings.aspirations[objectives.indexOf(aim)] ?? null;
    return level === null || !scale[k].differs ? 0 : scale[k](level);
  }));
  const pseudo = pseudoWeights(score);
  const merit = {
    knee: () => kneeDistance(score),
    "knee-angle": () => bendAngle(score),
    "knee-trade-off": () => tradeOff(score),
    "pseudo-weights": () => weightDistance(score, weights),
    topsis: () => topsis(score, weights),
    asf: () => achievement(score, weights, hoped),
  }[settings.method]();
  const order = rows.map((_, i) => i).filter((i) => keep(rows[i]));
  order.sort((a, b) => merit[a] - merit[b] || a - b);
  const padded = (row) => { const rest = [...row]; return varying.map((varies) => (varies ? rest.shift() : 0)); };
  return order.map((i) => ({ row: rows[i], merit: merit[i], pseudo: padded(pseudo[i]) }));
}

// By how much every feasible design would have to gain to be on its run's front (additive epsilon).
export function epsilonToFront(feasible, count) {
  const gaps = new Float32Array(count).fill(Infinity);
  data.runs.forEach((run, r) => {
    const { aims, values } = frontOf(r);
    if (!values.length) return;
    const scale = scalers(values, aims);
    const members = Float64Array.from(scoresOf(values, scale).flat());
    const m = aims.length;
    const scores = new Float64Array(m);
    for (let row = run.first; row < run.first + run.n; row++) {
      if (!feasible[row]) continue;
      for (let k = 0; k < m; k++) scores[k] = scale[k](aims[k].at(row));
      let least = Infinity;
      for (let f = 0; f < members.length; f += m) {
        let most = -Infinity;
        for (let k = 0; k < m && most < least; k++) most = Math.max(most, scores[k] - members[f + k]);
        if (most < least) least = most;
      }
      gaps[row] = memberRows.length ? Math.max(least, 0) : Infinity;
    }
  });
  return gaps;
}
