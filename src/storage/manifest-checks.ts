/** What a manifest's fields must say about each other. */
import type { Manifest } from '../protocol/manifest.ts';

/** The first contradiction as `path: what is wrong`, or null. */
export function manifestProblem(manifest: Manifest): string | null {
  return weightsProblem(manifest) ?? sizeProblem(manifest) ?? guidanceProblem(manifest) ?? previewProblem(manifest);
}

function weightsProblem({ components, weights }: Manifest): string | null {
  for (const [name, component] of Object.entries(components)) {
    const missing = component.weights.find((key) => !Object.hasOwn(weights, key));
    if (missing !== undefined) return `components.${name}.weights: no weights named "${missing}"`;
  }
  return null;
}

function sizeProblem({ latent, image, vae }: Manifest): string | null {
  if (latent.height % latent.patch !== 0 || latent.width % latent.patch !== 0) {
    return `latent.patch: ${latent.patch} does not divide ${latent.height} × ${latent.width}`;
  }
  const tokens = (latent.height / latent.patch) * (latent.width / latent.patch);
  if (latent.tokens !== tokens) return `latent.tokens: expected ${tokens}, got ${latent.tokens}`;
  const tokenChannels = latent.channels * latent.patch ** 2;
  if (latent.tokenChannels !== tokenChannels) {
    return `latent.tokenChannels: expected ${tokenChannels}, got ${latent.tokenChannels}`;
  }
  const expected = { height: latent.height * vae.downsampling, width: latent.width * vae.downsampling };
  if (image.height !== expected.height || image.width !== expected.width) {
    return `image: expected ${expected.width} × ${expected.height}, got ${image.width} × ${image.height}`;
  }
  return null;
}

function guidanceProblem({ guidance }: Manifest): string | null {
  const inOrder = guidance.min <= guidance.default && guidance.default <= guidance.max;
  return inOrder ? null : `guidance: ${guidance.default} is not within ${guidance.min} to ${guidance.max}`;
}

function previewProblem({ preview, latent }: Manifest): string | null {
  const wrong = preview?.matrix.findIndex((row) => row.length !== latent.channels) ?? -1;
  return wrong === -1 ? null : `preview.matrix.${wrong}: expected ${latent.channels} weights`;
}
