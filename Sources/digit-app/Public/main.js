// Ties the parts together: what changes on the stage is sent, what comes back is shown.

import * as api from "./api.js";
import { Answer } from "./answer.js";
import { Correction } from "./correction.js";
import { Inside } from "./inside.js";
import { showModel } from "./model.js";
import { bytes, painted } from "./paint.js";
import { picture, takePictures } from "./pictures.js";
import { Stage, sampleInput } from "./stage.js";
import { Steps } from "./steps.js";

const byId = (id) => document.getElementById(id);
const quickly = 70;      // milliseconds between a stroke and the question what it is
const thoroughly = 320;  // … and the question why

const state = { reply: null, explained: null, input: null, chosen: 0, many: false, centring: true };
let question = 0, timer = 0, explaining = 0, abort = null, insideIsVisible = false;

const whisper = (sentence) => { byId("whispered").textContent = sentence; };
function complain(sentence) {
  byId("banner").textContent = sentence;
  byId("banner").hidden = !sentence;
}

const stage = new Stage({
  stage: byId("stage"), picture: byId("picture"), ink: byId("ink"), marks: byId("marks"), hint: byId("hint"),
  changed: (what) => { updateTools(); if (what === "content") ask(); },
  say: whisper,
});
const answer = new Answer({
  card: byId("answer"), big: byId("big"), verdict: byId("verdict"), runner: byId("runner"), bars: byId("bars"),
  timing: byId("timing"), wrong: byId("wrong"), spoken: byId("spoken"), choose,
});
const steps = new Steps(byId("steps"));
const inside = new Inside({ layers: byId("layers"), heat: byId("heat"), note: byId("heat-note"), enlarged: byId("enlarged") });
const correction = new Correction({
  dialog: byId("correction"), keypad: byId("keypad"), note: byId("correction-note"),
  current: () => ({ input: state.input, wanted: { ...wanted(), ...(state.many ? { index: state.chosen } : {}) } }),
  done: complain,
});

// MARK: asking

const wanted = () => ({ multi: state.many, centring: state.centring ? undefined : 0 });

function ask() {
  question += 1;
  clearTimeout(explaining);
  if (stage.isEmpty) {
    clearTimeout(timer);
    timer = 0;
    abort?.abort();
    Object.assign(state, { reply: null, explained: null, input: null });
    answer.empty();
    steps.empty();
    inside.empty();
    return;
  }
  timer ||= setTimeout(async () => {
    timer = 0;
    const mine = question;
    await answered(mine, { steps: true }, show);
    if (mine === question) explaining = setTimeout(explain, thoroughly - quickly);
  }, quickly);
}

function explain() {
  if (!insideIsVisible || stage.isEmpty || state.explained === question) return;
  const mine = question;
  // Only what is looked at is explained.
  answered(mine, { steps: true, explain: true, index: state.many ? state.chosen : undefined }, (reply) => {
    state.explained = mine;
    show(reply);
    const digit = reply.digits[state.chosen];
    digit?.layers ? inside.show(digit) : inside.empty();
  });
}

// Asks, and hands the answer on unless the stage has changed meanwhile.
async function answered(mine, more, use) {
  const input = stage.input();
  abort?.abort();
  abort = new AbortController();
  try {
    const reply = await api.recognize(input, { ...wanted(), ...more, signal: abort.signal });
    if (stage.isEmpty || mine < (state.shown ?? 0)) return;
    state.shown = mine;
    state.input = input;
    complain("");
    use(reply);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (mine === question) { answer.empty("No answer"); steps.empty(); inside.empty(); }
    complain(error.message);
  }
}

function show(reply) {
  state.reply = reply;
  state.chosen = Math.min(state.chosen, Math.max(0, reply.digits.length - 1));
  answer.show(reply, state.chosen);
  stage.mark({ width: reply.width, height: reply.height, boxes: reply.digits.map((one) => one.box), chosen: state.chosen });
  const digit = reply.digits[state.chosen];
  digit ? steps.show(digit, reply.ink, state.centring) : steps.empty();
}

function choose(index) {
  state.chosen = index;
  show(state.reply);
  byId("big").querySelectorAll("button")[index]?.focus();
  const digit = state.reply.digits[index];
  if (digit?.layers) inside.show(digit); else { state.explained = null; explain(); }
}

// MARK: tools

