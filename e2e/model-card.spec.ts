/** What a model needs is known, and held against the adapter, before any of its files is fetched. */
import { expect, test } from './fixtures/test.ts';

test('the card tells size, memory, sizes and licence', async ({ studio, page }) => {
  await studio.open({ model: 'micro-z-image', backend: 'wasm' });
  await page.getByText('About this model').click();
  const card = page.locator('#model-card');
  await expect(card).toContainText(/Download2\.2 MB/);
  await expect(card).toContainText('128×128, 128×192');
  await expect(card.getByRole('link', { name: 'Apache-2.0' })).toHaveAttribute('href', 'https://spdx.org/licenses/Apache-2.0.html');
  await expect(card).toContainText('Random weights made by python -m training.micro_z_image.');
});

test('a model whose buffers the adapter cannot give is refused before a byte of it is fetched', async ({ studio, page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => {
    if (/\.(?:onnx|bin)$/.test(request.url())) fetched.push(request.url());
  });
  await page.route('**/models/micro/manifest.json', async (route) => {
    const response = await route.fetch();
    const manifest = JSON.parse(await response.text()) as { components: { full: { outputs: { shape: number[] }[] } } };
    manifest.components.full.outputs[1] = { ...manifest.components.full.outputs[1], shape: [1, 2 ** 20, 2 ** 16] };
    await route.fulfill({ response, json: manifest });
  });
  await studio.visit({ backend: 'webgpu' });
  await expect(studio.alert).toContainText('adapter-limit', { timeout: 60_000 });
  expect(fetched).toEqual([]);
});
