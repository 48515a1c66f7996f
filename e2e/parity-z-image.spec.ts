/** The browser against diffusers' ZImagePipeline, from the same noise: two sizes, guidance on and off; half of it on the software adapter. */
import { testParity } from './fixtures/parity.ts';

const bounds = { model: 'micro-z-image', minLatentDb: 60, minPictureDb: 40 };
const tall = { ...bounds, size: '128×192' };

for (const golden of ['guided-08', 'unguided-08']) {
  testParity({ ...bounds, golden: `${golden}-128x128`, backend: 'wasm' });
  testParity({ ...tall, golden: `${golden}-128x192`, backend: 'wasm' });
}
testParity({ ...bounds, golden: 'guided-08-128x128', backend: 'webgpu' });
testParity({ ...tall, golden: 'unguided-08-128x192', backend: 'webgpu' });