function updateTools() {
  byId("pen").setAttribute("aria-pressed", String(stage.tool === "pen"));
  byId("eraser").setAttribute("aria-pressed", String(stage.tool === "eraser"));
  byId("undo").disabled = !stage.canUndo;
  byId("redo").disabled = !stage.canRedo;
  byId("clear").disabled = !stage.canClear;
}

for (const tool of ["pen", "eraser"]) {
  byId(tool).addEventListener("click", () => { stage.tool = tool; updateTools(); stage.repaint(); });
}
byId("undo").addEventListener("click", () => stage.undo());
byId("redo").addEventListener("click", () => stage.redo());
byId("clear").addEventListener("click", () => { stage.clear(); unpress(); });
byId("width").addEventListener("input", (event) => { stage.width = event.target.value / 100; });
byId("centring").addEventListener("change", (event) => { state.centring = event.target.checked; ask(); });
byId("wrong").addEventListener("click", () => {
  const digit = state.reply?.digits[state.chosen];
  if (digit) correction.open(digit);
});

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.closest("input[type=text], dialog")) return;
  const key = event.key.toLowerCase();
  if (key === "z" && event.shiftKey || key === "y") stage.redo();
  else if (key === "z") stage.undo();
  else return;
  event.preventDefault();
});

for (const radio of document.querySelectorAll("#mode input")) {
  // A reload may leave the choice of last time in place.
  radio.checked = radio.value === "one";
  radio.addEventListener("change", () => {
    state.many = radio.value === "many";
    stage.aspect = state.many ? 2 : 1;
    byId("panel-read").dataset.mode = radio.value;
    byId("draw-title").textContent = state.many ? "Draw a number" : "Draw a digit";
    byId("ink").setAttribute("aria-label", `Drawing area, ${28 * stage.aspect} by 28`);
    // In a number, digits are smaller, and so is the pen.
    byId("width").value = state.many ? 5.5 : 7.5;
    stage.width = byId("width").value / 100;
    stage.boxes = [];
    stage.repaint();
    ask();
  });
}

// MARK: pictures and samples

takePictures({
  stage: byId("stage"), upload: byId("upload"), file: byId("file"), camera: byId("camera"), snapshot: byId("snapshot"),
  viewfinder: byId("viewfinder"), shoot: byId("shoot"), complain,
  take: async (file) => {
    try {
      const { image, input } = await picture(file);
      complain("");
      unpress();
      stage.show(image, input);
    } catch (error) {
      complain(error.message);
    }
  },
});

function unpress() {
  for (const button of byId("samples").querySelectorAll("[aria-pressed=true]")) button.setAttribute("aria-pressed", "false");
}

function showSamples({ samples }) {
  byId("samples").replaceChildren(...samples.map((sample) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-label", `Sample of a ${sample.label}${sample.hard ? ", a hard one" : ""}`);
    button.title = button.getAttribute("aria-label");
    const data = bytes(sample.picture);
    button.append(painted(sample.picture, undefined, data));
    button.addEventListener("click", () => {
      unpress();
      button.setAttribute("aria-pressed", "true");
      const { image, input } = sampleInput(sample.picture, data);
      stage.show(image, input);
    });
    return button;
  }));
}

// MARK: tabs

const tabs = [byId("tab-read"), byId("tab-model")];
function open(tab, focuses) {
  for (const one of tabs) {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
    byId(one.getAttribute("aria-controls")).hidden = one !== tab;
  }
  if (focuses) tab.focus();
  history.replaceState(null, "", tab === tabs[1] ? "#model" : location.pathname);
}
for (const tab of tabs) {
  tab.addEventListener("click", () => open(tab));
  tab.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") open(tabs[1 - tabs.indexOf(tab)], true);
  });
}
if (location.hash === "#model") open(tabs[1]);

// MARK: starting

new IntersectionObserver(([entry]) => {
  insideIsVisible = entry.isIntersecting;
  if (insideIsVisible) explain();
}, { rootMargin: "80px" }).observe(byId("inside"));

byId("width").value = 7.5;
updateTools();
Promise.all([
  api.model().then((model) => { showModel(model); correction.isKept = model.keepsCorrections; }),
  api.samples().then(showSamples),
]).catch((error) => complain(error.message)).finally(() => { document.documentElement.dataset.ready = "true"; });
