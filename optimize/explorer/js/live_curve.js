// The hypervolume over generations, small enough for a line of text.
const SPACE = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [120, 22];

export function svgElement(points) {
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [points[0][0], points[points.length - 1][0]];
  const x = (generation) => 1 + ((WIDTH - 2) * (generation - first)) / (last - first || 1);
  const y = (value) => HEIGHT - 2 - ((HEIGHT - 4) * (value - low)) / (high - low || 1);
  const picture = document.createElementNS(SPACE, "svg");
  for (const [key, value] of Object.entries({ width: WIDTH, height: HEIGHT, role: "img", "aria-label": "Hypervolume over generations" })) picture.setAttribute(key, value);
  const line = document.createElementNS(SPACE, "polyline");
  line.setAttribute("points", points.map(([generation, value]) => `${x(generation).toFixed(1)},${y(value).toFixed(1)}`).join(" "));
  picture.append(line);
  return picture;
}
