import { expect, test } from './fixtures/test.ts';
import { MASK_OF_8 } from './fixtures/policies.ts';

test('Compare sets the full run beside the budgeted one, with PSNR and SSIM', async ({ studio }) => {
  await studio.open({ backend: 'wasm' });
  await studio.importTestPolicy(MASK_OF_8);
  await studio.prompt.fill('a red cube on a sandy floor');
  await studio.seed.fill('5');
  await studio.compare.click();
  await expect(studio.fullRunPicture).toBeVisible();
  await expect(studio.picture).toBeVisible();
  await expect(studio.result).toContainText(/PSNR\D*\d+\.\d dB/);
  await expect(studio.result).toContainText(/SSIM\D*[01]\.\d{3}/);
});
