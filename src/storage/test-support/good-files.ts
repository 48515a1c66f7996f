/** A policy and a manifest that are right in every field, for tests to bend. */
import type { PolicyFile } from '../../core/policy.ts';
import type { FluxManifest, GraphComponent } from '../../protocol/manifest.ts';

const SHA256 = 'ab'.repeat(32);
export const BINDING = 'cd'.repeat(32);

/** Four steps; the first `nfe` are computed. */
export function goodPolicy(nfe = 2): PolicyFile {
  return {
    format: 'budcache-policy/1',
    name: `NFE ${nfe}`,
    model: { kind: 'bound', id: 'tiny', binding: BINDING },
    stepCount: 4,
    sigmas: [1, 0.8, 0.5, 0.2, 0],
    computedSteps: Array.from({ length: nfe }, (_, stepIndex) => stepIndex),
    payload: 'reuse',
    evidence: {
      objective: 'latent-mse',
      objectiveValue: 0.01,
      latentPsnrDb: 31.5,
      calibrationPairs: 1,
      validationPairs: 8,
      search: 'annealing',
      seed: 1,
      evaluations: 300,
      seconds: 20,
    },
    provenance: 'a test',
  };
}

const component: GraphComponent = {
  graph: { file: 'graph.onnx', bytes: 10, sha256: SHA256 },
  weights: ['all'],
  inputs: [{ name: 'latents', dtype: 'float32', shape: [1, 4, 64] }],
  outputs: [{ name: 'velocity', dtype: 'float32', shape: [1, 4, 64] }],
};

const tokenizer = {
  tokenizer: { file: 'words/tokenizer.json', bytes: 10, sha256: SHA256 },
  config: { file: 'words/config.json', bytes: 10, sha256: SHA256 },
  maxTokens: 8,
  padTokenId: 0,
  endTokenId: 1,
};

export function goodManifest(): FluxManifest {
  return {
    formatVersion: 1,
    id: 'tiny',
    name: 'Tiny',
    pipeline: 'flux',
    binding: BINDING,
    weights: { all: { file: 'all.bin', bytes: 100, sha256: SHA256, location: 'all.bin', storedDtype: 'float16' } },
    components: { clip: component, t5: component, full: component, cached: component, vaeDecoder: component },
    tokenizers: { clip: tokenizer, t5: tokenizer },
    latent: { channels: 16, height: 4, width: 4, patch: 2, tokens: 4, tokenChannels: 64, projectionChannels: 256 },
    image: { width: 32, height: 32 },
    scheduler: {
      type: 'flow-match-euler',
      shift: { rule: 'exponential-by-tokens', baseTokens: 256, baseMu: 0.5, maxTokens: 4096, maxMu: 1.15 },
      timestepScale: 1000,
    },
    vae: { scalingFactor: 0.5, shiftFactor: 0.1, downsampling: 8 },
    guidance: { kind: 'embedded', default: 4, min: 1, max: 6 },
    defaults: { stepCount: 4 },
    vocabulary: { groups: { shapes: ['cube'] }, examples: ['a cube'] },
    licence: 'Apache-2.0',
    provenance: 'a test',
  };
}
