// The model's own page: what it is, how well it reads, whether Keras agrees.

import { diagram } from "./diagram.js";

const number = (value) => value.toLocaleString("en");
const byId = (id) => document.getElementById(id);

export function showModel(model) {
  byId("model-title").textContent = model.name;
  byId("model-file").textContent = model.file;
  facts(byId("facts"), [
    ["Parameters", number(model.parameters)],
    ["In memory", model.bytes < 1 << 20 ? `${(model.bytes / 1024).toFixed(0)} KiB` : `${(model.bytes / (1 << 20)).toFixed(1)} MiB`],
    model.multiplyAdds && ["Multiply-adds", number(model.multiplyAdds)],
    ["Layers", number(model.layers.length)],
  ]);
  showBadge(model.verification);
  byId("diagram").replaceChildren(diagram(model.layers));
  const rows = model.layers.map((layer) => row(
    layer.name, layer.className, layer.outputShape.map((extent) => extent ?? "any").join(" × "),
    number(layer.parameters), layer.multiplyAdds == null ? "" : number(layer.multiplyAdds)));
  byId("summary").querySelector("tbody").replaceChildren(...rows);
  byId("summary").querySelector("tfoot").replaceChildren(
    row("Together", "", "", number(model.parameters), model.multiplyAdds ? number(model.multiplyAdds) : ""));
}

function showBadge(verification) {
  const badge = byId("badge");
  const line = byId("badge-line");
  if (!verification) {
    badge.dataset.state = "unknown";
    line.textContent = "Not verified yet. ";
    const command = document.createElement("code");
    command.textContent = "keras-bridge verify MODEL --against keras --data mnist --report MODEL.verify.json";
    line.append(document.createElement("br"), command);
    facts(byId("badge-facts"), []);
    return;
  }
  const { equal, samples, agreements, against, maximumDifference, ourAccuracy, theirAccuracy, inputs } = verification;
  badge.dataset.state = equal ? "equal" : "different";
  line.textContent = equal ? `✓ Equal to ${against}` : `✕ Different from ${against}`;
  const accuracy = (value) => `${(value * 100).toFixed(2)} %`;
  facts(byId("badge-facts"), [
    agreements != null && ["Same answer", `${number(agreements)} of ${number(samples)}`],
    maximumDifference != null && ["Largest difference", scientific(maximumDifference)],
    ourAccuracy != null && ["Accuracy here", accuracy(ourAccuracy)],
    theirAccuracy != null && ["Accuracy in Keras", accuracy(theirAccuracy)],
    ["Compared on", inputs],
  ]);
}

const scientific = (value) => {
  if (value === 0) return "0";
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${digits} · 10${[...String(Number(exponent))].map((one) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(one)]).join("")}`;
};

function facts(list, pairs) {
  list.replaceChildren(...pairs.filter(Boolean).map(([name, value]) => {
    const group = document.createElement("div");
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    term.textContent = name;
    detail.textContent = value;
    group.append(term, detail);
    return group;
  }));
}

function row(...cells) {
  const made = document.createElement("tr");
  made.append(...cells.map((content, index) => {
    const cell = document.createElement("td");
    cell.textContent = content;
    if (index > 2) cell.className = "number";
    return cell;
  }));
  return made;
}
