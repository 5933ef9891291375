// Progress: numbers, learning curve and stopping criteria.
import { element } from "/static/show.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 280, HEIGHT = 150, LEFT = 38, BOTTOM = 22, TOP = 10, RIGHT = 12;

function drawn(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Round axis limits just outside the scores, so that the curve fills the figure.
function bounds(scores) {
  const low = Math.min(...scores), high = Math.max(...scores);
  const step = high - low > 0.5 || high > 1.5 ? 0.2 * Math.max(1, high - low) : 0.1;
  const from = Math.floor(low / step - 1e-9) * step, to = Math.ceil(high / step + 1e-9) * step;
  return [from, to > from ? to : from + step];
}

export function drawCurve(figure, { title, points }) {
  figure.hidden = points.length === 0;
  if (figure.hidden) return;
  const [low, high] = bounds(points.map((point) => point[1]));
  const last = Math.max(...points.map((point) => point[0]), 1);
  const x = (n) => LEFT + (n / last) * (WIDTH - LEFT - RIGHT);
  const y = (score) => TOP + ((high - score) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const [n, score] = points[points.length - 1];
  const picture = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curve", role: "img",
    "aria-label": `${title}: ${score.toFixed(3)} after ${n} labels, from ${points[0][1].toFixed(3)} after ${points[0][0]}` });
  for (const value of [low, (low + high) / 2, high]) {
    picture.append(drawn("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }));
    picture.append(drawn("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, value.toFixed(2)));
  }
  for (const value of [0, last]) {
    picture.append(drawn("text", { x: x(value), y: HEIGHT - 6, "text-anchor": value ? "end" : "start" }, `${value}${value ? " labels" : ""}`));
  }
  picture.append(drawn("polyline", { class: "line", points: points.map((p) => `${x(p[0])},${y(p[1])}`).join(" ") }));
  for (const p of points) picture.append(drawn("circle", { class: "point", cx: x(p[0]), cy: y(p[1]), r: 3 }));
  figure.querySelector("svg")?.remove();
  figure.prepend(picture);
  figure.querySelector("figcaption").textContent = `${title}: ${score.toFixed(3)}`;
}

export function showProgress({ done, goal, text, numbers, curve, stopping }) {
  const bar = document.getElementById("bar");
  bar.max = Math.max(goal, 1);
  bar.value = done;
  document.getElementById("done").textContent = text;
  const cells = numbers.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  document.getElementById("numbers").replaceChildren(...cells);
  drawCurve(document.getElementById("curve"), curve);
  const rules = stopping.map((line) => element("li", {}, line));
  document.getElementById("stopping").replaceChildren(...rules);
}

export function showHistory(answers, edit) {
  document.getElementById("no-history").hidden = answers.length > 0;
  const items = answers.map((answer) => {
    const parts = [element("span", { class: "id" }, element("span", { class: "sr" }, "Change "), String(answer.id)), element("span", { class: "label" }, answer.label)];
    if (answer.note) parts.push(element("span", { class: "said" }, answer.note));
    const button = element("button", { type: "button" }, ...parts);
    button.addEventListener("click", () => edit(answer));
    return element("li", {}, button);
  });
  document.getElementById("history").replaceChildren(...items);
}
