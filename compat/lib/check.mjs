// Prints one line per check: `ok NAME`, `FAILED NAME: why`, `skipped NAME: why`.
//
// `await check(name, function)` runs one check and returns its result. A failed check is told
// and the next one runs; a failed `required` one ends the script.

let nFailed = 0;

export async function check(name, run, { required = false } = {}) {
  try {
    const result = await run();
    console.log(`ok      ${name}`);
    return result;
  } catch (error) {
    nFailed += 1;
    const why = String(error?.message || error).split(/\s+/).join(" ").slice(0, 600);
    console.log(`FAILED  ${name}: ${error?.errorCode ? `${error.errorCode} ` : ""}${why}`);
    console.error(error?.stack || error);
    if (required) finish();
    return undefined;
  }
}

export function finish() {
  process.exit(nFailed === 0 ? 0 : 1);
}

export function equal(actual, expected, what = "value") {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what} is ${a}, expected ${b}`);
}

export function isTrue(condition, what) {
  if (!condition) throw new Error(what);
}

/// Runs what must fail, and returns its error.
export async function failure(run) {
  let result;
  try {
    result = await run();
  } catch (error) {
    return error;
  }
  throw new Error(`expected an error, got ${JSON.stringify(result)?.slice(0, 200)}`);
}

/// Returns the value of a variable that `cargo xtask compat` sets.
export function variable(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run this with \`cargo xtask compat\``);
  return value;
}
