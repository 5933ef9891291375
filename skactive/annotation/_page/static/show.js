// Content of a row. Texts are inserted as text nodes, so markup in them has no effect.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const forms = {
  text: (task) => element("div", { class: "text" }, task.data),
  message: (task) => element("p", { class: "message" }, task.data),
  image: (task) => image(task),
  html: (task) => element("iframe", { src: task.src, sandbox: "", title: `Row ${task.id}` }),
  table: (task) => {
    const rows = task.data.map(([name, value]) =>
      element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value)));
    return element("table", {}, element("tbody", {}, ...rows));
  },
};

function image(task) {
  const shown = element("img", { src: task.src, alt: `Image ${task.id}` });
  // small images are enlarged without smoothing
  const enlarge = () => shown.classList.toggle("small", shown.naturalWidth < 100);
  shown.addEventListener("load", enlarge);
  return shown;
}

export function show(place, task) {
  place.replaceChildren(forms[task.kind](task));
}

// Load an image before it is needed; the browser keeps it while it is referenced.
export function prefetch(task, held) {
  const key = JSON.stringify(task.id);
  if (task.kind !== "image" || held.has(key)) return;
  const early = new Image();
  early.src = task.src;
  held.set(key, early);
}

export function spoken(task) {
  if (task.kind === "text" || task.kind === "message") return task.data.slice(0, 300);
  if (task.kind === "table") return task.data.map((cell) => cell.join(": ")).join(", ").slice(0, 300);
  return task.kind === "image" ? `Image ${task.id}` : `Row ${task.id}`;
}
