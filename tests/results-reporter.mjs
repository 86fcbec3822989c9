// One JSON line a test of `node --test`, for tests/src/results.rs; the last line counts them, so that a run cut short is known.
export default async function* results(events) {
  let tests = 0;
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    tests += 1;
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const outcome = type === 'test:fail' ? 'failed' : skipped ? 'ignored' : 'passed';
    yield `${JSON.stringify({ name: data.name, outcome })}\n`;
  }
  yield `${JSON.stringify({ tests })}\n`;
}
