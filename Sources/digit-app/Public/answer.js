// The answer: a big digit or a number, ten bars, who came second, and whether to believe it.

const percent = (value) => `${(value * 100).toFixed(value >= 0.9995 || value < 0.0005 ? 0 : 1)} %`;

const doubts = {
  hardly_any_ink: "Not sure: hardly any ink",
  no_digit: "Not sure: like no digit",
};

export class Answer {
  #spoken = "";
  #speaking = 0;

  constructor({ card, big, verdict, runner, bars, timing, wrong, spoken, choose }) {
    Object.assign(this, { card, big, verdict, runner, timing, wrong, spoken, choose });
    this.rows = Array.from({ length: 10 }, (_, digit) => {
      const row = document.createElement("li");
      row.innerHTML = `<b>${digit}</b><span class="track"><span class="fill"></span></span><span class="value">0 %</span>`;
      bars.append(row);
      return { row, fill: row.querySelector(".fill"), value: row.querySelector(".value") };
    });
    this.empty();
  }

  empty(verdict = "Waiting for ink") {
    this.card.dataset.state = "empty";
    this.big.className = "big single";
    this.big.textContent = "–";
    this.verdict.textContent = verdict;
    this.runner.textContent = "\u00a0";
    this.timing.textContent = "";
    this.wrong.disabled = true;
    this.#bars(new Array(10).fill(0), -1);
  }

  show(reply, chosen) {
    const digit = reply.digits[chosen];
    if (!digit) {
      this.empty("Nothing to read");
      this.#say("Nothing to read");
      return;
    }
    const isNumber = reply.digits.length > 1;
    const doubtful = reply.digits.filter((one) => one.doubt);
    this.card.dataset.state = (isNumber ? doubtful.length : digit.doubt) ? "unsure" : "sure";
    this.#showBig(reply, chosen, isNumber);
    this.verdict.textContent = isNumber ? numberVerdict(reply, doubtful) : verdict(digit);
    this.runner.textContent =
      `${isNumber ? `Digit ${chosen + 1} of ${reply.digits.length}: ${digit.digit} at ${percent(digit.confidence)}; runner-up` : "Runner-up:"} ` +
      `${digit.runnerUp.digit} at ${percent(digit.runnerUp.probability)}`;
    this.timing.textContent = `read in ${reply.milliseconds.toFixed(1)} ms`;
    this.wrong.disabled = false;
    this.#bars(digit.probabilities, digit.digit);
    this.#say(isNumber
      ? `I read ${[...reply.number].join(" ")}. ${doubtful.length ? `Not sure of ${doubtful.length}.` : ""}`
      : `${digit.doubt ? `${verdict(digit)}. Perhaps` : "I read"} ${digit.digit}, ${percent(digit.confidence)}. ` +
        `Runner-up ${digit.runnerUp.digit}, ${percent(digit.runnerUp.probability)}.`);
  }

  #showBig(reply, chosen, isNumber) {
    this.big.className = isNumber ? "big many" : "big single";
    if (!isNumber) {
      this.big.textContent = reply.digits[0].digit;
      return;
    }
    this.big.style.setProperty("--count", Math.max(3, reply.digits.length));
    this.big.replaceChildren(...reply.digits.map((one, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = one.digit;
      button.className = one.doubt ? "doubtful" : "";
      button.setAttribute("aria-pressed", String(index === chosen));
      button.setAttribute("aria-label", `digit ${index + 1}: ${one.digit}${one.doubt ? ", not sure" : ""}`);
      button.addEventListener("click", () => this.choose(index));
      return button;
    }));
  }

  #bars(probabilities, first) {
    this.rows.forEach(({ row, fill, value }, digit) => {
      row.className = digit === first ? "first" : "";
      fill.style.width = `${(probabilities[digit] * 100).toFixed(2)}%`;
      value.textContent = percent(probabilities[digit]);
    });
  }

  // A screen reader hears the last answer, once the hand has rested for a moment.
  #say(sentence) {
    clearTimeout(this.#speaking);
    this.#speaking = setTimeout(() => {
      if (sentence === this.#spoken) return;
      this.#spoken = this.spoken.textContent = sentence;
    }, 700);
  }
}

function verdict(digit) {
  if (digit.doubt === "thin_margin") return `Not sure: ${digit.digit} or ${digit.runnerUp.digit}?`;
  if (digit.doubt) return doubts[digit.doubt] ?? "Not sure";
  return `${percent(digit.confidence)} sure`;
}

function numberVerdict({ digits }, doubtful) {
  if (!doubtful.length) return `${digits.length} digits, all sure`;
  return `Not sure of ${doubtful.length === 1 ? "one digit" : `${doubtful.length} digits`}`;
}
