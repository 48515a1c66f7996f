import { run, tryRun } from './fixtures/engine.ts';
import { SHORT_RUN } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';

for (const backend of ['wasm', 'webgpu'] as const) {
  test(`a cancelled run says so, and the next one gives what it always gives, on ${backend}`, async ({ enginePage }) => {
    const page = await enginePage(backend);
    const before = await run(page, SHORT_RUN);
    const cancelled = await tryRun(page, { ...SHORT_RUN, stepCount: 200, cancelAtStep: 2 });
    expect(cancelled).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    const after = await run(page, SHORT_RUN);
    expect(after.pixels).toEqual(before.pixels);
  });
}
