/** The browser against diffusers' ZImagePipeline, from the same noise: two sizes, guidance on and off. */
import { testParity } from './fixtures/parity.ts';

const model = 'micro-z-image';

for (const golden of ['guided-08', 'unguided-08']) {
  for (const backend of ['wasm', 'webgpu'] as const) {
    const bounds = { minLatentDb: 60, minPictureDb: 40 };
    testParity({ model, golden: `${golden}-128x128`, backend, ...bounds });
    testParity({ model, golden: `${golden}-128x192`, backend, size: '128×192', ...bounds });
  }
}
