/** The browser against diffusers' FluxPipeline, from the same noise, with the micro bundle. */
import { testParity } from './fixtures/parity.ts';

testParity({ model: 'micro', golden: 'steps-08', backend: 'wasm', minLatentDb: 70 });
testParity({ model: 'micro', golden: 'steps-28', backend: 'wasm', minLatentDb: 70 });
testParity({ model: 'micro', golden: 'steps-08', backend: 'webgpu', minLatentDb: 60 });
testParity({ model: 'micro', golden: 'steps-28', backend: 'webgpu', minLatentDb: 60 });
