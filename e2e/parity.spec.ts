/** The browser against diffusers' FluxPipeline, from the same noise, with the micro bundle; few steps on the software adapter. */
import { testParity } from './fixtures/parity.ts';

testParity({ model: 'micro', golden: 'steps-08', backend: 'wasm', minLatentDb: 70 });
testParity({ model: 'micro', golden: 'steps-28', backend: 'wasm', minLatentDb: 70 });
testParity({ model: 'micro', golden: 'steps-08', backend: 'webgpu', minLatentDb: 60 });
