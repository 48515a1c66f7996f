/** What a manifest's fields must say about each other. */
import type { GraphComponent, Manifest, SizeFields } from '../protocol/manifest.ts';
import { sizesOf } from './manifest-size.ts';

/** The first contradiction as `path: what is wrong`, or null. */
export function manifestProblem(manifest: Manifest): string | null {
  for (const [index, size] of sizesOf(manifest).entries()) {
    const at = index === 0 ? '' : `otherSizes.${index - 1}.`;
    const problem = weightsProblem(size.components, manifest, at) ?? sizeProblem(size, manifest, at) ?? residualProblem(size, at);
    if (problem !== null) return problem;
  }
  return captionProblem(manifest) ?? guidanceProblem(manifest) ?? previewProblem(manifest);
}

function weightsProblem(components: Readonly<Record<string, GraphComponent>> | SizeFields['components'], { weights }: Manifest, at: string): string | null {
  for (const [name, component] of Object.entries(components) as [string, GraphComponent][]) {
    const missing = [component, ...(component.chain ?? [])].flatMap((link) => link.weights).find((key) => !Object.hasOwn(weights, key));
    if (missing !== undefined) return `${at}components.${name}.weights: no weights named "${missing}"`;
    const problem = chainProblem(component);
    if (problem !== null) return `${at}components.${name}.chain: ${problem}`;
  }
  return null;
}

/** Every piece must find its inputs among the whole's and what earlier ones give, the whole its outputs. */
function chainProblem({ chain, graph, inputs, outputs }: GraphComponent): string | null {
  if (chain === undefined) return null;
  if (chain[0]?.graph.sha256 !== graph.sha256) return 'does not begin with the graph itself';
  const known = new Map(inputs.map((port) => [port.name, port.shape.join(', ')]));
  const lacks = (ports: GraphComponent['inputs']): string | null =>
    ports.find(({ name, shape }) => known.get(name) !== shape.join(', '))?.name ?? null;
  for (const link of chain) {
    const missing = lacks(link.inputs);
    if (missing !== null) return `nothing gives ${missing}`;
    for (const { name, shape } of link.outputs) known.set(name, shape.join(', '));
  }
  const missing = lacks(outputs);
  return missing === null ? null : `nothing gives ${missing}`;
}

function sizeProblem({ latent, image }: SizeFields, { vae }: Manifest, at: string): string | null {
  if (latent.height % latent.patch !== 0 || latent.width % latent.patch !== 0) {
    return `${at}latent.patch: ${latent.patch} does not divide ${latent.height} × ${latent.width}`;
  }
  const tokens = (latent.height / latent.patch) * (latent.width / latent.patch);
  if (latent.tokens !== tokens) return `${at}latent.tokens: expected ${tokens}, got ${latent.tokens}`;
  const tokenChannels = latent.channels * latent.patch ** 2;
  if ('tokenChannels' in latent && latent.tokenChannels !== tokenChannels) {
    return `${at}latent.tokenChannels: expected ${tokenChannels}, got ${String(latent.tokenChannels)}`;
  }
  const expected = { height: latent.height * vae.downsampling, width: latent.width * vae.downsampling };
  if (image.height !== expected.height || image.width !== expected.width) {
    return `${at}image: expected ${expected.width} × ${expected.height}, got ${image.width} × ${image.height}`;
  }
  return null;
}

function residualProblem(size: ReturnType<typeof sizesOf>[number], at: string): string | null {
  if (!('residual' in size)) return null;
  const { residual, components, latent } = size;
  if (residual.tokens !== latent.tokens) return `${at}residual.tokens: expected ${latent.tokens}, got ${residual.tokens}`;
  const shape = [1, residual.tokens, residual.channels].join(', ');
  const port = components.cached.inputs.find(({ name }) => name === 'residual');
  return port?.shape.join(', ') === shape ? null : `${at}residual: the cached graph takes [${port?.shape.join(', ') ?? ''}], not [${shape}]`;
}

function captionProblem(manifest: Manifest): string | null {
  if (manifest.pipeline !== 'z-image') return null;
  const { caption, tokenizers } = manifest;
  if (caption.slots % caption.multiple !== 0) return `caption.multiple: ${caption.multiple} does not divide ${caption.slots}`;
  return tokenizers.text.maxTokens === caption.slots ? null : `caption.slots: expected ${tokenizers.text.maxTokens}, got ${caption.slots}`;
}

function guidanceProblem({ guidance }: Manifest): string | null {
  const inOrder = guidance.min <= guidance.default && guidance.default <= guidance.max;
  return inOrder ? null : `guidance: ${guidance.default} is not within ${guidance.min} to ${guidance.max}`;
}

function previewProblem({ preview, latent }: Manifest): string | null {
  const wrong = preview?.matrix.findIndex((row) => row.length !== latent.channels) ?? -1;
  return wrong === -1 ? null : `preview.matrix.${wrong}: expected ${latent.channels} weights`;
}
