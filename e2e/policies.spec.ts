import { readFileSync } from 'node:fs';
import { openManifest } from './fixtures/engine.ts';
import { MASK_OF_8, testPolicy } from './fixtures/policies.ts';
import { expect, test } from './fixtures/test.ts';

test('a policy for this model is accepted, selected, exported as it came, and there after a reload', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  const policy = testPolicy(await openManifest(page), MASK_OF_8);
  await studio.importFile('good.json', JSON.stringify(policy));
  await expect(page.getByText(/imported and is selected/)).toBeVisible();
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^8 of 28/);

  const download = page.waitForEvent('download');
  await studio.exportPolicy.click();
  const exported = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as unknown;
  expect(exported).toEqual(policy);

  await page.reload();
  await expect(studio.generate).toBeEnabled();
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^8 of 28/);
  await expect(studio.timelineSteps(/Step \d+: computed/)).toHaveCount(8);
});

test('a wrong policy is refused with its code and its reason, and nothing is kept of it', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  const manifest = await openManifest(page);
  const policy = testPolicy(manifest, MASK_OF_8);
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^10 of 28/);
  const wrong: ReadonlyArray<readonly [name: string, text: string, told: RegExp]> = [
    ['garbled.json', '{"format": "budcache-policy/1", ', /policy-invalid/],
    ['other-format.json', JSON.stringify({ ...policy, format: 'budcache-policy/9' }), /policy-invalid/],
    ['rising.json', JSON.stringify({ ...policy, sigmas: policy.sigmas.toReversed() }), /policy-invalid/],
    [
      'other-model.json',
      JSON.stringify({ ...policy, model: { kind: 'bound', id: manifest.id, binding: '0'.repeat(64) } }),
      /policy-mismatch[^]*another version/,
    ],
    [
      'other-steps.json',
      JSON.stringify({ ...policy, stepCount: 20, sigmas: [...policy.sigmas.slice(0, 20), 0], computedSteps: [0, 5] }),
      /policy-mismatch[^]*20 steps/,
    ],
  ];
  for (const [name, text, told] of wrong) {
    await studio.importFile(name, text);
    await expect(studio.alert, name).toContainText(name);
    await expect(studio.alert, name).toContainText(told);
  }
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^10 of 28/);
  await expect(page.getByRole('combobox', { name: 'Policy' }).getByRole('option')).toHaveText(['10 of 28 steps (shipped)']);
});
