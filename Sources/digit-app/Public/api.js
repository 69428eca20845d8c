// All that the page asks of the server.

export class ApiError extends Error {
  constructor({ message, remedy, code }) {
    super(remedy ? `${message} ${remedy}` : message);
    this.code = code;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError({ message: "The server does not answer.", remedy: "Is digit-app still running?", code: "gone" });
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  throw new ApiError(body?.error ?? { message: `The server answered ${response.status}.`, code: "unknown" });
}

export const model = () => ask("/api/model");
export const samples = () => ask("/api/samples");

// `input` is { body, type }, as `source.js` makes it; `ask` says what is wanted besides the answer.
export const recognize = (input, { signal, ...wanted } = {}) =>
  ask(`/api/recognize${query({ ...input.query, ...wanted })}`, post(input, signal));

export const correct = (input, label, wanted) =>
  ask(`/api/corrections${query({ ...input.query, ...wanted, label })}`, post(input));

const post = (input, signal) => ({
  method: "POST", headers: { "Content-Type": input.type }, body: input.body, signal,
});

function query(values) {
  const pairs = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([key, value]) => [key, value === true ? "1" : String(value)]);
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
}
