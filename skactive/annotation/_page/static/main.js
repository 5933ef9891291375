// The page shows a task, takes an answer, and shows the next task before the answer is sent.
import { Outbox, get, post } from "/static/api.js";
import { element, prefetch, show, spoken } from "/static/show.js";
import { showHistory, showProgress } from "/static/progress.js";

const $ = (id) => document.getElementById(id);
const page = { annotator: null, tasks: [], held: new Map(), current: null, edited: null,
  classes: [], numeric: false, since: 0, answers: [] };
// each campaign has its own server; its port separates the storage of several
const kept = { name: "skactive-annotator", theme: "skactive-theme", keys: "skactive-keys" };

const outbox = new Outbox({
  sent: (answer) => { take(answer); renewSoon(); },
  refused: (error) => { trouble(`This answer was refused: ${error.message}`); page.current = null; renewSoon(); },
  offline: (error) => trouble(`${error.kept ? error.message : "The server cannot be reached"}. Your answers are kept in this window and will be sent once the connection is back.`),
  online: () => trouble(""),
});

function trouble(message) {
  $("trouble").hidden = !message;
  if ($("trouble").textContent !== message) $("trouble").textContent = message;
}

// ---- tasks

function take(answer) {
  if (answer.classes) showClasses(answer);
  if (answer.progress) showProgress(answer.progress);
  if (answer.answers) { page.answers = answer.answers; showHistory(page.answers, edit); }
  const sending = outbox.ids;
  page.tasks = answer.tasks.filter((task) => !sending.has(JSON.stringify(task.id)));
  page.tasks.forEach((task) => prefetch(task, page.held));
  if (page.edited) return;
  if (answer.first) present(answer.first);
  else if (!page.current) present(page.tasks[0] ?? null);
  $("undo").disabled = page.answers.length === 0 && !outbox.running;
}

function present(task) {
  page.current = task;
  page.since = performance.now();
  $("note").value = task?.note ?? "";
  $("value").value = "";
  $("editing").hidden = !task?.label;
  if (task?.label) $("editing").textContent = page.edited ? `Change this answer: it is “${task.label}”.` : `Undone: it was “${task.label}”.`;
  $("cancel").hidden = !page.edited;
  const none = { kind: "message", data: "There are no tasks for you at the moment. New ones will appear here automatically." };
  const shown = task ?? none;
  show($("content"), shown);
  mark(task?.label);
  for (const button of document.querySelectorAll("#classes button, [data-skip]")) button.disabled = !task;
  $("live").textContent = `${task ? "Task: " : ""}${spoken(shown)}`;
  if (!document.activeElement?.matches("input, dialog *, aside *")) $("task").focus({ preventScroll: true });
}

function answer(path, values, said) {
  const task = page.current;
  if (!task) return;
  const body = { id: task.id, annotator: page.annotator, ...values };
  const key = JSON.stringify(task.id);
  page.held.delete(key);
  page.tasks = page.tasks.filter((other) => JSON.stringify(other.id) !== key);
  page.edited = null;
  $("last").textContent = said;
  $("undo").disabled = false;
  outbox.add(path, body);
  present(page.tasks[0] ?? null);
}

function tell(label) {
  const seconds = page.edited ? null : (performance.now() - page.since) / 1000;
  const note = $("note").value.trim() || null;
  answer("answer", { label, seconds, note }, `Last answer: ${page.current?.id} is ${label}`);
}

function skip(reason) {
  if (page.edited) return;
  answer("skip", { reason }, `Last answer: ${page.current?.id} is skipped (${reason})`);
}

async function undo() {
  page.edited = null;
  page.current = null;
  await outbox.add("undo", { annotator: page.annotator, request: `${Date.now()} ${Math.random()}` });
}

async function edit(answered) {
  const task = await get("item", { id: JSON.stringify(answered.id) });
  page.edited = answered;
  present({ ...task, label: answered.label, note: answered.note });
  $("task").focus();
  $("task").scrollIntoView({ block: "nearest" });
}

function cancel() {
  if (!page.edited) return;
  page.edited = null;
  present(page.tasks[0] ?? null);
}

// ---- classes

function showClasses({ classes, numeric }) {
  page.numeric = numeric;
  $("number").hidden = !numeric;
  $("open-class").hidden = numeric;
  const same = JSON.stringify(classes) === JSON.stringify(page.classes);
  page.classes = classes;
  if (same) return;
  const buttons = classes.map(({ name, key }) => {
    const parts = key ? [element("kbd", {}, key), element("span", {}, name)] : [element("span", {}, name)];
    const attributes = { type: "button", ...(key ? { "aria-keyshortcuts": key } : {}) };
    const button = element("button", attributes, ...parts);
    button.dataset.name = name;
    button.addEventListener("click", () => tell(name));
    return button;
  });
  $("classes").replaceChildren(...buttons);
  mark(page.current?.label);
}

