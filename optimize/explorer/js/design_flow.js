import {
  designLines, designNode, designPicture, designQuantity, designText, designTextWidth,
} from "./design_svg.js";

// Flows that add up, as a Sankey diagram: nodes in columns, ribbons as wide as what they carry.

const DESIGN_BAR = 10;
const DESIGN_LINE = 13;

function designStack(flow) {
  const nodes = flow.nodes.map(([label, column]) => ({ label, column, into: 0, from: 0 }));
  for (const [source, target, value] of flow.links) {
    nodes[source].from += value;
    nodes[target].into += value;
  }
  for (const node of nodes) node.value = Math.max(node.into, node.from);
  return nodes;
}

function designPlace(nodes, width) {
  const columns = 1 + Math.max(...nodes.map((node) => node.column));
  const step = width / columns;
  const room = step - DESIGN_BAR - 8;
  for (const node of nodes) {
    const value = designQuantity(node.value, "W");
    const line = `${node.label} ${value}`;
    node.lines = designTextWidth(line, 11) <= room
      ? [line] : [...designLines(node.label, room, 11), value];
    node.x = node.column * step;
  }
  const tallest = Math.max(...nodes.map((node) => node.value));
  const scale = 150 / tallest;
  let height = 0;
  for (let column = 0; column < columns; column += 1) {
    let y = 4;
    for (const node of nodes.filter((candidate) => candidate.column === column)) {
      node.height = Math.max(node.value * scale, 1);
      const text = node.lines.length * DESIGN_LINE;
      node.y = y + Math.max(0, (text - node.height) / 2);
      y += Math.max(node.height, text) + 7;
    }
    height = Math.max(height, y);
  }
  return { height, scale };
}

/** Draw a flow; its links keep the order of the nodes, so that ribbons cross little. */
export function designFlow(flow, width, colours, title) {
  const nodes = designStack(flow);
  const { height, scale } = designPlace(nodes, width);
  const filled = nodes.map(() => ({ into: 0, from: 0 }));
  const ribbons = flow.links.map(([source, target, value]) => {
    const [a, b, thick] = [nodes[source], nodes[target], value * scale];
    const ya = a.y + filled[source].from + thick / 2;
    const yb = b.y + filled[target].into + thick / 2;
    filled[source].from += thick;
    filled[target].into += thick;
    const [xa, xb] = [a.x + DESIGN_BAR, b.x];
    const bend = (xa + xb) / 2;
    return designNode("path", {
      d: `M${xa},${ya}C${bend},${ya} ${bend},${yb} ${xb},${yb}`, fill: "none",
      stroke: designFlowColour(b.column === 1 ? a.label : b.label, colours),
      "stroke-width": Math.max(thick, 0.8), opacity: 0.4,
    });
  });
  const bars = nodes.map((node) => designNode("rect", {
    x: node.x, y: node.y, width: DESIGN_BAR, height: node.height,
    fill: designFlowColour(node.label, colours),
  }));
  const texts = nodes.flatMap((node) => {
    const top = node.y + node.height / 2 - (node.lines.length * DESIGN_LINE) / 2 + 10;
    return node.lines.map((line, at) => designText(
      node.x + DESIGN_BAR + 4, top + at * DESIGN_LINE, line,
      { fill: colours.ink, size: 11, halo: colours.paper },
    ));
  });
  const parts = flow.links.map(([a, b, value]) => (
    `${flow.nodes[a][0]} to ${flow.nodes[b][0]} ${designQuantity(value, "W")}`));
  return designPicture(width, height, `${title}: ${parts.join("; ")}`, [...ribbons, ...bars, ...texts]);
}

function designFlowColour(label, colours) {
  if (/Missing/.test(label)) return colours.accents[1];
  if (/sun|Array/i.test(label)) return colours.accents[2];
  if (/Heat|Radiator|Space|infrared|loss/.test(label)) return colours.accents[1];
  if (/Battery/.test(label)) return colours.accents[3];
  if (/Not used/.test(label)) return colours.muted;
  return colours.accents[0];
}