function mark(label) {
  for (const button of $("classes").children) button.classList.toggle("was", label !== undefined && button.dataset.name === label);
}

// ---- keys

const commands = {
  "?": () => skip("unsure"), " ": () => skip("later"), "-": () => skip("unusable"),
  Backspace: undo, Escape: cancel, "+": () => $("open-class").click(), ".": () => $("note").focus(),
};

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
  if (target.matches("input")) {
    if (target === $("note") && (key === "Enter" || key === "Escape")) $("task").focus();
    return;
  }
  if (!$("keys-on").checked && key !== "Escape") return;
  // space presses a button or follows a link that has the focus
  if (key === " " && target.matches("button, a")) return;
  const found = page.classes.find((one) => one.key === key.toLowerCase());
  const command = found ? () => tell(found.name) : commands[key];
  if (!command) return;
  event.preventDefault();
  command();
});

// ---- dialogues and settings

function setUp() {
  $("undo").addEventListener("click", undo);
  $("cancel").addEventListener("click", cancel);
  for (const button of document.querySelectorAll("[data-skip]")) button.addEventListener("click", () => skip(button.dataset.skip));
  for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  for (const [button, dialog] of [["open-keys", "keys-dialog"], ["open-guidelines", "guidelines-dialog"], ["open-class", "class-dialog"]]) {
    $(button).addEventListener("click", () => $(dialog).showModal());
  }
  $("annotator").addEventListener("click", askName);
  $("theme").addEventListener("click", () => theme(isDark() ? "light" : "dark"));
  $("number").addEventListener("submit", (event) => { event.preventDefault(); tell($("value").value); });
  $("class-form").addEventListener("submit", addClass);
  $("name-form").addEventListener("submit", () => start($("name").value.trim()));
  $("name-dialog").addEventListener("cancel", (event) => { if (!page.annotator) event.preventDefault(); });
  $("keys-on").checked = localStorage.getItem(kept.keys) !== "off";
  $("keys-on").addEventListener("change", () => localStorage.setItem(kept.keys, $("keys-on").checked ? "on" : "off"));
  window.addEventListener("beforeunload", (event) => { if (outbox.waiting.length) event.preventDefault(); });
}

async function addClass(event) {
  event.preventDefault();
  try {
    showClasses(await post("classes", { name: $("class-name").value.trim(), annotator: page.annotator }));
    $("class-name").value = "";
    trouble("");
  } catch (error) {
    trouble(error.message);
  }
  $("class-dialog").close();
  $("task").focus();
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function theme(chosen) {
  if (chosen) { document.documentElement.dataset.theme = chosen; localStorage.setItem(kept.theme, chosen); }
}

function askName() {
  $("name").value = page.annotator ?? "";
  $("name-dialog").showModal();
  $("name").select();
}

async function start(name) {
  await outbox.running;
  page.annotator = name;
  sessionStorage.setItem(kept.name, name); // per window: two windows may be used by two people
  $("annotator-name").textContent = name;
  Object.assign(page, { tasks: [], current: null, edited: null });
  await refresh();
  $("task").focus();
}

async function refresh() {
  const { annotator } = page, { added } = outbox;
  if (!annotator || outbox.running) return;
  try {
    const state = await get("state", { annotator });
    // the reply to an answer given meanwhile is more recent
    if (added === outbox.added && annotator === page.annotator) take(state);
    if (page.lost) trouble("");
    page.lost = false;
  } catch (error) {
    page.lost = true;
    trouble(error.refused || error.kept ? error.message : "The server cannot be reached. Trying again every few seconds.");
  }
}

// Progress and history are updated after an answer, without delaying the next task.
function renewSoon() {
  clearTimeout(page.timer);
  page.timer = setTimeout(refresh, 250);
}

async function open() {
  theme(localStorage.getItem(kept.theme));
  // the token is in a cookie now, so remove it from the address
  history.replaceState(null, "", "/");
  setUp();
  const { title, guidelines } = await get("about");
  $("title").textContent = title;
  document.title = `${title} · label`;
  $("guidelines").textContent = guidelines;
  $("open-guidelines").hidden = !guidelines;
  const name = sessionStorage.getItem(kept.name);
  if (name) await start(name);
  else askName();
  // to see answers of others, finished refits and expired leases
  setInterval(() => { if (!document.hidden) refresh(); }, 4000);
}

open();
